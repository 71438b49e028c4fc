"""A figure of merit as data: value, 95 % interval, unit, how it was made and of what."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from math import isfinite

_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")

EXCHANGES = "exchanges"
"""In ``attrs`` of the rows that results are made of: how many exchanges with instruments the run
took, where their drivers count them."""

Interval = tuple[float | None, float | None]
"""Low and high end; None where the data leave an end open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One figure of merit of a run, in SI units.

    Attributes
    ----------
    name
        A standard term in ``snake_case``; the same for the same thing in every protocol.
    value
        A finite number, or a word (an outcome). None where the data do not support an estimate:
        then ``undetermined`` says why.
    interval
        The ends of the 95 % interval, which holds the value; None where there is none.
    unit
        An SI symbol as it stands in files (``V``, ``ohm``), or several (``V/S``); ``1`` for ratios
        and counts, empty for words.
    method
        How it was made: the estimator, and of how many values.
    source
        The rows of the run that it was made from.
    part
        What of the run it belongs to, where one name has several values: ``amplitude 0.8 V``,
        ``level 2``. Empty: the run as a whole.
    undetermined
        Why there is no value.

    Raises
    ------
    ValueError
        It contradicts itself, or holds what is no number; says what.
    """

    name: str
    value: float | str | None
    interval: Interval | None = None
    unit: str
    method: str
    source: str
    part: str = ""
    undetermined: str = ""

    def __post_init__(self) -> None:
        for fault in self._faults():
            raise ValueError(f'the result "{self.name}"{self.part and f" ({self.part})"} {fault}')

    def _faults(self) -> Iterable[str]:
        if not _NAME.fullmatch(self.name):
            yield "has a name that is not in snake_case, like threshold_voltage"
        if not self.method or not self.source:
            yield "does not say how it was made, or of which rows: give method and source"
        if isinstance(self.value, str):
            if not self.value or self.unit or self.interval is not None:
                yield "is a word; a word is not empty and has neither unit nor interval"
        elif self.value is not None and not self.unit:
            yield 'is a number without a unit: give an SI symbol, or "1" for a ratio or a count'
        if (self.value is None) is not bool(self.undetermined):
            yield (
                f"has the value {self.value} and undetermined {self.undetermined!r}: exactly one "
                "of the two tells something"
            )
        if isinstance(self.value, float | int) and not isfinite(self.value):
            yield (
                f"is {self.value}: give None, and say in undetermined why the data do not tell it"
            )
        if self.interval is not None:
            yield from self._faults_of_interval(self.interval)

    def _faults_of_interval(self, interval: Interval) -> Iterable[str]:
        low, high = interval
        if any(end is not None and not isfinite(end) for end in interval):
            yield f"has the interval {interval}: an end is a number, or None where it is open"
        elif not isinstance(self.value, float | int):
            yield "has an interval and no value"
        elif (low is not None and low > self.value) or (high is not None and high < self.value):
            yield f"is {self.value}, which its interval {interval} does not hold"


def by_name(results: Iterable[Result]) -> dict[str, Result]:
    """The results of a run as a whole, by name."""
    return {result.name: result for result in results if not result.part}


def numbers(results: Iterable[Result]) -> dict[str, float]:
    """The values of a run as a whole that are numbers, by name; undetermined ones are left out."""
    found = by_name(results).values()
    return {one.name: one.value for one in found if isinstance(one.value, float)}
