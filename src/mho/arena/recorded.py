"""Standings from recorded runs of `program`: what came of the contest on a bench."""

from collections.abc import Iterable, Iterator, Sequence
from math import nan
from pathlib import Path
from typing import NamedTuple

import numpy as np

from mho.arena.contest import Round
from mho.arena.standings import standing
from mho.arena.trial import Trial
from mho.merit.estimate import Estimate
from mho.programming.algorithm import Goal
from mho.programming.judged import JudgedTarget, judged_targets
from mho.recording.folder import read_run

_NONE = Estimate(value=nan, low=nan, high=nan)


class Played(NamedTuple):
    """What came of one algorithm on one cell at one tolerance, and the run folder of it."""

    entrant: str
    tolerance: float
    cell: str
    folder: Path
    targets: tuple[JudgedTarget, ...]
    exchanges: int | None

    @property
    def true(self) -> int:
        """How many of its targets are."""
        return sum(one.true == 1.0 for one in self.targets)


def played(entrant: str, tolerance: float, cell: str, folder: Path) -> Played:
    """From the rows of a run, also of one that broke off."""
    run = read_run(folder)
    targets = tuple(judged_targets(run.rows)) if len(run.rows) else ()
    exchanges = None if run.stop is None else run.stop.exchanges
    return Played(entrant, tolerance, cell, folder, targets, exchanges)


def rounds_of(runs: Sequence[Played]) -> Iterator[Round]:
    """Tolerance after tolerance, the widest first, of what was played of it."""
    for tolerance in sorted({run.tolerance for run in runs}, reverse=True):
        by_name: dict[str, list[Played]] = {}
        for run in runs:
            if run.tolerance == tolerance and run.targets:
                by_name.setdefault(run.entrant, []).append(run)
        trials = {name: _trial(of) for name, of in sorted(by_name.items())}
        if trials:
            yield Round(
                tolerance=tolerance,
                ceiling=_NONE,
                ceiling_by_target=(),
                fewest_pulses=nan,
                standings=tuple(standing(name, trial) for name, trial in trials.items()),
                trials=trials,
            )


def _trial(runs: Iterable[Played]) -> Trial:
    """All targets on all cells together; those of a run that broke off as far as it came."""
    runs = list(runs)
    targets = [one for run in runs for one in run.targets]
    of = {name: np.array([getattr(one, name) for one in targets]) for name in JudgedTarget._fields}
    counted = [run.exchanges for run in runs if run.exchanges is not None]
    return Trial(
        goal=Goal(of["target"], of["low"], of["high"]),
        end=of["verdict"].astype(object),
        confidence=of["confidence"],
        judged=of["mean"],
        pulses=of["pulses"],
        reads=of["reads"],
        looks=of["looks"],
        time=of["seconds"] + of["pulsing"],
        stress=of["stress"],
        energy=of["energy"],
        exchanges=sum(counted) if len(counted) == len(runs) else None,
    )
