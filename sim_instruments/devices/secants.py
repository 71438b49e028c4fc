"""The state of each device that has a wanted property, as far as its bounds let it."""

from collections.abc import Callable

import numpy as np

from mho.device.bank import Floats

_STEPS = 12
_FLATTEST = 1e-3
"""A slope is at least this part of the one that was guessed."""


def state_of(
    shortfall: Callable[[Floats], Floats],
    start: Floats,
    slope: Floats,
    lowest: Floats | float,
    highest: Floats | float,
) -> Floats:
    """Where ``shortfall``, which falls about as steeply as ``slope`` says, is zero.

    The bound where it is not zero between them.
    """
    x, last, last_short, steep = start, start, np.zeros_like(start), slope
    for step in range(_STEPS):
        short, moved = shortfall(x), x - last
        known = (moved != 0.0) & (step > 0)
        steep = np.where(known, (last_short - short) / np.where(known, moved, 1.0), steep)
        last, last_short = x, short
        x = np.clip(x + short / np.maximum(steep, _FLATTEST * slope), lowest, highest)
    return x
