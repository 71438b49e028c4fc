"""Figures of a trial, each with its 95 % interval, and the ranking."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import nan

import numpy as np

from mho.arena.trial import Trial
from mho.merit.estimate import Estimate, median
from mho.merit.proportion import proportion
from mho.programming.algorithm import Counts, Floats

_NONE = Estimate(value=nan, low=nan, high=nan)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One algorithm at one tolerance. Shares are of all cells, but for those of the declared.

    ``pulses_p95`` is what 95 % of the cells need no more than. SI.
    """

    name: str
    cells: int
    declared: Estimate
    true: Estimate
    false_accept: Estimate
    """Of those that were declared."""
    pulses: Estimate
    pulses_p95: float
    looks: Estimate
    reads: Estimate
    time: Estimate
    time_p95: float
    stress: Estimate
    energy: Estimate
    ends: tuple[tuple[str, int], ...]
    exchanges: float | None = None
    """With instruments, for each target, opening and closing included; None where nobody counts."""
    exchanges_each: float | None = None
    """The same for each pulse and each look."""


def standing(name: str, trial: Trial) -> Standing:
    """The figures of a trial."""
    declared, true = trial.declared, trial.true
    false = declared & ~true
    words, counts = np.unique(trial.end.astype(str), return_counts=True)
    return Standing(
        name=name,
        cells=len(true),
        declared=proportion(int(declared.sum()), len(true)),
        true=proportion(int(true.sum()), len(true)),
        false_accept=proportion(int(false.sum()), int(declared.sum())) if declared.any() else _NONE,
        pulses=_middle(trial.pulses),
        pulses_p95=float(np.percentile(trial.pulses, 95)),
        looks=_middle(trial.looks),
        reads=_middle(trial.reads),
        time=_middle(trial.time),
        time_p95=float(np.percentile(trial.time, 95)),
        stress=_middle(trial.stress),
        energy=_middle(trial.energy),
        ends=tuple(zip(words.tolist(), counts.tolist(), strict=True)),
        exchanges=_share(trial.exchanges, len(true)),
        exchanges_each=_share(trial.exchanges, int((trial.pulses + trial.looks).sum())),
    )


def _share(total: int | None, count: int) -> float | None:
    return None if total is None or not count else total / count


def _middle(values: Floats | Counts) -> Estimate:
    """Median of what is known: of a pulse on a bench not everything was measured."""
    known = values[np.isfinite(values)].astype(float)
    return median(known) if len(known) else _NONE


def ranked(standings: Sequence[Standing]) -> list[Standing]:
    """By what is true, then by pulses."""
    return sorted(standings, key=lambda one: (-one.true.value, one.pulses.value))


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """Cells of which about the same probability was said, and the share that was true."""

    cells: int
    said: float
    true: Estimate


_EDGES = (0.0, 0.5, 0.7, 0.8, 0.9, 1.0 + 1e-9)


def calibration(trial: Trial) -> list[Bin]:
    """What an algorithm said of its cells against what came; empty if it says nothing."""
    said, true = trial.confidence, trial.true
    bins = []
    for low, high in pairwise(_EDGES):
        inside = (said >= low) & (said < high)
        if inside.any():
            count = int(inside.sum())
            bins.append(
                Bin(
                    cells=count,
                    said=float(said[inside].mean()),
                    true=proportion(int(true[inside].sum()), count),
                )
            )
    return bins


def by_target(trial: Trial) -> list[tuple[float, Estimate]]:
    """Share that is true at each target (S)."""
    targets: Floats = np.unique(trial.goal.target)
    found = []
    for target in targets:
        cells = trial.goal.target == target
        found.append((float(target), proportion(int(trial.true[cells].sum()), int(cells.sum()))))
    return found
