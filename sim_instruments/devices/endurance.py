"""Endurance: each device lives through so many cycles, then stays in one state.

The life of a device, in cycles, is Weibull distributed. At its end one of two things stops working:
the RESET, so that the next SET leaves it in its low-resistance state for good, or the SET.
"""

from functools import partial

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from mho.device.model import State
from mho.frozen import Frozen
from mho.quantities import Fraction
from mho.sim_instruments.devices.elementwise import Elementwise, Formula, Values
from mho.sim_instruments.devices.kept import kept, put_back
from mho.sim_instruments.devices.subset import Devices


class EnduranceParameters(Frozen):
    """How long devices live and how they end. A cycle is one SET with the RESET that follows."""

    life: float = Field(
        default=1500.0,
        ge=0,
        description="scale of the Weibull distribution, in cycles; 0 is dead from the start; "
        "assumed (nearly all survive the 275 published cycles of alpha-Fe2O3)",
    )
    life_shape: float = Field(
        default=2.0, gt=0, description="Weibull shape; a large one gives all the same life; assumed"
    )
    stuck_low_resistance: Fraction = Field(
        default=0.5, ge=0, le=1, description="share that can no longer be RESET; assumed"
    )


_KEPT = ("_life", "_no_reset", "cycles")


class Endurance(Devices):
    """The cycles of N devices, and which of them no longer switch."""

    def __init__(
        self, parameters: EnduranceParameters, ops: Elementwise, generator: np.random.Generator
    ) -> None:
        self._ops = ops
        self._life = parameters.life * generator.weibull(parameters.life_shape, ops.size)
        self._no_reset = generator.random(ops.size) < parameters.stuck_low_resistance
        self.cycles = ops.full(0.0)

    @property
    def dead(self) -> Values:
        """Which devices have outlived themselves."""
        return self.cycles >= self._life

    def count(self, completed: Values) -> None:
        """One cycle more where ``completed``."""
        self.cycles = self.cycles + self._ops.where(completed, 1.0, 0.0)

    def state(self) -> dict[str, NDArray[np.generic]]:
        """Lives and cycles."""
        return kept(self, _KEPT)

    def restore(self, state: State) -> None:
        """Take over what `state` gave."""
        put_back(self, _KEPT, state, self._ops)

    def reached(self, start: Values) -> Formula:
        """The state really reached from ``start``, for each that is aimed at.

        A larger one conducts more.
        """
        return partial(_reached, self.dead, self._no_reset, start, self._ops)


def _reached(
    dead: Values, no_reset: Values, start: Values, ops: Elementwise, end: Values
) -> Values:
    refused = ops.where(no_reset, end < start, end > start)
    return ops.where(dead & refused, start, end)
