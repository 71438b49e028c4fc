"""What the conventional loops share: on which side of its target a cell reads, and giving up."""

from dataclasses import dataclass, replace
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from mho.frozen import Frozen
from mho.programming.algorithm import Counts, End, Floats, Goal
from mho.quantities import Fraction, Volts

Sides = NDArray[np.bool_]

LIMIT_PULSES = 5
"""Pulses at the largest amplitude of a polarity, one after another, that may fail to cross."""

UNMOVED = 0.01
"""Relative change of mean conductance below which a stretch of pulses has moved nothing."""


class CrossingSettings(Frozen):
    """Of every such loop."""

    stuck_after: int = Field(
        default=40,
        ge=4,
        description="pulses of one polarity without any change of conductance that count as stuck",
    )


class AveragedSettings(CrossingSettings):
    """Of those that average their reads, and stop in a part of the window."""

    full_set: Volts = Field(default=2.0, gt=0, description="amplitude of the SET that begins it")
    reads: int = Field(default=25, ge=1, description="averaged after each pulse")
    window: Fraction = Field(
        default=0.5, gt=0, le=1, description="width of the window that stops it, of the asked one"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """Of each cell: its window, and what it did since it crossed its target."""

    target: Floats
    low: Floats
    high: Floats
    raising: Sides
    pulses: Counts
    at_limit: Counts
    """Pulses at the largest amplitude, one after another, that have not crossed."""
    unmet: Floats
    """Reads since the last crossing, all on the far side of the target: (n, stuck_after)."""

    @classmethod
    def begun(cls, goal: Goal, stuck_after: int, window: float = 1.0) -> Self:
        """With a pulse up, and that part of the window of the goal."""
        n = len(goal.target)
        return cls(
            target=goal.target,
            low=goal.target - window * (goal.target - goal.low),
            high=goal.target + window * (goal.high - goal.target),
            raising=np.full(n, True),
            pulses=np.zeros(n, dtype=np.int64),
            at_limit=np.zeros(n, dtype=np.int64),
            unmet=np.full((n, stuck_after), np.nan),
        )


class Turn(NamedTuple):
    """What a look says of each cell: above its target, on the other side than before, or over."""

    above: Sides
    crossed: Sides
    end: NDArray[np.object_]


def taken_in(
    course: Course, conductances: Floats, largest: Sides, strong: Sides | bool, max_pulses: int
) -> tuple[Course, Turn]:
    """After a pulse and its look.

    ``largest``: it was as large as it may be; ``strong``: large enough for a failure to prove
    something.
    """
    found = mean_read(conductances)
    above = is_above(found, course.target)
    crossed = above == course.raising
    unmet = remembered(course.unmet, found, crossed)
    following = replace(
        course,
        raising=~above,
        pulses=course.pulses + 1,
        at_limit=np.where(~crossed & largest, course.at_limit + 1, 0),
        unmet=unmet,
    )
    end = ends(
        reached=(found >= course.low) & (found <= course.high),
        spent=following.pulses >= max_pulses,
        stuck=unmoved(unmet) & strong,
        limited=following.at_limit >= LIMIT_PULSES,
    )
    return following, Turn(above, crossed, end)


def ends(
    *, reached: Sides, spent: Sides, stuck: Sides, limited: Sides | bool = False
) -> NDArray[np.object_]:
    """How each cell ended, if it has: the first of these reasons that holds."""
    found = np.full(len(reached), End.GOES_ON, dtype=object)
    found[limited] = End.AMPLITUDE_LIMIT
    found[stuck] = End.STUCK
    found[spent] = End.PULSE_BUDGET
    found[reached] = End.REACHED
    return found


def mean_read(conductances: Floats) -> Floats:
    """Mean of the reads of each look (S); NaN where none of them could be measured."""
    valid = ~np.isnan(conductances)
    count = valid.sum(axis=1)
    total = np.where(valid, conductances, 0.0).sum(axis=1)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def is_above(conductance: Floats, target: Floats) -> Sides:
    """Above the target, or too large to be measured (NaN)."""
    return np.isnan(conductance) | (conductance > target)


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
