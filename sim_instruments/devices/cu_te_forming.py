"""Electroforming of the Cu:Te memristor: voltage and time, and each device its own.

A device forms once it has had its dose::

    dose = integral of exp((V - forming) / forming_slope) dt,     V > 0

in seconds at the forming voltage. What it takes is Weibull distributed, as the breakdown of a thin
oxide is, and scaled so that a ramp of 1 V/s forms the median device at ``forming``; devices differ
in that voltage as well. Pulses, ramps and steps then form at different voltages, and doses add up
however time was cut. A filament is born with little conductance; what is left of the pulse, and of
the current that the circuit lets through, makes it grow by the law of the SET.
"""

import math

import numpy as np
from numpy.typing import NDArray

from mho.device.model import State
from mho.sim_instruments.devices.cu_te_parameters import CuTeParameters
from mho.sim_instruments.devices.elementwise import Elementwise, Values
from mho.sim_instruments.devices.kept import kept, put_back
from mho.sim_instruments.devices.subset import Devices

RAMP = 1.0
"""V/s, of the ramp that the forming voltage refers to."""

_LARGEST_EXPONENT = 500.0

_KEPT = ("_voltage", "_left", "pristine")


class Forming(Devices):
    """Which of N devices are pristine, and how much of their dose is left."""

    def __init__(
        self, parameters: CuTeParameters, ops: Elementwise, variation: np.random.Generator
    ) -> None:
        self._ops, self._slope = ops, parameters.forming_slope
        share = ops.full(1.0)
        self._voltage = ops.full(parameters.forming)
        if parameters.device_to_device and not parameters.formed:
            drawn = variation.standard_exponential(ops.size) / math.log(2.0)
            share = drawn ** (1.0 / parameters.forming_shape)
            spread = parameters.forming_spread * variation.standard_normal(ops.size)
            self._voltage = parameters.forming + spread
        self._left = share * parameters.forming_slope / RAMP
        self.pristine = ops.full(0.0 if parameters.formed else 1.0) > 0.5

    def form(self, voltage: Values, duration: Values) -> tuple[Values, Values]:
        """Which devices form at this voltage across them, and how long each then has as a filament.

        That is all of ``duration`` for those that were formed before.
        """
        ops, before = self._ops, self.pristine
        exponent = (voltage - self._voltage) / self._slope
        rate = ops.exp(ops.minimum(ops.maximum(exponent, -_LARGEST_EXPONENT), _LARGEST_EXPONENT))
        taken = self._left / rate
        forming = before & (voltage > 0.0) & (taken <= duration)
        dosed = before & (voltage > 0.0) & (taken > duration)
        self._left = ops.where(dosed, self._left - rate * duration, self._left)
        rest = ops.where(forming, duration - ops.minimum(taken, duration), 0.0)
        self.pristine = before & (forming ^ True)
        return forming, ops.where(before, rest, duration)

    def state(self) -> dict[str, NDArray[np.generic]]:
        """What each device takes, and what it has had."""
        return kept(self, _KEPT)

    def restore(self, state: State) -> None:
        """Take over what `state` gave."""
        put_back(self, _KEPT, state, self._ops)
