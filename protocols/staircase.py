"""Staircases between corner voltages, and their stretches of one polarity."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from math import ceil
from typing import Annotated, NamedTuple

from pydantic import AfterValidator

from mho.quantities import Volts

_LEAST = 1e-6  # V; no source resolves less, and less is no polarity
_SLACK = 1e-9  # of a step: 2 V in steps of 10 mV are 200 steps, whatever the last binary digit says


class Direction(StrEnum):
    """Where a level of a sweep leads."""

    OUT = "out"
    BACK = "back"


class Step(NamedTuple):
    """One level (V) of a staircase; ``branch`` counts the ways from corner to corner, from 0."""

    level: float
    branch: int
    direction: Direction


@dataclass(frozen=True, slots=True)
class Stretch:
    """Successive levels of one polarity. A level of 0 V belongs to the stretch that it ends.

    Only at the very start of a staircase does it belong to the stretch that follows. A stretch has
    one current limit, so that a bench plays it as one sweep.
    """

    sign: int
    steps: tuple[Step, ...]

    @property
    def levels(self) -> tuple[float, ...]:
        """The levels alone, in the order of time."""
        return tuple(step.level for step in self.steps)


def _corners(corners: tuple[float, ...]) -> tuple[float, ...]:
    if len(corners) < 2:
        raise ValueError("needs two corners at least, for example 0 V and 2 V")
    for number, corner in enumerate(corners, start=1):
        if 0 < abs(corner) < _LEAST:
            raise ValueError(f"corner {number} is {corner:g} V, less than a microvolt; write 0 V")
    for number, (here, there) in enumerate(pairwise(corners), start=1):
        if here == there:
            raise ValueError(f"corners {number} and {number + 1} are both {here:g} V")
    return corners


Corners = Annotated[tuple[Volts, ...], AfterValidator(_corners)]
"""Voltages visited in this order; no two neighbours are equal."""


def staircase(corners: Sequence[float], step: float) -> Iterator[Step]:
    """Levels from the first corner to the last, ``step`` volts apart; every corner is met.

    The last step before a corner is shorter where the way is no multiple of ``step``.
    """
    first = corners[0]
    yield Step(first, 0, Direction.OUT)
    before = first
    for branch, (here, there) in enumerate(pairwise(corners)):
        steps = max(1, ceil(abs(there - here) / step - _SLACK))
        towards = step if there > here else -step
        for number in range(1, steps + 1):
            level = there if number == steps else round(here + number * towards, 9) + 0.0
            out = abs(level) > abs(before) or level * before < 0
            yield Step(level, branch, Direction.OUT if out else Direction.BACK)
            before = level


def stretches(corners: Sequence[float], step: float) -> tuple[Stretch, ...]:
    """The staircase cut where its polarity changes."""
    found: list[Stretch] = []
    steps: list[Step] = []
    sign = 0
    for one in staircase(corners, step):
        if one.level * sign < 0:
            found.append(Stretch(sign, tuple(steps)))
            sign, steps = 0, []
        steps.append(one)
        if sign == 0 and one.level != 0:
            sign = 1 if one.level > 0 else -1
    return (*found, Stretch(sign, tuple(steps)))


def count(corners: Sequence[float], step: float) -> int:
    """Number of levels of the staircase, at most."""
    return 1 + sum(ceil(abs(there - here) / step) for here, there in pairwise(corners))
