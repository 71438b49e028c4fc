"""What a further pulse is worth: the probability of success at which a cell is left alone.

A pulse aimed at the middle of the window lands about it, by the granularity of steps. Where it
lands, the cell has a probability p' of success; if that is too little it can be pulsed again. So
this is a search among offers that come one after another, each at a price. It ends at the first one
of at least w (McCall, Quarterly Journal of Economics 84, 113, 1970), where w is what makes the
expected gain of one more offer its price::

    E[max(p' - w, 0)] = price

States are offers of another kind: each allows its own best probability, by how slow its noise is.
One is worth what the search in it is worth, and another one costs a pulse away, and as many as it
then takes to come back.
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
    offers = _offers(best, half, landing)
    return _reservation(offers, _CHANCES, np.full_like(best, price), best)


def any_other_state(
    best: Floats, chances: Floats, half: Floats, landing: float, price: float
) -> Floats:
    """What it is worth to exchange a state, of cells (n,).

    A state allows ``best`` (n, H) with these ``chances`` (H,); the rest as above.
    """
    shape = best.shape
    each = best.ravel()
    around = np.repeat(half, shape[1])
    worth = left_alone_at(each, around, landing, price)
    taken = (_offers(each, around, landing) >= worth[:, None]) @ _CHANCES
    back = (1.0 / np.maximum(taken, 1e-3)).reshape(shape)
    worth = worth.reshape(shape)
    return _reservation(worth, chances, price * (1.0 + back @ chances), best.max(axis=1))


def _offers(best: Floats, half: Floats, landing: float) -> Floats:
    """Probabilities of success where pulses land, of chances `_CHANCES`: (n, nodes)."""
    sharp = ndtri(0.5 * (1.0 + np.clip(best, 1e-6, 1.0 - 1e-12)))[:, None]
    off = _NODES * landing / half[:, None]
    return np.asarray(ndtr(sharp * (1.0 - off)) - ndtr(sharp * (-1.0 - off)), dtype=np.float64)


def _reservation(offers: Floats, chances: Floats, price: Floats, most: Floats) -> Floats:
    """The w between 0 and ``most`` at which one more offer gains its price; by bisection."""
    low, high = np.zeros_like(most), most
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        gain = np.maximum(offers - middle[:, None], 0.0) @ chances
        low, high = np.where(gain > price, middle, low), np.where(gain > price, high, middle)
    return 0.5 * (low + high)
