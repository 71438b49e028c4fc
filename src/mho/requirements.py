"""Runs of a cell held against what an application asks of it: met, not met, or not measured."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import inf
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator

from mho import settings
from mho.crossbar import lost_in_lines
from mho.errors import Problem, SettingsError
from mho.frozen import Frozen
from mho.quantities import UNITS, Ohms, Siemens
from mho.recorded_results import results_of
from mho.recording import RunResults
from mho.result import Result
from mho.settings import SettingsFile

_BY_SYMBOL = {unit.symbol: unit for unit in UNITS}
Written = str | int | float


class Requirement(Frozen):
    """One requirement: bounds on a result, whichever run gives it."""

    name: str = Field(min_length=1, description="what is required, in words")
    printed: str = Field(default="", description="as its source has it")
    results: Annotated[tuple[str, ...], Field(min_length=1)] = Field(
        description="names of results that answer it; the first one that a run has counts"
    )
    unit: str = Field(description='SI symbol of the result; "1" for a ratio or a count')
    at_least: Written | None = Field(default=None, description="lower bound, with its unit")
    at_most: Written | None = Field(default=None, description="upper bound, with its unit")

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        if self.at_least is None and self.at_most is None:
            raise ValueError("give at_least or at_most: nothing is required without a bound")
        low, high = self.bounds
        if low > high:
            raise ValueError("at_least is above at_most, so nothing can meet it")
        return self

    @property
    def bounds(self) -> tuple[float, float]:
        """The bounds in SI; infinite where there is none."""
        low = -inf if self.at_least is None else _number(self.at_least, self.unit)
        high = inf if self.at_most is None else _number(self.at_most, self.unit)
        return low, high


class Array(Frozen):
    """The array that the cells are meant for."""

    size: int = Field(default=256, ge=2, le=1024, description="rows, and as many columns")
    segment: Ohms = Field(default=1.0, gt=0, description="of a line from cell to cell")
    range: tuple[Siemens, Siemens] | None = Field(
        default=None,
        description="lowest and highest conductance asked for: the loss for them is told, too",
    )

    @model_validator(mode="after")
    def _rises(self) -> Self:
        if self.range is not None and not 0 <= self.range[0] < self.range[1]:
            raise ValueError("range goes from a conductance of 0 or more to a higher one")
        return self

    def lost(self, low: float, high: float) -> float:
        """Share of the current that its lines keep back, for cells from ``low`` to ``high`` (S)."""
        return lost_in_lines(low, high, size=self.size, segment=self.segment)


class Requirements(Frozen):
    """A file of requirements."""

    title: str = Field(description="what the cell is for")
    source: str = Field(description="who asks for it")
    requirement: Annotated[tuple[Requirement, ...], Field(min_length=1)] = Field(
        description="a table [[requirement]] each"
    )
    array: Array | None = Field(
        default=None,
        description="for it the current that is lost in the lines is reckoned; left out: none",
    )


class Verdict(StrEnum):
    """Of a requirement. It is met where the whole interval lies within its bounds."""

    MET = "met"
    NOT_MET = "not met"
    UNDECIDED = "undecided"
    NOT_MEASURED = "not measured"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the runs say to a requirement.

    ``result`` is the one that decided, ``run`` its run; both None where none was measured.
    ``contradicted`` names runs whose own answer is another one.
    """

    requirement: Requirement
    verdict: Verdict
    result: Result | None = None
    run: str | None = None
    contradicted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All answers; ``lost`` is the share of the current that the lines of the array keep back.

    ``span`` is the range (S) that it was reckoned for. None where no run gives a range.
    ``lost_as_asked`` is the same for the range asked for; None where none is.
    """

    requirements: Requirements
    answers: tuple[Answer, ...]
    span: tuple[float, float] | None
    lost: float | None
    lost_as_asked: float | None = None


def read_requirements(name: str) -> tuple[SettingsFile, Requirements]:
    """A file of requirements, by name or by path.

    Raises
    ------
    SettingsError
        Unknown, or not such a file.
    """
    file = settings.read(settings.REQUIREMENTS, name)
    return file, settings.validate(file, Requirements)


def report(requirements: Requirements, folders: Sequence[Path]) -> Report:
    """Hold recorded runs of one device against requirements.

    Of several runs that answer one requirement the last one counts; runs that say something else
    are named.

    Raises
    ------
    SettingsError
        A folder is no run, or the runs are of several devices.
    """
    runs = [results_of(folder) for folder in folders]
    devices = sorted({run.device for run in runs})
    if len(devices) > 1:
        raise SettingsError(
            [Problem("the runs", f"are of {', '.join(devices)}; take runs of one device")]
        )
    runs.sort(key=lambda run: run.start_time)
    answers = tuple(_answer(one, runs) for one in requirements.requirement)
    span = _span(runs)
    array = requirements.array
    wanted = None if array is None else array.range
    return Report(
        requirements=requirements,
        answers=answers,
        span=span,
        lost=None if array is None or span is None else array.lost(*span),
        lost_as_asked=None if array is None or wanted is None else array.lost(*wanted),
    )


def _answer(requirement: Requirement, runs: Sequence[RunResults]) -> Answer:
    found = [
        (run.run_id, result, _verdict(requirement, result))
        for run in runs
        for result in _of(requirement, run.results)
    ]
    if not found:
        return Answer(requirement=requirement, verdict=Verdict.NOT_MEASURED)
    run_id, result, verdict = found[-1]
    others = dict.fromkeys(run for run, _, other in found if other is not verdict)
    return Answer(
        requirement=requirement,
        verdict=verdict,
        result=result,
        run=run_id,
        contradicted=tuple(run for run in others if run != run_id),
    )


def _of(requirement: Requirement, results: Iterable[Result]) -> Iterator[Result]:
    """The first of its results that a run has as a number, each part of it."""
    having = [one for one in results if isinstance(one.value, float | int)]
    for name in requirement.results:
        named = [one for one in having if one.name == name and one.unit == requirement.unit]
        if named:
            yield from named
            return


def _verdict(requirement: Requirement, result: Result) -> Verdict:
    low, high = requirement.bounds
    value = float(result.value or 0.0)
    ends = result.interval or (value, value)
    least = -inf if ends[0] is None else ends[0]
    most = inf if ends[1] is None else ends[1]
    if low <= least and most <= high:
        return Verdict.MET
    if most < low or least > high:
        return Verdict.NOT_MET
    return Verdict.UNDECIDED


def _span(runs: Sequence[RunResults]) -> tuple[float, float] | None:
    """The range of conductance (S) of the last run that gives one."""
    for run in reversed(runs):
        found = {one.name: one.value for one in run.results}
        low, high = found.get("lowest_conductance"), found.get("highest_conductance")
        if isinstance(low, float) and isinstance(high, float) and 0 <= low < high:
            return low, high
    return None


def _number(written: Written, symbol: str) -> float:
    """A bound as a file has it, in SI.

    Raises
    ------
    ValueError
        No such unit, or not a number in it.
    """
    unit = _BY_SYMBOL.get(symbol)
    if unit is None:
        raise ValueError(f'unit = "{symbol}" is none of {", ".join(_BY_SYMBOL)}')
    if isinstance(written, str):
        return unit.parse(written)
    if symbol != "1":
        raise ValueError(f"{written} has no unit: write it in quotes, {unit.advice()}")
    return float(written)
