"""Pulses of one amplitude a polarity whose width grows: what an amplitude in steps cannot do.

By the exponential voltage-time law a factor of width is worth a step of amplitude. Each turn of
polarity takes the width of the new one back by a few factors.
"""

from dataclasses import dataclass, replace

import numpy as np
from pydantic import Field

from mho.device.profile import DeviceProfile
from mho.frozen import Frozen
from mho.programming.algorithm import (
    AlgorithmKind,
    Counts,
    Floats,
    Goal,
    Means,
    Order,
    Seen,
)
from mho.programming.crossing import Sides, ends, is_above, mean_read, remembered, unmoved
from mho.programming.first_reset import first_reset
from mho.programming.orders import pulse_and_read
from mho.quantities import Fraction, Volts


class IncrementalWidthSettings(Frozen):
    """Pulses whose width grows. Amplitudes are magnitudes."""

    full_set: Volts = Field(default=2.0, gt=0, description="amplitude of the SET that begins it")
    set_amplitude: Fraction = Field(
        default=0.5, gt=0, le=1, description="amplitude up, of the largest one"
    )
    margin: Volts = Field(
        default=0.05, ge=0, description="how far the amplitude down stays below the RESET curve"
    )
    first: Fraction = Field(default=0.01, gt=0, le=1, description="first width, of the nominal one")
    growth: float = Field(default=1.3, gt=1, description="of the width, from pulse to pulse")
    back: int = Field(
        default=5, ge=0, description="factors that a width goes back where the polarity turns"
    )
    reads: int = Field(default=25, ge=1, description="averaged after each pulse")
    window: Fraction = Field(
        default=0.5, gt=0, le=1, description="width of the window that stops it, of the asked one"
    )
    stuck_after: int = Field(
        default=40,
        ge=4,
        description="pulses of one polarity without any change of conductance that count as stuck",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class IncrementalWidthState:
    """Of each cell: its goal, its amplitudes, the widths that come next, what it did of late."""

    target: Floats
    low: Floats
    high: Floats
    reset_amplitude: Floats
    set_width: Floats
    reset_width: Floats
    width: Floats
    raising: Sides
    pulses: Counts
    at_limit: Counts
    unmet: Floats


class IncrementalWidth:
    """The loop over N cells."""

    def __init__(
        self, settings: IncrementalWidthSettings, means: Means, profile: DeviceProfile
    ) -> None:
        self._settings, self._means, self._profile = settings, means, profile

    def begin(self, goal: Goal) -> tuple[IncrementalWidthState, Order]:
        """A full SET first; then widths that grow."""
        settings, means = self._settings, self._means
        n, narrow = len(goal.target), settings.window
        first = max(settings.first * means.width, means.shortest)
        state = IncrementalWidthState(
            target=goal.target,
            low=goal.target - narrow * (goal.target - goal.low),
            high=goal.target + narrow * (goal.high - goal.target),
            reset_amplitude=first_reset(
                self._profile, goal.target, settings.margin, 0.01, means.reset_limit
            ),
            set_width=np.full(n, first),
            reset_width=np.full(n, first),
            width=np.full(n, means.width),
            raising=np.full(n, True),
            pulses=np.zeros(n, dtype=np.int64),
            at_limit=np.zeros(n, dtype=np.int64),
            unmet=np.full((n, settings.stuck_after), np.nan),
        )
        amplitude = np.full(n, min(settings.full_set, means.set_limit))
        return state, pulse_and_read(amplitude, means, reads=settings.reads)

    def go_on(
        self, state: IncrementalWidthState, seen: Seen
    ) -> tuple[IncrementalWidthState, Order]:
        """Grow, or turn round, or stop."""
        settings, means = self._settings, self._means
        conductance = mean_read(seen.conductances)
        above = is_above(conductance, Goal(state.target, state.low, state.high))
        crossed = above == state.raising
        unmet = remembered(state.unmet, conductance, crossed)
        at_limit = np.where(~crossed & (state.width >= means.longest), state.at_limit + 1, 0)
        pulses = state.pulses + 1
        reached = (conductance >= state.low) & (conductance <= state.high)
        stuck = unmoved(unmet) & (state.width >= means.width)
        end = ends(reached, pulses, means.max_pulses, stuck, at_limit)

        back = np.where(crossed & (state.pulses > 0), settings.growth**-settings.back, 1.0)
        up = np.maximum(state.set_width * back, means.shortest)
        down = np.maximum(state.reset_width * back, means.shortest)
        width = np.where(above, down, up)
        following = replace(
            state,
            set_width=np.where(
                above, state.set_width, np.minimum(up * settings.growth, means.longest)
            ),
            reset_width=np.where(
                above, np.minimum(down * settings.growth, means.longest), state.reset_width
            ),
            width=width,
            raising=~above,
            pulses=pulses,
            at_limit=at_limit,
            unmet=unmet,
        )
        amplitude = np.where(
            above, -state.reset_amplitude, settings.set_amplitude * means.set_limit
        )
        order = pulse_and_read(amplitude, means, width=width, reads=settings.reads, end=end)
        return following, order


INCREMENTAL_WIDTH = AlgorithmKind(
    name="incremental_width",
    title="one amplitude a polarity, widths that grow",
    settings=IncrementalWidthSettings,
    build=IncrementalWidth,
)
