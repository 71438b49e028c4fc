"""The published loop: ISPP (incremental step pulse programming) as the paper describes it.

One read after each pulse. Above the target a RESET pulse, below it a SET pulse; each amplitude
grows by a step from pulse to pulse and is never taken back. The first read inside the window ends
it. Lim et al., Frontiers in Neuroscience (2025), doi:10.3389/fnins.2025.1516971. The same rules,
bit for bit, as those of the protocol ``ispp``.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from pydantic import Field

from mho.device.profile import DeviceProfile
from mho.programming.algorithm import AlgorithmKind, Floats, Goal, Means, Order, Seen
from mho.programming.crossing import Course, CrossingSettings, taken_in
from mho.programming.first_reset import first_reset
from mho.programming.orders import pulse_and_read
from mho.quantities import Volts


class IsppSettings(CrossingSettings):
    """The paper's loop. Amplitudes are magnitudes."""

    set_amplitude: Volts = Field(
        default=2.0, gt=0, description="of the full SET, and of the first pulse up"
    )
    reset_amplitude: Volts | Literal["from profile"] = Field(
        default="from profile",
        description='of the first pulse down; "from profile": that of the reset_curve of the '
        "device at the target, less the margin",
    )
    margin: Volts = Field(
        default=0.25, ge=0, description="how far below the RESET curve the first amplitude starts"
    )
    step: Volts = Field(
        default=0.01, gt=0, description="growth of the amplitude from pulse to pulse"
    )
    after_set: Literal["continue", "step back", "restart"] = Field(
        default="continue",
        description="RESET amplitude after a SET that followed it: goes on growing, goes back by "
        "step_back steps, or starts again. The paper does not state it.",
    )
    step_back: int = Field(default=5, ge=1, description='steps that "step back" goes back by')


@dataclass(frozen=True, slots=True, kw_only=True)
class IsppState:
    """Of each cell: its course, and the amplitudes that come next (magnitudes)."""

    course: Course
    first_reset: Floats
    set_amplitude: Floats
    reset_amplitude: Floats
    amplitude: Floats
    """Of the pulse that was ordered last."""


class Ispp:
    """The paper's loop over N cells."""

    def __init__(self, settings: IsppSettings, means: Means, profile: DeviceProfile) -> None:
        self._settings, self._means, self._profile = settings, means, profile

    def begin(self, goal: Goal) -> tuple[IsppState, Order]:
        """A full SET first."""
        settings, means = self._settings, self._means
        n = len(goal.target)
        if settings.reset_amplitude == "from profile":
            first = first_reset(
                self._profile, goal.target, settings.margin, settings.step, means.reset_limit
            )
        else:
            first = np.full(n, min(settings.reset_amplitude, means.reset_limit))
        amplitude = np.full(n, min(settings.set_amplitude, means.set_limit))
        state = IsppState(
            course=Course.begun(goal, settings.stuck_after),
            first_reset=first,
            set_amplitude=amplitude,
            reset_amplitude=first,
            amplitude=amplitude,
        )
        return state, pulse_and_read(amplitude, means)

    def go_on(self, state: IsppState, seen: Seen) -> tuple[IsppState, Order]:
        """Grow, or turn round, or stop."""
        settings, means, before = self._settings, self._means, state.course
        limit = np.where(before.raising, means.set_limit, means.reset_limit)
        largest = state.amplitude >= limit
        course, turn = taken_in(before, seen.conductances, largest, True, means.max_pulses)
        above = turn.above
        turned = ~above & ~before.raising  # a SET that follows a RESET
        resets = np.where(turned, self._after_set(state), state.reset_amplitude)
        amplitude = np.where(above, resets, state.set_amplitude)
        following = IsppState(
            course=course,
            first_reset=state.first_reset,
            set_amplitude=np.where(
                above,
                state.set_amplitude,
                np.minimum(state.set_amplitude + settings.step, means.set_limit),
            ),
            reset_amplitude=np.where(
                above, np.minimum(resets + settings.step, means.reset_limit), resets
            ),
            amplitude=amplitude,
        )
        signed = np.where(above, -amplitude, amplitude)
        return following, pulse_and_read(signed, means, end=turn.end)

    def _after_set(self, state: IsppState) -> Floats:
        """The RESET amplitude that follows a SET."""
        settings = self._settings
        match settings.after_set:
            case "continue":
                return state.reset_amplitude
            case "step back":
                back = state.reset_amplitude - settings.step_back * settings.step
                return np.maximum(back, settings.step)
            case "restart":
                return state.first_reset


ISPP = AlgorithmKind(
    name="ispp",
    title="the published ISPP: single reads, growing amplitudes",
    settings=IsppSettings,
    build=Ispp,
)
