"""Composite values in the arena: error against the number of cells, and the floor beneath it."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from mho.arena.contest import Arena, Entrant
from mho.arena.means import goal_of
from mho.arena.trial import judged, play
from mho.device.bank import CellBank
from mho.merit.estimate import Estimate
from mho.merit.proportion import proportion
from mho.programming.algorithm import Floats
from mho.programming.composite import Scales, next_target, value_of

FACTOR = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Composed:
    """Values on so many cells: median error as a part of the value, and the share within."""

    cells: int
    error: float
    true: Estimate
    pulses: float
    """Mean of all cells of a value together."""


def composed(
    arena: Arena, entrant: Entrant, tolerance: float, most: int
) -> tuple[list[Composed], float]:
    """Values on one to ``most`` cells, and the floor: how far the median first cell wanders.

    All cells of a value are judged at the same time, after the last one was programmed.
    """
    asked, means = arena.asked(), arena.means
    low, high = float(arena.targets[0]), float(arena.targets[-1])
    scales = Scales(FACTOR, float(np.sqrt(low * high)), low, high)
    banks: list[CellBank] = []
    measured = np.empty((0, len(asked)))
    found, pulses = [], np.zeros(len(asked))
    first_then = np.zeros(len(asked))
    everywhere = np.arange(len(asked))
    for number in range(most):
        bank = arena.cells(len(asked), arena.seed + number)
        target = next_target(asked, measured, scales)
        algorithm = entrant.kind.build(entrant.settings, means, arena.profile)
        generator = np.random.default_rng([arena.seed, 2, number])
        limit = arena.profile.read_compliance
        trial = play(algorithm, bank, goal_of(target, tolerance), means, generator, limit)
        for other in banks:  # they wait while this one is written and judged
            other.rest(everywhere, trial.time + means.judged_after)
        banks.append(bank)
        pulses += trial.pulses
        now = np.array([judged(one, means) for one in banks[:-1]] + [trial.judged])
        if not number:
            first_then = now[0]
        measured = now
        error = value_of(now, scales) / asked - 1.0
        found.append(
            Composed(
                cells=number + 1,
                error=_typical(error),
                true=proportion(int((abs(error) <= tolerance).sum()), len(error)),
                pulses=float(pulses.mean()),
            )
        )
    return found, _typical(measured[0] / first_then - 1.0)


def composite_data(found: list[Composed], floor: float) -> dict[str, Any]:
    """As plain data, for JSON."""
    return {
        "floor": floor,
        "values": [
            {
                "cells": one.cells,
                "median_error": one.error,
                "true": {"value": one.true.value, "low": one.true.low, "high": one.true.high},
                "pulses": one.pulses,
            }
            for one in found
        ],
    }


def _typical(values: Floats) -> float:
    """Median magnitude: cells that an algorithm could not programme do not count for more."""
    return float(np.median(abs(values)))
