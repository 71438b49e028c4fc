"""Validation: published numbers held against what the simulated benches give for them.

Each number of ``data/reference/*.toml`` that names a figure of merit is measured as a user would
measure it, through driver, simulated instrument and recording, over several seeds.
"""

import signal
import tempfile
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from importlib.resources import files
from math import inf, isfinite
from multiprocessing import active_children
from pathlib import Path
from statistics import median, pstdev
from typing import Literal

from pydantic import Field

from mho import settings
from mho.errors import MhoError, Problem, SettingsError
from mho.frozen import Frozen
from mho.job import read_job
from mho.plugins import unknown
from mho.quantities import UNITS, Fraction
from mho.recorded_results import results_of
from mho.result import numbers
from mho.run import execute
from mho.settings import SettingsFile
from mho.settings_text import table_of

FOLDER = "reference"


class Published(Frozen):
    """One published number; the keys are explained in the first file of ``data/reference``.

    Exactly one of ``value`` (with our ``tolerance``), ``range``, ``at_least``, ``at_most`` and
    ``statement`` (with our ``criterion``) says what was published. ``merit`` names the figure of
    merit that ``protocol`` gives for it; what is judged by a statement must lie from
    ``counts_from`` to ``counts_to``.
    """

    id: str
    what: str
    kind: Literal["result", "setting", "statement"]
    where: str
    used_for_fitting: bool
    value: str | int | float | None = None
    range: tuple[str, str] | None = None
    at_least: str | int | float | None = None
    at_most: str | int | float | None = None
    statement: str | None = None
    approximate: bool = False
    tolerance: Fraction | None = None
    criterion: str | None = None
    counts_from: float | None = None
    counts_to: float | None = None
    device: str | None = None
    parameters: tuple[str, ...] = ()
    protocol: str | None = None
    recipe: str | None = None
    verdict: str | None = None
    not_measured: str | None = None
    bench: str = "ni-pxie-4139"
    options: tuple[str, ...] = ()
    merit: str | None = None
    explanation: str = Field(default="", description="why the simulation may lie outside")

    @property
    def printed(self) -> str:
        """The number as published."""
        about = "about " if self.approximate else ""
        if self.range is not None:
            return " to ".join(self.range)
        for words, value in (("", self.value), (">= ", self.at_least), ("<= ", self.at_most)):
            if value is not None:
                return f"{about}{words}{value}"
        return self.statement or ""

    @property
    def unit(self) -> str:
        """Symbol of its SI unit; empty for plain numbers and statements."""
        given = (self.value, self.at_least, self.at_most, self.range and self.range[0])
        return next((_amount(value)[1] for value in given if value is not None), "")

    @property
    def bounds(self) -> tuple[float, float]:
        """Lowest and highest figure (SI) that counts as the published one."""
        if self.value is not None:
            middle, half = _amount(self.value)[0], self.tolerance or 0.0
            return tuple(sorted((middle * (1 - half), middle * (1 + half))))  # type: ignore[return-value]
        if self.range is not None:
            return _amount(self.range[0])[0], _amount(self.range[1])[0]
        low = self.counts_from if self.at_least is None else _amount(self.at_least)[0]
        high = self.counts_to if self.at_most is None else _amount(self.at_most)[0]
        return (-inf if low is None else low), (inf if high is None else high)


class Source(Frozen):
    """The paper, as far as it is known."""

    key: str
    title: str
    authors: str
    journal: str
    doi: str
    known_as: str

    @property
    def name(self) -> str:
        """What to call it in a table."""
        return self.title or " ".join(filter(None, (self.authors, self.journal))) or self.known_as


class Reference(Frozen):
    """A file of published numbers."""

    source: Source
    number: tuple[Published, ...]


