"""The contest on a bench: a run of `program` for each algorithm, tolerance and cell."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from mho.arena.contest import Entrant
from mho.arena.means import FROM_CURVE, Terms
from mho.errors import Problem, SettingsError
from mho.job import Job, Said, read_job
from mho.programming.algorithm import Floats
from mho.quantities import FRACTION, SECOND, SIEMENS
from mho.walk import cell_name, read_jobs

_PROTOCOL, _RECIPE = "program", "one-target"

_SHORTER, _LONGER = 0.01, 3.0
"""Widths that algorithms may choose, of that of the device; none shorter than the instrument's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """Where, on what and for what algorithms compete.

    ``cells`` as ``--cells`` of a run names them; else there are ``devices`` simulated ones of
    following seeds, or the one that is on the bench. ``ends`` are the outer targets (S).
    ``options`` are laid over the recipe at the end.
    """

    bench: str
    device: str | None
    sample: str | None
    cells: str | None
    devices: int
    targets: int
    ends: tuple[float, float] | None
    tolerances: Sequence[float]
    entrants: Sequence[Entrant]
    terms: Terms
    seed: int | None
    options: Sequence[str]
    wire: bool
    said: Said


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """One algorithm on one cell at one tolerance, and the run that it is."""

    entrant: str
    tolerance: float
    cell: str
    job: Job


def matches(replay: Replay) -> list[Match]:
    """All of a contest: cell after cell, on each all tolerances, on each of these all algorithms.

    Which algorithm comes first changes from cell to cell: an earlier one leaves its mark.

    Raises
    ------
    SettingsError
        Everything wrong in all of it, at once.
    """
    shared = _shared_options(replay)
    by_cell: dict[str, list[list[Match]]] = {}
    problems: list[Problem] = []
    for tolerance in replay.tolerances:
        here: dict[str, list[Match]] = {}
        for entrant in replay.entrants:
            own = _options_of(entrant, tolerance)
            try:
                jobs = _jobs(replay, (*shared, *own, *replay.options))
            except SettingsError as error:
                problems += error.problems
                continue
            for cell, job in jobs:
                match = Match(entrant=entrant.name, tolerance=tolerance, cell=cell, job=job)
                here.setdefault(cell, []).append(match)
        for cell, found in here.items():
            by_cell.setdefault(cell, []).append(found)
    if problems:
        raise SettingsError(dict.fromkeys(problems))
    return [
        match
        for number, rounds in enumerate(by_cell.values())
        for found in rounds
        for match in _begun_at(found, number)
    ]


def _begun_at(found: list[Match], number: int) -> Iterator[Match]:
    first = number % len(found)
    yield from found[first:]
    yield from found[:first]


def _jobs(replay: Replay, options: Sequence[str]) -> list[tuple[str, Job]]:
    """A job for each cell, with what the cell is called."""
    what = _PROTOCOL, replay.bench, replay.device, _RECIPE
    if replay.cells is not None:
        jobs = read_jobs(
            *what, cells=replay.cells, options=options, seed=replay.seed, wire=replay.wire,
            sample=replay.sample, said=replay.said,
        )  # fmt: skip
        return [(cell_name(job), job) for job in jobs]
    found = []
    for number in range(replay.devices):
        seed = (replay.seed or 0) + number
        job = read_job(
            *what, options=options, seed=seed, wire=replay.wire, said=replay.said
        )  # fmt: skip
        if number and not job.setup.rehearses:
            message = (
                f"there is one device on {replay.bench}; give a sample with --sample and its cells "
                "with --cells, or take --devices out"
            )
            raise SettingsError([Problem("--devices", message)])
        found.append((f"device {number + 1}", job))
    return found


def _options_of(entrant: Entrant, tolerance: float) -> Iterator[str]:
    yield f"tolerance={FRACTION.show(tolerance)}"
    yield f"algorithm={entrant.kind.name}"
    yield from (f"settings.{option}" for option in entrant.options)


def _shared_options(replay: Replay) -> tuple[str, ...]:
    """What all runs have over the recipe: targets, and what is settable of a contest."""
    about = [one for one in replay.options if one.startswith(("bench.", "device."))]
    setup = _jobs(replace(replay, devices=1), about)[0][1].setup
    profile, terms = setup.profile, replay.terms
    ends, curve = replay.ends, profile.reset_curve
    if ends is None and curve is None:
        message = f"{profile.name} has no reset_curve to choose targets by; give --from and --to"
        raise SettingsError([Problem("--from", message)])
    if ends is None:
        known = [point.conductance for point in curve or ()]
        ends = FROM_CURVE[0] * min(known), FROM_CURVE[1] * max(known)
    targets = ", ".join(f'"{SIEMENS.show(_round(one))}"' for one in _spread(ends, replay.targets))
    width, least = profile.pulse_width, setup.limits[profile.write_at].min_width
    return (
        f"targets=[{targets}]",
        f"confidence={FRACTION.show(terms.confidence)}",
        f"pulses.most={terms.max_pulses}",
        f"pulses.shortest={SECOND.show(_round(min(max(_SHORTER * width, least), width)))}",
        f"pulses.longest={SECOND.show(_round(_LONGER * width))}",
        f"longest_look={SECOND.show(terms.longest_look)}",
        f"judge.after={SECOND.show(terms.judged_after)}",
        f"judge.lasts={SECOND.show(terms.judged_for)}",
    )


def _spread(ends: tuple[float, float], count: int) -> Floats:
    """Evenly in ln G; one alone stands in the middle."""
    if count == 1:
        return np.array([np.sqrt(ends[0] * ends[1])])
    return np.asarray(np.geomspace(*ends, count), dtype=np.float64)


def _round(value: float) -> float:
    return float(f"{value:.6g}")
