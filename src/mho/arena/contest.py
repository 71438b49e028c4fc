"""A contest: algorithms on the same simulated cells, at several tolerances, beside the bounds."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mho.arena.bounds import ceiling, fewest_pulses, granularity
from mho.arena.means import Terms, goal_of, means_of, target_range
from mho.arena.standings import Standing, by_target, calibration, standing
from mho.arena.trial import Trial, play
from mho.device.bank import CellBank
from mho.device.profile import DeviceProfile
from mho.frozen import Frozen
from mho.merit.estimate import Estimate
from mho.merit.proportion import proportion
from mho.programming.algorithm import AlgorithmKind, Floats, Means

_FEW = 64
"""Cells on which the range of targets and the granularity of steps are measured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrant:
    """An algorithm with its settings, under a name of its own; ``options`` as they were written."""

    name: str
    kind: AlgorithmKind
    settings: Frozen
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Arena:
    """Where a contest is held: ``cells(count, seed)`` are new cells, alike for the same seed."""

    profile: DeviceProfile
    cells: Callable[[int, int], CellBank]
    devices: int
    targets: Floats
    terms: Terms
    seed: int

    @property
    def means(self) -> Means:
        """What every algorithm may do."""
        return means_of(self.profile, self.terms)

    def bank(self) -> CellBank:
        """Every device once for each target: the same cells each time."""
        return self.cells(self.devices * len(self.targets), self.seed)

    def asked(self) -> Floats:
        """The target of each cell (S)."""
        return np.tile(self.targets, self.devices)


def spread_targets(
    profile: DeviceProfile,
    cells: Callable[[int, int], CellBank],
    count: int,
    terms: Terms,
    ends: tuple[float, float] | None,
) -> Floats:
    """So many targets (S), evenly in ln G; between ``ends``, or as `target_range` finds."""
    if ends is None:
        ends = target_range(profile, cells(_FEW, 0), means_of(profile, terms))
    return np.asarray(np.geomspace(*ends, count), dtype=np.float64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One tolerance: the bounds, and how each algorithm stands.

    On a bench nobody places cells: there the bounds are NaN and empty.
    """

    tolerance: float
    ceiling: Estimate
    ceiling_by_target: tuple[tuple[float, Estimate], ...]
    fewest_pulses: float
    standings: tuple[Standing, ...]
    trials: Mapping[str, Trial]


def rounds(
    arena: Arena, entrants: Sequence[Entrant], tolerances: Sequence[float]
) -> Iterator[Round]:
    """Every tolerance in turn."""
    few = np.resize(arena.targets, _FEW)
    grains = tuple(
        granularity(arena.cells(_FEW, arena.seed), few, arena.means, sign) for sign in (-1, 1)
    )
    spread = float(np.log(arena.targets[-1] / arena.targets[0]))
    for tolerance in tolerances:
        goal = goal_of(arena.asked(), tolerance)
        within = ceiling(arena.bank(), goal, arena.means)
        trials = {one.name: _trial(arena, one, tolerance) for one in entrants}
        yield Round(
            tolerance=tolerance,
            ceiling=proportion(int(within.sum()), len(within)),
            ceiling_by_target=tuple(
                (float(target), proportion(int(of.sum()), len(of)))
                for target in arena.targets
                for of in (within[goal.target == target],)
            ),
            fewest_pulses=fewest_pulses(tolerance, (grains[0], grains[1]), max(spread, 0.5)),
            standings=tuple(standing(name, trial) for name, trial in trials.items()),
            trials=trials,
        )


def _trial(arena: Arena, entrant: Entrant, tolerance: float) -> Trial:
    means = arena.means
    algorithm = entrant.kind.build(entrant.settings, means, arena.profile)
    return play(
        algorithm,
        arena.bank(),
        goal_of(arena.asked(), tolerance),
        means,
        np.random.default_rng([arena.seed, 1]),
        arena.profile.read_compliance,
    )


def as_data(found: Round) -> dict[str, Any]:
    """A round as plain data, for JSON."""
    return {
        "tolerance": found.tolerance,
        "noise_ceiling": _estimate(found.ceiling),
        "noise_ceiling_by_target": [
            {"target": target, **_estimate(share)} for target, share in found.ceiling_by_target
        ],
        "fewest_pulses": _number(found.fewest_pulses),
        "algorithms": [
            {
                "name": one.name,
                "cells": one.cells,
                **{
                    field: _estimate(getattr(one, field))
                    for field in (
                        "true", "declared", "false_accept", "pulses", "looks", "reads", "time",
                        "stress", "energy",
                    )
                },
                "pulses_p95": one.pulses_p95,
                "time_p95": one.time_p95,
                "exchanges_per_target": one.exchanges,
                "exchanges_per_pulse_and_look": one.exchanges_each,
                "ends": dict(one.ends),
                "by_target": [
                    {"target": target, **_estimate(share)}
                    for target, share in by_target(found.trials[one.name])
                ],
                "calibration": [
                    {"cells": b.cells, "said": b.said, "true": _estimate(b.true)}
                    for b in calibration(found.trials[one.name])
                ],
            }
            for one in found.standings
        ],
    }  # fmt: skip


def _estimate(estimate: Estimate) -> dict[str, float | None]:
    return {name: _number(getattr(estimate, name)) for name in ("value", "low", "high")}


def _number(value: float) -> float | None:
    return value if np.isfinite(value) else None
