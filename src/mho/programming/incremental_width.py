"""Pulses of one amplitude a polarity whose width grows: what an amplitude in steps cannot do.

By the exponential voltage-time law a factor of width is worth a step of amplitude. Each turn of
polarity takes the width of the new one back by a few factors.
"""

from dataclasses import dataclass, replace

import numpy as np
from pydantic import Field

from mho.device.profile import DeviceProfile
from mho.programming.algorithm import AlgorithmKind, Floats, Goal, Means, Order, Seen
from mho.programming.crossing import AveragedSettings, Course, taken_in
from mho.programming.first_reset import first_reset
from mho.programming.orders import pulse_and_read
from mho.quantities import Fraction, Volts


class IncrementalWidthSettings(AveragedSettings):
    """Pulses whose width grows. Amplitudes are magnitudes."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class IncrementalWidthState:
    """Of each cell: its course, its RESET amplitude (a magnitude), the widths that come next."""

    course: Course
    reset_amplitude: Floats
    set_width: Floats
    reset_width: Floats
    width: Floats


class IncrementalWidth:
    """The loop over N cells."""

    def __init__(
        self, settings: IncrementalWidthSettings, means: Means, profile: DeviceProfile
    ) -> None:
        self._settings, self._means, self._profile = settings, means, profile

    def begin(self, goal: Goal) -> tuple[IncrementalWidthState, Order]:
        """A full SET first; then widths that grow."""
        settings, means = self._settings, self._means
        n = len(goal.target)
        first = max(settings.first * means.width, means.shortest)
        state = IncrementalWidthState(
            course=Course.begun(goal, settings.stuck_after, settings.window),
            reset_amplitude=first_reset(
                self._profile, goal.target, settings.margin, 0.01, means.reset_limit
            ),
            set_width=np.full(n, first),
            reset_width=np.full(n, first),
            width=np.full(n, means.width),
        )
        amplitude = np.full(n, min(settings.full_set, means.set_limit))
        return state, pulse_and_read(amplitude, means, reads=settings.reads)

    def go_on(
        self, state: IncrementalWidthState, seen: Seen
    ) -> tuple[IncrementalWidthState, Order]:
        """Grow, or turn round, or stop."""
        settings, means, before = self._settings, self._means, state.course
        largest, strong = state.width >= means.longest, state.width >= means.width
        course, turn = taken_in(before, seen.conductances, largest, strong, means.max_pulses)
        above, growth = turn.above, settings.growth
        back = np.where(turn.crossed & (before.pulses > 0), growth**-settings.back, 1.0)
        up = np.maximum(state.set_width * back, means.shortest)
        down = np.maximum(state.reset_width * back, means.shortest)
        grown_up, grown_down = (np.minimum(one * growth, means.longest) for one in (up, down))
        width = np.where(above, down, up)
        following = replace(
            state,
            course=course,
            set_width=np.where(above, state.set_width, grown_up),
            reset_width=np.where(above, grown_down, state.reset_width),
            width=width,
        )
        amplitude = np.where(
            above, -state.reset_amplitude, settings.set_amplitude * means.set_limit
        )
        order = pulse_and_read(amplitude, means, width=width, reads=settings.reads, end=turn.end)
        return following, order


INCREMENTAL_WIDTH = AlgorithmKind(
    name="incremental_width",
    title="one amplitude a polarity, widths that grow",
    settings=IncrementalWidthSettings,
    build=IncrementalWidth,
)
