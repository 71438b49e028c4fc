"""Pulses of one amplitude a polarity, each as long as the response so far says it has to be.

For cells that move in proportion to the time for which they are driven, as electrochemical ones do:
one pulse stands for a burst of shorter ones. What counts is how long the channel settles before it
is read: read at once, it shows more than its state.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from pydantic import Field

from mho.device.profile import DeviceProfile
from mho.frozen import Frozen
from mho.programming.algorithm import (
    AlgorithmKind,
    Counts,
    End,
    Floats,
    Goal,
    Means,
    Order,
    Seen,
)
from mho.programming.crossing import Sides, ends, is_above, mean_read
from mho.quantities import Fraction, Seconds, Siemens

_COUNTS = 0.3
"""Of the motion expected, from which on a pulse says how far the next one moves."""
_UNMOVED = 0.1
"""Of the motion expected, below which a pulse has not moved the cell."""


class PredictedWidthSettings(Frozen):
    """Pulses of one amplitude whose width is worked out."""

    amplitude: Fraction = Field(
        default=1.0, gt=0, le=1, description="of a pulse, of the largest one of its polarity"
    )
    step: Siemens | None = Field(
        default=None,
        gt=0,
        description="that a pulse of the nominal width is taken to move a cell of which nothing is "
        "known; left out: half of the window",
    )
    settle: Seconds = Field(default=1.0, ge=0, description="after a pulse, before its look")
    reads: int = Field(default=10, ge=1, description="averaged in each look")
    window: Fraction = Field(
        default=0.5, gt=0, le=1, description="width of the window that stops it, of the asked one"
    )
    stuck_after: int = Field(
        default=4,
        ge=2,
        description="pulses one after another that move the cell by less than a tenth of what they "
        "were to, and count as stuck",
    )


class _Rates(NamedTuple):
    """Siemens per second of a pulse of either polarity, magnitudes."""

    up: Floats
    down: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class PredictedWidthState:
    """Of each cell: its goal, what it answers to pulses, and the last one (width 0: none)."""

    target: Floats
    low: Floats
    high: Floats
    up: Floats
    down: Floats
    raising: Sides
    width: Floats
    conductance: Floats
    pulses: Counts
    unmoved: Counts


class PredictedWidth:
    """The loop over N cells."""

    def __init__(
        self, settings: PredictedWidthSettings, means: Means, profile: DeviceProfile
    ) -> None:
        del profile
        self._settings, self._means = settings, means

    def begin(self, goal: Goal) -> tuple[PredictedWidthState, Order]:
        """A look first."""
        return self.begin_knowing(goal, {})

    def begin_knowing(
        self, goal: Goal, learnt: Mapping[str, Floats]
    ) -> tuple[PredictedWidthState, Order]:
        """A look first; the rates are those of the last target, where they are known."""
        settings, means = self._settings, self._means
        n = len(goal.target)
        step = 0.5 * (goal.high - goal.low) if settings.step is None else np.full(n, settings.step)
        guess = step / means.width
        known = {name: learnt.get(name, np.full(n, np.nan)) for name in ("up", "down")}
        rates = {name: np.where(known[name] > 0, known[name], guess) for name in known}
        state = PredictedWidthState(
            target=goal.target,
            low=goal.target - settings.window * (goal.target - goal.low),
            high=goal.target + settings.window * (goal.high - goal.target),
            up=rates["up"],
            down=rates["down"],
            raising=np.full(n, True),
            width=np.zeros(n),
            conductance=np.full(n, np.nan),
            pulses=np.zeros(n, dtype=np.int64),
            unmoved=np.zeros(n, dtype=np.int64),
        )
        nothing = np.zeros(n)
        goes_on = np.full(n, End.GOES_ON, dtype=object)
        return state, self._order(nothing, np.full(n, means.width), goes_on, wait=nothing)

    def go_on(self, state: PredictedWidthState, seen: Seen) -> tuple[PredictedWidthState, Order]:
        """Learn from the last pulse; stop, or apply the one that makes up what is missing."""
        settings, means = self._settings, self._means
        conductance = mean_read(seen.conductances)
        rates, unmoved = self._taught(state, conductance)
        above = is_above(conductance, state.target)
        reached = (conductance >= state.low) & (conductance <= state.high)
        pulses = state.pulses + (state.width > 0)
        end = ends(
            reached=reached,
            spent=pulses >= means.max_pulses,
            stuck=unmoved >= settings.stuck_after,
        )
        rate = np.where(above, rates.down, rates.up)
        width = np.where(
            np.isnan(conductance), means.width, np.abs(conductance - state.target) / rate
        )
        width = np.clip(width, means.shortest, means.longest)
        following = replace(
            state,
            up=rates.up,
            down=rates.down,
            raising=~above,
            width=width,
            conductance=conductance,
            pulses=pulses,
            unmoved=unmoved,
        )
        largest = np.where(above, -means.reset_limit, means.set_limit)
        wait = np.full(len(width), settings.settle)
        return following, self._order(settings.amplitude * largest, width, end, wait=wait)

    def learnt(self, state: PredictedWidthState) -> Mapping[str, Floats]:
        """The rates (S/s), of cells that were pulsed."""
        pulsed = state.pulses > 0
        return {
            "up": np.where(pulsed, state.up, np.nan),
            "down": np.where(pulsed, state.down, np.nan),
        }

    def _taught(self, state: PredictedWidthState, conductance: Floats) -> tuple[_Rates, Counts]:
        """Rates by what the last pulse moved, and how many in a row moved nothing.

        A motion much smaller than the window may be noise, so it counts for less.
        """
        sign = np.where(state.raising, 1.0, -1.0)
        moved = np.nan_to_num(sign * (conductance - state.conductance))
        rate = np.where(state.raising, state.up, state.down)
        expected, half = rate * state.width, 0.5 * (state.high - state.low)
        weight = moved**2 / (moved**2 + half**2)
        width = np.where(state.width > 0, state.width, 1.0)
        found = (1.0 - weight) * rate + weight * moved / width
        tells = expected > half
        new = np.where(tells & (moved <= _COUNTS * expected), 0.5 * rate, rate)
        new = np.where(moved > _COUNTS * expected, found, new)
        new = np.where((state.width > 0) & np.isfinite(conductance), new, rate)
        idle = tells & (moved < _UNMOVED * expected)
        return (
            _Rates(
                np.where(state.raising, new, state.up), np.where(state.raising, state.down, new)
            ),
            np.where(idle, state.unmoved + 1, np.where(tells, 0, state.unmoved)),
        )

    def _order(self, amplitude: Floats, width: Floats, end: np.ndarray, *, wait: Floats) -> Order:
        n = len(amplitude)
        return Order(
            amplitude=amplitude,
            width=width,
            wait=wait,
            reads=np.full(n, self._settings.reads, dtype=np.int64),
            interval=np.full(n, self._means.aperture),
            end=end,
            confidence=np.full(n, np.nan),
        )


PREDICTED_WIDTH = AlgorithmKind(
    name="predicted_width",
    title="one amplitude a polarity, widths by the response so far",
    settings=PredictedWidthSettings,
    build=PredictedWidth,
)
