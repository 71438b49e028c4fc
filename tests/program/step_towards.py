"""A simple algorithm to test benches and protocols with: step towards the target, stop inside.

Amplitudes of each polarity grow by a step from pulse to pulse; it learns where they stood.
"""

from dataclasses import dataclass, replace

import numpy as np
from pydantic import Field

from mho.frozen import Frozen
from mho.programming.algorithm import AlgorithmKind, End, Order
from mho.quantities import Volts


class StepTowardsSettings(Frozen):
    """How it steps."""

    first_set: Volts = Field(default=1.0, gt=0, description="first amplitude up")
    first_reset: Volts = Field(default=0.5, gt=0, description="first amplitude down")
    growth: Volts = Field(default=0.05, gt=0, description="from pulse to pulse")
    reads: int = Field(default=5, ge=1, description="of each look")
    looks_first: bool = Field(default=True, description="before its first pulse")


@dataclass(frozen=True)
class Steps:
    target: np.ndarray
    low: np.ndarray
    high: np.ndarray
    up: np.ndarray
    down: np.ndarray
    pulses: np.ndarray


class StepTowards:
    def __init__(self, settings, means, profile):
        self.settings, self.means = settings, means

    def begin(self, goal):
        return self.begin_knowing(goal, {})

    def begin_knowing(self, goal, learnt):
        n = len(goal.target)
        up = learnt.get("up", np.full(n, self.settings.first_set))
        down = learnt.get("down", np.full(n, self.settings.first_reset))
        first = np.zeros(n) if self.settings.looks_first else up
        return Steps(*goal, up, down, np.zeros(n)), self._order(first, [End.GOES_ON] * n)

    def learnt(self, state):
        back = 5 * self.settings.growth
        return {
            "up": np.maximum(state.up - back, self.settings.first_set),
            "down": np.maximum(state.down - back, self.settings.first_reset),
        }

    def go_on(self, state, seen):
        g = np.where(np.isnan(seen.conductances), 1.0, seen.conductances).mean(axis=1)
        above, inside = g > state.target, (state.low <= g) & (g <= state.high)
        end = np.where(inside, End.REACHED, End.GOES_ON)
        end = np.where(~inside & (state.pulses >= self.means.max_pulses), End.PULSE_BUDGET, end)
        up, down = (
            np.minimum(state.up, self.means.set_limit),
            np.minimum(state.down, self.means.reset_limit),
        )
        amplitude = np.where(above, -down, up)
        grown = replace(
            state,
            up=np.where(above, state.up, state.up + self.settings.growth),
            down=np.where(above, state.down + self.settings.growth, state.down),
            pulses=state.pulses + 1,
        )
        return grown, self._order(amplitude, end, np.where(inside, 0.8, 0.1))

    def _order(self, amplitude, end, confidence=None):
        n = len(amplitude)
        return Order(
            amplitude=np.asarray(amplitude, dtype=float),
            width=np.full(n, self.means.width),
            wait=np.zeros(n),
            reads=np.full(n, self.settings.reads),
            interval=np.full(n, self.means.aperture),
            end=np.asarray(end, dtype=object),
            confidence=np.full(n, np.nan) if confidence is None else confidence,
        )


STEP_TOWARDS = AlgorithmKind(
    name="step_towards",
    title="steps towards the target, stops inside",
    settings=StepTowardsSettings,
    build=StepTowards,
)
