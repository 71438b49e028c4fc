"""What a further pulse is worth: the probability of success at which a cell is left alone.

A pulse aimed at the middle of the window lands about it, by the granularity of steps. Where it
lands, the cell has a probability p' of success; if that is too little it can be pulsed again. So
this is a search among offers that come one after another, each at a price. It ends at the first one
of at least w (McCall, Quarterly Journal of Economics 84, 113, 1970), where w is what makes the
expected gain of one more offer its price::

    E[max(p' - w, 0)] = price
"""

import numpy as np
from scipy.special import ndtr, ndtri

from mho.programming.algorithm import Floats

_NODES = np.linspace(0.0, 3.5, 71)
_CHANCES = np.exp(-0.5 * _NODES**2)
_CHANCES[0] *= 0.5
_CHANCES /= _CHANCES.sum()
_HALVINGS = 14


def left_alone_at(best: Floats, half: Floats, landing: float, price: float) -> Floats:
    """That probability, of cells that would have ``best`` in the middle of their window.

    ``half`` of the window and the sd of where pulses land as fractions of the target; ``price`` of
    a pulse as a probability.
    """
    sharp = ndtri(0.5 * (1.0 + np.clip(best, 1e-6, 1.0 - 1e-12)))[:, None]
    off = _NODES * landing / half[:, None]
    offers = ndtr(sharp * (1.0 - off)) - ndtr(sharp * (-1.0 - off))
    low, high = np.zeros_like(best), best
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        gain = np.maximum(offers - middle[:, None], 0.0) @ _CHANCES
        low, high = np.where(gain > price, middle, low), np.where(gain > price, high, middle)
    return 0.5 * (low + high)
