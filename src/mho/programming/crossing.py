"""What the conventional loops share: on which side of its target a cell reads, and giving up."""

import numpy as np
from numpy.typing import NDArray

from mho.programming.algorithm import Counts, End, Floats, Goal

Sides = NDArray[np.bool_]

LIMIT_PULSES = 5
"""Pulses at the largest amplitude of a polarity, one after another, that may fail to cross."""

UNMOVED = 0.01
"""Relative change of mean conductance below which a stretch of pulses has moved nothing."""


def mean_read(conductances: Floats) -> Floats:
    """Mean of the reads of each look (S); NaN where none of them could be measured."""
    valid = ~np.isnan(conductances)
    count = valid.sum(axis=1)
    total = np.where(valid, conductances, 0.0).sum(axis=1)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def is_above(conductance: Floats, goal: Goal) -> Sides:
    """Above the target, or too large to be measured (NaN)."""
    return np.isnan(conductance) | (conductance > goal.target)


def remembered(unmet: Floats, conductance: Floats, crossed: Sides) -> Floats:
    """Reads since the last crossing, the newest last; NaN before them."""
    moved_on = np.concatenate([unmet[:, 1:], conductance[:, None]], axis=1)
    return np.where(crossed[:, None], np.nan, moved_on)


def unmoved(unmet: Floats) -> Sides:
    """Whether a full stretch of reads has the same mean in its halves, as nearly as noise tells."""
    half = unmet.shape[1] // 2
    before, after = unmet[:, :half].mean(axis=1), unmet[:, -half:].mean(axis=1)
    with np.errstate(invalid="ignore"):  # a stretch that is not full yet has a NaN
        same: Sides = np.asarray(abs(after - before) <= UNMOVED * abs(before), dtype=bool)
    full: Sides = np.isfinite(unmet.sum(axis=1))
    return full & same


def ends(
    reached: Sides, pulses: Counts, max_pulses: int, stuck: Sides, at_limit: Counts
) -> NDArray[np.object_]:
    """How each cell ended, if it has: the first of these reasons that holds."""
    found = np.full(len(reached), End.GOES_ON, dtype=object)
    found[at_limit >= LIMIT_PULSES] = End.AMPLITUDE_LIMIT
    found[stuck] = End.STUCK
    found[pulses >= max_pulses] = End.PULSE_BUDGET
    found[reached] = End.REACHED
    return found
