"""Validation: published numbers held against what the simulated benches give for them.

Each number of ``data/reference/*.toml`` that names an experiment (protocol, recipe, device, bench
and figure of merit) is measured as a user would measure it, through driver, simulated instrument
and recording, over several seeds.
"""

import tempfile
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from importlib.resources import files
from math import isfinite
from pathlib import Path
from statistics import median, pstdev

from pydantic import Field

from mho import settings
from mho.errors import MhoError
from mho.frozen import Frozen
from mho.job import read_job
from mho.recording import load
from mho.run import execute
from mho.settings import SettingsFile

FOLDER = "reference"


class Experiment(Frozen):
    """How a number is measured: names as on the command line, and the figure of merit."""

    protocol: str
    recipe: str
    device: str
    bench: str = "ni-pxie-4139"
    options: tuple[str, ...] = ()
    merit: str


class Published(Frozen):
    """One published number. ``low`` to ``high`` is what counts as inside, in ``unit``."""

    id: str
    what: str
    printed: str = Field(description="the number as the paper prints it")
    low: float
    high: float
    unit: str = Field(description="SI unit, or 1")
    where: str = Field(description="section, figure, table or page")
    tolerance: str = Field(default="", description="why low and high are what they are")
    fitted: bool = Field(description="whether a model parameter was fitted to this number")
    explanation: str = Field(default="", description="why the simulation may lie outside")
    experiment: Experiment | None = None


class Source(Frozen):
    """The paper."""

    title: str
    doi: str = ""
    note: str = ""


class Reference(Frozen):
    """A file of published numbers."""

    source: Source
    number: tuple[Published, ...]


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
        return self.number.low <= self.typical <= self.number.high


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
        file = SettingsFile(f"reference {name}", text, settings.toml(f"reference {name}", text))
        found[name] = settings.validate(file, Reference)
    return found


def validate(
    device: str | None = None,
    seeds: int = 3,
    report: Callable[[str], None] = lambda _: None,
) -> list[Comparison]:
    """Measure every published number that names an experiment.

    Parameters
    ----------
    device
        Only numbers measured on this device.
    seeds
        Random devices for each number.
    report
        Told what has been measured, line by line.
    """
    wanted = [
        (reference.source.doi or reference.source.title, number)
        for reference in references().values()
        for number in reference.number
        if number.experiment is not None and device in (None, number.experiment.device)
    ]
    runs = dict.fromkeys((_run_of(number), seed) for _, number in wanted for seed in range(seeds))
    results: dict[tuple[_Run, int], dict[str, float] | str] = {}
    with ProcessPoolExecutor(max_workers=2) as pool:
        for (run, seed), merits in zip(runs, pool.map(_measure, runs), strict=True):
            results[run, seed] = merits
            report(f"{run[0]} {run[1]} on {run[2]}, {run[3]}, seed {seed}")
    return [
        _comparison(paper, number, [results[_run_of(number), seed] for seed in range(seeds)])
        for paper, number in wanted
    ]


_Run = tuple[str, str, str, str, tuple[str, ...]]


def _run_of(number: Published) -> _Run:
    made = number.experiment
    assert made is not None  # noqa: S101  only numbers with an experiment come here
    return (made.protocol, made.recipe, made.device, made.bench, made.options)


def _measure(what: tuple[_Run, int]) -> dict[str, float] | str:
    """Figures of merit of one run, or why there are none."""
    (protocol, recipe, device, bench, options), seed = what
    try:
        job = read_job(protocol, bench, device, recipe, options=options, seed=seed)
        if job.protocol.merits is None:
            return f"the protocol {protocol} names no figures of merit"
        with tempfile.TemporaryDirectory() as folder:
            outcome = execute(job, Path(folder))
            if outcome.error is not None:
                return str(outcome.error)
            return dict(job.protocol.merits(load(outcome.folder), job.recipe))
    except MhoError as error:
        return str(error)


def _comparison(
    paper: str, number: Published, results: Iterable[dict[str, float] | str]
) -> Comparison:
    results = list(results)
    merit = number.experiment.merit if number.experiment else ""
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
