"""ISPP as arrays are tuned: both polarities step, reads are averaged, the window is narrower.

Each turn of polarity takes the amplitude of the new one a few steps back and lets it grow again.
A window of half the width inside takes away that a loop which comes from one side stops at the
edge.
"""

from dataclasses import dataclass

import numpy as np
from pydantic import Field

from mho.device.profile import DeviceProfile
from mho.programming.algorithm import AlgorithmKind, Floats, Goal, Means, Order, Seen
from mho.programming.crossing import AveragedSettings, Course, taken_in
from mho.programming.first_reset import first_reset
from mho.programming.orders import pulse_and_read
from mho.quantities import Fraction, Volts

_STRONG = 0.5
"""Of the largest amplitude: pulses below it may move nothing and prove nothing."""


class IsppAveragedSettings(AveragedSettings):
    """ISPP in both polarities with averaged reads. Amplitudes are magnitudes."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class IsppAveragedState:
    """Of each cell: its course, and the amplitudes that come next (magnitudes)."""

    course: Course
    set_amplitude: Floats
    reset_amplitude: Floats
    amplitude: Floats


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
        state = IsppAveragedState(
            course=Course.begun(goal, settings.stuck_after, settings.window),
            set_amplitude=np.full(n, settings.set_start * means.set_limit),
            reset_amplitude=first,
            amplitude=amplitude,
        )
        return state, pulse_and_read(amplitude, means, reads=settings.reads)

    def go_on(self, state: IsppAveragedState, seen: Seen) -> tuple[IsppAveragedState, Order]:
        """Grow, or turn round, or stop."""
        settings, means, before = self._settings, self._means, state.course
        limit = np.where(before.raising, means.set_limit, means.reset_limit)
        largest, strong = state.amplitude >= limit, state.amplitude >= _STRONG * limit
        course, turn = taken_in(before, seen.conductances, largest, strong, means.max_pulses)
        above = turn.above
        turned = turn.crossed & (before.pulses > 0)
        back = np.where(turned, settings.step_back * settings.step, 0.0)
        following_up = np.maximum(state.set_amplitude - back, settings.step)
        following_down = np.maximum(state.reset_amplitude - back, settings.step)
        amplitude = np.where(above, following_down, following_up)
        grown_up = np.minimum(following_up + settings.step, means.set_limit)
        grown_down = np.minimum(following_down + settings.step, means.reset_limit)
        following = IsppAveragedState(
            course=course,
            set_amplitude=np.where(above, state.set_amplitude, grown_up),
            reset_amplitude=np.where(above, grown_down, state.reset_amplitude),
            amplitude=amplitude,
        )
        signed = np.where(above, -amplitude, amplitude)
        return following, pulse_and_read(signed, means, reads=settings.reads, end=turn.end)


ISPP_AVERAGED = AlgorithmKind(
    name="ispp_averaged",
    title="ISPP in both polarities, averaged reads, half the window",
    settings=IsppAveragedSettings,
    build=IsppAveraged,
)