def _amount(value: str | int | float) -> tuple[float, str]:
    """SI value and unit symbol of a quoted quantity; a plain number has none."""
    if not isinstance(value, str):
        return float(value), ""
    for unit in UNITS:
        try:
            return unit.parse(value), "" if unit.symbol == "1" else unit.symbol
        except ValueError:
            continue
    raise SettingsError([Problem("reference", f'"{value}" is in no unit that mho knows')])


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A published number and its simulated values, one a seed (those that could be had)."""

    paper: str
    number: Published
    values: tuple[float, ...]
    failure: str = ""

    @property
    def typical(self) -> float:
        """Median over the seeds; NaN if there is none."""
        return median(self.values) if self.values else float("nan")

    @property
    def spread(self) -> float:
        """Standard deviation over the seeds."""
        return pstdev(self.values) if self.values else float("nan")

    @property
    def inside(self) -> bool:
        """Whether the median over the seeds lies in the stated tolerance."""
        low, high = self.number.bounds
        return low <= self.typical <= high


def references() -> dict[str, Reference]:
    """The shipped files of published numbers, by name.

    Raises
    ------
    SettingsError
        A file is not as it should be.
    """
    found = {}
    for name in settings.shipped(FOLDER):
        text = (files("mho.data") / FOLDER / f"{name}.toml").read_text("utf-8")
        file = SettingsFile(f"reference {name}", text, table_of(f"reference {name}", text))
        found[name] = settings.validate(file, Reference)
    return found


def validate(
    device: str | None = None,
    seeds: int = 3,
    report: Callable[[str], None] = lambda _: None,
) -> list[Comparison]:
    """Measure every published number that names a figure of merit.

    Parameters
    ----------
    device
        Only numbers measured on this device.
    seeds
        Random devices for each number.
    report
        Told what has been measured, line by line.

    Raises
    ------
    SettingsError
        Nothing was published about this device.
    """
    published = [
        (reference.source.name, number)
        for reference in references().values()
        for number in reference.number
        if number.merit is not None
    ]
    known = sorted({number.device for _, number in published if number.device is not None})
    if device is not None and device not in known:
        raise SettingsError([unknown("device with published numbers", device, known, "--device")])
    wanted = [(paper, number) for paper, number in published if device in (None, number.device)]
    runs = dict.fromkeys((_run_of(number), seed) for _, number in wanted for seed in range(seeds))
    results: dict[tuple[_Run, int], dict[str, float] | str] = {}
    with (
        tempfile.TemporaryDirectory() as folder,
        ProcessPoolExecutor(max_workers=2, initializer=_leave_interrupts) as pool,
    ):
        measuring = [pool.submit(_measure, what, Path(folder)) for what in runs]
        try:
            for (run, seed), measured in zip(runs, measuring, strict=True):
                results[run, seed] = measured.result()
                report(f"{run[0]} {run[1]} on {run[2]}, {run[3]}, seed {seed}")
        except BaseException:  # Ctrl-C: nobody waits for what is still being measured
            for process in active_children():
                process.kill()
            raise
    return [
        _comparison(paper, number, [results[_run_of(number), seed] for seed in range(seeds)])
        for paper, number in wanted
    ]


_Run = tuple[str, str, str, str, tuple[str, ...]]


def _run_of(number: Published) -> _Run:
    if number.protocol is None or number.recipe is None or number.device is None:
        message = "names a merit, so it needs protocol, recipe and device too"
        raise SettingsError([Problem(f"reference {number.id}", message)])
    return (number.protocol, number.recipe, number.device, number.bench, number.options)


def _leave_interrupts() -> None:
    """Ctrl-C reaches every process of a terminal; here it is for the one that started these."""
    signal.signal(signal.SIGINT, lambda *_: None)  # SIG_IGN would be undone by an open bench


def _measure(what: tuple[_Run, int], folder: Path) -> dict[str, float] | str:
    """Figures of merit of one run, or why there are none."""
    (protocol, recipe, device, bench, options), seed = what
    try:
        job = read_job(protocol, bench, device, recipe, options=options, seed=seed)
        with tempfile.TemporaryDirectory(dir=folder) as own:
            outcome = execute(job, own)
            if outcome.error is not None:
                return str(outcome.error)
            return numbers(results_of(outcome.folder).results)
    except MhoError as error:
        return str(error)


def _comparison(
    paper: str, number: Published, results: Iterable[dict[str, float] | str]
) -> Comparison:
    results = list(results)
    merit = number.merit or ""
    return Comparison(
        paper=paper,
        number=number,
        values=tuple(_values(merit, results)),
        failure=next((_why(merit, result) for result in results if _why(merit, result)), ""),
    )


def _values(merit: str, results: Iterable[dict[str, float] | str]) -> Iterator[float]:
    for result in results:
        if isinstance(result, dict) and isfinite(result.get(merit, float("nan"))):
            yield float(result[merit])


def _why(merit: str, result: dict[str, float] | str) -> str:
    if isinstance(result, str):
        return result
    if merit not in result:
        return f'no figure of merit "{merit}"; there are {", ".join(result)}'
    return ""
