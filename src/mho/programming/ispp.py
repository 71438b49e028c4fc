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
from mho.quantities import Volts


class IsppSettings(Frozen):
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
    stuck_after: int = Field(
        default=40,
        ge=4,
        description="pulses of one polarity without any change of conductance that count as stuck",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class IsppState:
    """Of each cell: its goal, the amplitudes that come next, and what it did since it crossed."""

    target: Floats
    low: Floats
    high: Floats
    first_reset: Floats
    set_amplitude: Floats
    reset_amplitude: Floats
    amplitude: Floats
    """Of the pulse that was ordered last; a magnitude."""
    raising: Sides
    pulses: Counts
    at_limit: Counts
    unmet: Floats
    """Reads since the last crossing, all on the far side of the target: (n, stuck_after)."""


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
            target=goal.target,
            low=goal.low,
            high=goal.high,
            first_reset=first,
            set_amplitude=amplitude,
            reset_amplitude=first,
            amplitude=amplitude,
            raising=np.full(n, True),
            pulses=np.zeros(n, dtype=np.int64),
            at_limit=np.zeros(n, dtype=np.int64),
            unmet=np.full((n, settings.stuck_after), np.nan),
        )
        return state, pulse_and_read(amplitude, means)

    def go_on(self, state: IsppState, seen: Seen) -> tuple[IsppState, Order]:
        """Grow, or turn round, or stop."""
        settings, means = self._settings, self._means
        conductance = mean_read(seen.conductances)
        goal = Goal(state.target, state.low, state.high)
        above = is_above(conductance, goal)
        crossed = above == state.raising
        unmet = remembered(state.unmet, conductance, crossed)
        limit = np.where(state.raising, means.set_limit, means.reset_limit)
        at_limit = np.where(~crossed & (state.amplitude >= limit), state.at_limit + 1, 0)
        pulses = state.pulses + 1
        reached = (conductance >= goal.low) & (conductance <= goal.high)
        end = ends(reached, pulses, means.max_pulses, unmoved(unmet), at_limit)

        turned = ~above & ~state.raising  # a SET that follows a RESET
        resets = np.where(turned, self._after_set(state), state.reset_amplitude)
        amplitude = np.where(above, resets, state.set_amplitude)
        following = IsppState(
            target=state.target,
            low=state.low,
            high=state.high,
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
            raising=~above,
            pulses=pulses,
            at_limit=at_limit,
            unmet=unmet,
        )
        return following, pulse_and_read(np.where(above, -amplitude, amplitude), means, end=end)

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
