"""A walk over cells: the same job on one cell after the other, a run for each."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from mho.device.layout import Address, address_in
from mho.errors import Problem, SettingsError
from mho.half_select import HalfSelected, half_select_refusals
from mho.job import Job, Said, read_job
from mho.pausing import Pause
from mho.run import KeptWorld, Observer, Outcome, execute
from mho.samples import chosen_cells, read_sample
from mho.settings_text import printable
from mho.setup import Setup

ALL = "all"
_NOTHING = Said()
_RANGE = re.compile(r"(r\d+c\d+)\s*\.\.\s*(r\d+c\d+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """A cell of a walk, and the run that was made on it; ``refused`` says why there was none."""

    job: Job
    outcome: Outcome | None = None
    refused: tuple[str, ...] = ()


def read_jobs(
    protocol: str,
    bench: str,
    device: str | None,
    recipe: str,
    *,
    cells: str,
    options: Iterable[str] = (),
    seed: int | None = None,
    wire: bool = False,
    sample: str | None = None,
    said: Said = _NOTHING,
) -> list[Job]:
    """As `mho.job.read_job`, for cells of a sample or of an array: ``r0c0,r3c4``, ``all``.

    Raises
    ------
    SettingsError
        Everything wrong in all of it, at once.
    """
    names = [name.strip() for name in cells.split(",") if name.strip()]
    if not names:
        raise SettingsError([Problem("--cells", 'names none; write "r0c0,r3c4" or "all"')])
    on_sample = [] if sample is None else chosen_cells(read_sample(sample), names)
    first = on_sample[0].name if on_sample else _first(names)
    job = read_job(
        protocol,
        bench,
        device,
        recipe,
        options=options,
        seed=seed,
        wire=wire,
        sample=sample,
        cell=first,
        said=said,
    )
    if on_sample:
        return _completed([job.on(cell) for cell in on_sample])
    addresses = _addresses(job.setup, names)
    return _completed([replace(job, setup=job.setup.on(at, "--cells")) for at in addresses])


def walk(
    jobs: Iterable[Job], out: Path, observers: Iterable[Observer], pause: Pause
) -> Iterator[Stop]:
    """Make a run for each job; gives each cell as its run ends, or is refused.

    Ends where a run does not come to its end. In a rehearsal without a sample all are made on one
    simulated device, which ages from cell to cell.

    Raises
    ------
    MhoError
        A run could not be opened: a relay does not do what it is told, an instrument is not there.
    """
    kept, half = KeptWorld(), None
    seen = list(observers)
    for job in jobs:
        layout, at = job.setup.profile.array, job.setup.at
        if layout is not None and at is not None and job.cell is None:
            half = half or HalfSelected(layout)
            refused = half_select_refusals(job.plan(), job.setup.profile, at, half)
            if refused:
                yield Stop(job=job, refused=tuple(refused))
                continue
        outcome = execute(job, out, seen, pause, None if job.cell is not None else kept)
        yield Stop(job=job, outcome=outcome)
        if half is not None and at is not None:
            half.add(at, _pulses(outcome))
        if outcome.error is not None:
            return


def half_selected_in(stops: Iterable[Stop]) -> HalfSelected | None:
    """What cells have seen of the runs on others, in a walk; None where it was on no array."""
    found: HalfSelected | None = None
    for stop in stops:
        layout, at = stop.job.setup.profile.array, stop.job.setup.at
        if stop.outcome is None or layout is None or at is None:
            continue
        found = found or HalfSelected(layout)
        found.add(at, _pulses(stop.outcome))
    return found


def _completed(jobs: Iterable[Job]) -> list[Job]:
    """The jobs with what their protocol lays over the recipes; all problems at once."""
    found: list[Job] = []
    problems: list[Problem] = []
    for job in jobs:
        try:
            found.append(job.completed())
        except SettingsError as error:
            problems += (
                Problem(f"cell {cell_name(job)}: {one.place}", one.message)
                for one in error.problems
            )
    if problems:
        raise SettingsError(problems)
    return found


def cell_name(job: Job) -> str:
    """What the cell of a job is called."""
    return str(job.setup.at or "") if job.cell is None else job.cell.name


def _pulses(outcome: Outcome) -> dict[str, int]:
    pulses: dict[str, int] = {}
    for one in outcome.stop.dose or ():
        pulses[one.terminal] = max(pulses.get(one.terminal, 0), one.pulses)
    return pulses


def _first(names: list[str]) -> str:
    """A cell to read the job with: the first one that is named."""
    if names[0] == ALL:
        return "r0c0"
    match = _RANGE.fullmatch(names[0])
    return match[1] if match else names[0]


def _addresses(setup: Setup, names: Iterable[str]) -> list[Address]:
    layout = setup.profile.array
    if layout is None:
        raise SettingsError([Problem("--cells", f"{setup.profile.name} is no array")])
    found, problems = dict[Address, None](), []
    for name in names:
        match = _RANGE.fullmatch(name)
        ends = [address_in(text) for text in (match.groups() if match else (name, name))]
        first, last = ends
        if name == ALL:
            found.update(dict.fromkeys(layout.cells()))
        elif first is None or last is None or not (layout.holds(first) and layout.holds(last)):
            message = f'"{printable(name)}" is no cell of {layout}'
            problems.append(Problem("--cells", message))
        else:
            rows, columns = (range(a, b + 1) for a, b in zip(first, last, strict=True))
            found.update(dict.fromkeys(Address(r, c) for r in rows for c in columns))
    if problems:
        raise SettingsError(problems)
    return list(found)
