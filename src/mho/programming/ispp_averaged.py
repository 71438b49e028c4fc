"""ISPP as arrays are tuned: both polarities step, reads are averaged, the window is narrower.

Each turn of polarity takes the amplitude of the new one a few steps back and lets it grow again.
A window of half the width inside takes away that a loop which comes from one side stops at the
edge.
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

_STRONG = 0.5
"""Of the largest amplitude: pulses below it may move nothing and prove nothing."""


class IsppAveragedSettings(Frozen):
    """ISPP in both polarities with averaged reads. Amplitudes are magnitudes."""

    full_set: Volts = Field(default=2.0, gt=0, description="amplitude of the SET that begins it")
    set_start: Fraction = Field(
        default=0.25, gt=0, le=1, description="first amplitude up, of the largest one"
    )
    margin: Volts = Field(
        default=0.25, ge=0, description="how far below the RESET curve the first amplitude starts"
    )
    step: Volts = Field(
        default=0.01, gt=0, description="growth of the amplitude from pulse to pulse"
    )
    step_back: int = Field(
        default=5, ge=0, description="steps that an amplitude goes back where the polarity turns"
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
class IsppAveragedState:
    """Of each cell: its goal, the amplitudes that come next, and what it did since it crossed."""

    target: Floats
    low: Floats
    high: Floats
    set_amplitude: Floats
    reset_amplitude: Floats
    amplitude: Floats
    raising: Sides
    pulses: Counts
    at_limit: Counts
    unmet: Floats


class IsppAveraged:
    """The loop over N cells."""

    def __init__(
        self, settings: IsppAveragedSettings, means: Means, profile: DeviceProfile
    ) -> None:
        self._settings, self._means, self._profile = settings, means, profile

    def begin(self, goal: Goal) -> tuple[IsppAveragedState, Order]:
        """A full SET first."""
        settings, means = self._settings, self._means
        n = len(goal.target)
        first = first_reset(
            self._profile, goal.target, settings.margin, settings.step, means.reset_limit
        )
        amplitude = np.full(n, min(settings.full_set, means.set_limit))
        narrow = settings.window
        state = IsppAveragedState(
            target=goal.target,
            low=goal.target - narrow * (goal.target - goal.low),
            high=goal.target + narrow * (goal.high - goal.target),
            set_amplitude=np.full(n, settings.set_start * means.set_limit),
            reset_amplitude=first,
            amplitude=amplitude,
            raising=np.full(n, True),
            pulses=np.zeros(n, dtype=np.int64),
            at_limit=np.zeros(n, dtype=np.int64),
            unmet=np.full((n, settings.stuck_after), np.nan),
        )
        return state, pulse_and_read(amplitude, means, reads=settings.reads)

    def go_on(self, state: IsppAveragedState, seen: Seen) -> tuple[IsppAveragedState, Order]:
        """Grow, or turn round, or stop."""
        settings, means = self._settings, self._means
        conductance = mean_read(seen.conductances)
        above = is_above(conductance, Goal(state.target, state.low, state.high))
        crossed = above == state.raising
        unmet = remembered(state.unmet, conductance, crossed)
        limit = np.where(state.raising, means.set_limit, means.reset_limit)
        at_limit = np.where(~crossed & (state.amplitude >= limit), state.at_limit + 1, 0)
        pulses = state.pulses + 1
        reached = (conductance >= state.low) & (conductance <= state.high)
        stuck = unmoved(unmet) & (state.amplitude >= _STRONG * limit)
        end = ends(reached, pulses, means.max_pulses, stuck, at_limit)

        back = np.where(crossed & (state.pulses > 0), settings.step_back * settings.step, 0.0)
        following_up = np.maximum(state.set_amplitude - back, settings.step)
        following_down = np.maximum(state.reset_amplitude - back, settings.step)
        amplitude = np.where(above, following_down, following_up)
        grown_up = np.minimum(following_up + settings.step, means.set_limit)
        grown_down = np.minimum(following_down + settings.step, means.reset_limit)
        following = replace(
            state,
            set_amplitude=np.where(above, state.set_amplitude, grown_up),
            reset_amplitude=np.where(above, grown_down, state.reset_amplitude),
            amplitude=amplitude,
            raising=~above,
            pulses=pulses,
            at_limit=at_limit,
            unmet=unmet,
        )
        signed = np.where(above, -amplitude, amplitude)
        return following, pulse_and_read(signed, means, reads=settings.reads, end=end)


ISPP_AVERAGED = AlgorithmKind(
    name="ispp_averaged",
    title="ISPP in both polarities, averaged reads, half the window",
    settings=IsppAveragedSettings,
    build=IsppAveraged,
)
