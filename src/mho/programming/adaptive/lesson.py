"""What a pulse has taught, before the next one is chosen; and which cells are given up."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mho.programming.adaptive.filter import RESET, SET, Stroke, Thresholds, learn
from mho.programming.adaptive.known import Known
from mho.programming.adaptive.state import AdaptiveState, Cells
from mho.programming.algorithm import End, Floats

LIMIT_PULSES = 5
"""Pulses at the largest amplitude, one after another, that may neither cross the target nor come
nearer to it."""

_NOTICED = 0.02
"""Step of ln G that counts as having moved."""

_FORGETTING = 0.5
"""Motion (ln G) of one polarity after which the other has forgotten its cycle (1/e)."""

_LEAST = 0.3
"""Of the grain: no smaller step is told from none."""


class Place(NamedTuple):
    """Where cells are by now: ln G, its variance, and how far off target as a fraction of it."""

    x: Floats
    variance: Floats
    off: Floats


def taught(known: Known, state: AdaptiveState, here: Place, cells: Cells) -> AdaptiveState:
    """The state after the last pulse of ``cells`` has been learnt from."""
    cells = cells & (state.wanted != 0.0)
    polarity = np.where(state.amplitude > 0.0, SET, RESET)
    direction = np.where(polarity == SET, 1.0, -1.0)
    moved = direction * (here.x - state.before)
    deviation = np.sqrt(here.variance + state.unsure)
    failed = abs(moved) < np.maximum(_NOTICED, 3.0 * deviation)
    should = abs(state.wanted) > _NOTICED
    unmoved = np.where(failed, state.unmoved + should, 0)
    thresholds = _learnt(known, state, here, moved, unmoved)
    largest = abs(state.amplitude) >= known.limits[polarity] - known.means.amplitude_step / 2.0
    crossed = (here.off - state.middle) * direction > 0.0
    in_vain = largest & ~crossed & (moved < _NOTICED)
    return replace(
        state,
        thresholds=Thresholds(
            mean=np.where(cells[:, None, None], thresholds.mean, state.thresholds.mean),
            covariance=np.where(
                cells[:, None, None, None], thresholds.covariance, state.thresholds.covariance
            ),
        ),
        at_limit=np.where(cells, np.where(in_vain, state.at_limit + 1, 0), state.at_limit),
        unmoved=np.where(cells, unmoved, state.unmoved),
    )


def given_up(known: Known, state: AdaptiveState) -> NDArray[np.object_]:
    """Why a cell that would be pulsed again is not."""
    end = np.full(len(state.pulses), End.GOES_ON, dtype=object)
    stopped = state.at_limit >= LIMIT_PULSES
    end[stopped] = End.AMPLITUDE_LIMIT
    end[stopped & (state.unmoved >= LIMIT_PULSES)] = End.STUCK
    end[state.pulses >= known.means.max_pulses] = End.PULSE_BUDGET
    return end


def _learnt(
    known: Known, state: AdaptiveState, here: Place, moved: Floats, unmoved: NDArray[np.int64]
) -> Thresholds:
    polarity = np.where(state.amplitude > 0.0, SET, RESET)
    direction = np.where(polarity == SET, 1.0, -1.0)
    grain = known.grain[polarity]
    variance = here.variance + state.unsure
    least = np.maximum(np.sqrt(variance), _LEAST * grain)
    counted = np.maximum(moved, least)
    x = np.log(state.target)
    steepness = np.where(
        polarity == SET, known.curves[SET].steepness(x), known.curves[RESET].steepness(x)
    )
    stroke = Stroke(
        polarity=polarity,
        amplitude=abs(state.amplitude),
        step=known.step(polarity, x, state.before, state.before + direction * counted),
        steepness=steepness,
        variance=grain * counted + variance,
        still=moved < least,
        other=known.cycle_spread[1 - polarity] ** 2
        * -np.expm1(-2.0 * np.maximum(moved, 0.0) / _FORGETTING),
        doubt=known.slope(polarity) * np.maximum(unmoved - 1, 0),
    )
    return learn(state.thresholds, stroke)
