"""Composite values: one number on two or three cells, each next one taking what is left.

The value of cells with conductances G_0, G_1, ... is::

    G_0 + f (G_1 - M) + f^2 (G_2 - M) + ...

with a scale factor f below 1 and a middle conductance M, so that corrections of both signs can be
written. The first cell is programmed to the value. What it really came to is measured, and the
next cell is programmed to what is missing, and so on (Song et al., Science 383, 903, 2024,
doi:10.1126/science.adi9405). Errors shrink by f a cell, until those fluctuations are left over
that the first cells go on with after they were measured.
"""

from typing import NamedTuple

import numpy as np

from mho.programming.algorithm import Floats


class Scales(NamedTuple):
    """The factor f, the middle M (S) and between what (S) the correcting cells can be written."""

    factor: float
    middle: float
    low: float
    high: float


def value_of(conductances: Floats, scales: Scales) -> Floats:
    """The values (S) of cells, conductances of shape (cells, n)."""
    factors = scales.factor ** np.arange(len(conductances))
    rest = (factors[1:, None] * (conductances[1:] - scales.middle)).sum(axis=0)
    return np.asarray(conductances[0] + rest, dtype=np.float64)


def next_target(asked: Floats, measured: Floats, scales: Scales) -> Floats:
    """The target (S) of the next cell, of those ``measured`` so far, of shape (cells, n).

    The nearest that can be written, where the correction is too large.
    """
    if not len(measured):
        return asked
    missing = asked - value_of(measured, scales)
    target = scales.middle + missing / scales.factor ** len(measured)
    return np.asarray(np.clip(target, scales.low, scales.high), dtype=np.float64)
