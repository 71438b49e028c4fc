"""How a step model moves: constant steps, soft bounds, exponential steps, exact in the clock.

The toolkit that these formulas are from (`step_parameters`) changes the weight w of a device by

    constant      dw
    soft bounds   dw (1 - w/b)                              b is the bound ahead
    exponential   dw max(1 - A exp(+-gamma z), 0)           z = 2 a w/(b_max - b_min) + b

times 1 + sigma xi at each pulse, xi normal. Here the step is the rate of a law in the number n of
pulses, and the clock of n pulses runs n + sigma sqrt(n) xi: the same for one small step, and no
different for a pulse that is cut in pieces or as long as several. Solved in closed form::

    constant      w + dw N                                  up to the bound
    soft bounds   b - (b - w) exp(-dw N/b)
    exponential   s = A + (s0 - A) exp(-k N),   s = exp(-+gamma z),   k = 2 a gamma dw/(b_max-b_min)

Arrays are of single precision: a step is some 1e-3 of the range, and 1e-7 of it is left out.
"""

import math

import numpy as np
from numpy.typing import NDArray

from mho.device.model import State
from mho.sim_instruments.devices import quick_chance
from mho.sim_instruments.devices.elementwise import Elementwise, Values
from mho.sim_instruments.devices.kept import kept, put_back
from mho.sim_instruments.devices.step_parameters import (
    ExponentialStepParameters,
    StepParameters,
)
from mho.sim_instruments.devices.subset import Devices

_MIDDLE = 0.5
_LEAST_REACH = 0.1  # of a bound from the middle, and of a step in nominal ones
_LEAST_CONDUCTANCE = 0.2  # of the lowest one
_LARGEST_EXPONENT = 60.0  # single precision ends at 88
_SMALLEST = 1e-30

_KEPT = ("_up", "_down", "_low", "_high")


class StepLaw(Devices):
    """What all of them share; as it is, the law of constant steps."""

    def __init__(
        self, parameters: StepParameters, ops: Elementwise, variation: np.random.Generator
    ) -> None:
        self._parameters, self._ops = parameters, ops
        p = parameters
        spread = 1.0 if p.device_to_device else 0.0
        size, asymmetry, low, high = (
            spread * each for each in ops.rows(variation.standard_normal, 4)
        )
        self._window = p.highest_conductance - p.lowest_conductance
        size = ops.maximum(1.0 + p.step_spread * size, _LEAST_REACH) / p.steps
        asymmetry = p.asymmetry + p.asymmetry_spread * asymmetry
        reach = -(1.0 - _LEAST_CONDUCTANCE) * p.lowest_conductance / self._window
        low = ops.maximum(p.bound_spread * low, reach)
        self._up = self._single(size * (1.0 + asymmetry))
        self._down = self._single(size * (asymmetry - 1.0))
        self._low = self._single(ops.minimum(low, _MIDDLE - _LEAST_REACH))
        self._high = self._single(ops.maximum(1.0 + p.bound_spread * high, _MIDDLE + _LEAST_REACH))
        self._whole = p.reference_width * math.expm1(
            (p.pulse_voltage - p.threshold) / p.voltage_slope
        )

    def _single(self, value: Values) -> Values:
        return value if self._ops.size is None else np.asarray(value, np.float32)

    def dose(self, level: Values, width: Values) -> Values:
        """Steps of the nominal device."""
        p, ops = self._parameters, self._ops
        over = (abs(self._single(level)) - p.threshold) * (1.0 / p.voltage_slope)
        exponent = ops.minimum(ops.maximum(over, 0.0), _LARGEST_EXPONENT)
        return (ops.exp(exponent) - 1.0) * (self._single(width) * (1.0 / self._whole))

    def clock(self, dose: Values, generator: np.random.Generator) -> Values:
        """A Wiener process with a drift: now and then it runs backwards for a while."""
        ops = self._ops
        draw = quick_chance.normal(generator, ops)
        return dose + self._parameters.step_jitter * ops.sqrt(dose) * draw

    def moved(self, position: Values, clock: Values, setting: Values) -> Values:
        """By as many steps as the clock says."""
        return self._within(position + clock * self._ops.where(setting, self._up, self._down))

    def _within(self, position: Values) -> Values:
        return self._ops.minimum(self._ops.maximum(position, self._low), self._high)

    def everywhere(self, position: float) -> Values:
        """In single precision, where there are many."""
        return self._within(self._single(self._ops.full(position)))

    def conductance(self, position: Values) -> Values:
        """Linear in the position."""
        return self._parameters.lowest_conductance + self._window * position

    def position(self, conductance: Values) -> Values:
        """Within the bounds."""
        position = (conductance - self._parameters.lowest_conductance) / self._window
        return self._within(self._single(position))

    def state(self) -> dict[str, NDArray[np.generic]]:
        """What each device is."""
        return kept(self, _KEPT)

    def restore(self, state: State) -> None:
        """Take over what `state` gave."""
        put_back(self, _KEPT, state, self._ops)


class SoftBounds(StepLaw):
    """Steps in proportion to the distance from the bound ahead, nominal in the middle."""

    def moved(self, position: Values, clock: Values, setting: Values) -> Values:
        """Never beyond the bound; backwards, never beyond the other one."""
        ops = self._ops
        bound = ops.where(setting, self._high, self._low)
        rate = ops.where(setting, self._up, self._down) / (bound - _MIDDLE)
        return self._within(bound + (position - bound) * ops.exp(-(rate * clock)))


class ExponentialStep(StepLaw):
    """Steps that are an exponential function of the position."""

    def __init__(
        self,
        parameters: ExponentialStepParameters,
        ops: Elementwise,
        variation: np.random.Generator,
    ) -> None:
        super().__init__(parameters, ops, variation)
        self._shape = parameters

    def moved(self, position: Values, clock: Values, setting: Values) -> Values:
        """A position whose step is nothing stays."""
        p, ops = self._shape, self._ops
        window = self._high - self._low
        gamma = ops.where(setting, self._single(p.gamma_up), self._single(-p.gamma_down))
        factor = ops.where(setting, self._single(p.factor_up), self._single(p.factor_down))
        step = ops.where(setting, self._up, self._down)
        steep = gamma * (2.0 * p.scale) / window
        shift = gamma * p.offset
        begin = ops.exp(-(steep * (position - _MIDDLE) + shift))
        moving = begin > factor
        exponent = ops.minimum(-(steep * step * clock), _LARGEST_EXPONENT)
        end = factor + (begin - factor) * ops.exp(exponent)
        end = -(ops.log(ops.maximum(end, _SMALLEST)) + shift) / steep + _MIDDLE
        return self._within(ops.where(moving, end, position))
