"""A memristor of thresholds, power laws of the overdrive, and window functions.

    SET     dw/dt = (k/t_ref) (V/V_set - 1)^a (1 - w)^p       V > V_set
    RESET   dw/dt = -(k/t_ref) (|V|/V_reset - 1)^a w^p        V < -V_reset
    G = G_low (G_high/G_low)^w

after the VTEAM model (Kvatinsky et al., IEEE Transactions on Circuits and Systems II 62, 786, 2015,
doi:10.1109/TCSII.2015.2433536). There is nothing exponential in volts here, and time counts in
proportion: a controller made for other kinetics meets what it was not made for. The numbers are
assumed. In the time N of the clock a window of p > 1 has the closed form

    (1 - w)^(1 - p) = (1 - w0)^(1 - p) + (p - 1) N

and the clock of a dose is a Gamma process, which only runs forwards.
"""

import math

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from mho.device.model import State
from mho.quantities import Fraction, Siemens, Volts
from mho.sim_instruments.devices.elementwise import Elementwise, Values
from mho.sim_instruments.devices.kept import kept, put_back
from mho.sim_instruments.devices.step_parameters import ClockedParameters
from mho.sim_instruments.devices.subset import Devices

_LEAST_THRESHOLD = 0.1  # of the nominal one
_LEAST_WAY = 1e-6  # to the end of the range
_SMALLEST = 1e-30

_KEPT = ("_set_threshold", "_reset_threshold", "_set_rate", "_reset_rate", "_lowest", "_span")


class ThresholdPowerLawParameters(ClockedParameters):
    """The nominal device and its spread. All of it is assumed."""

    lowest_conductance: Siemens = Field(default=5e-6, gt=0, description="assumed")
    highest_conductance: Siemens = Field(default=300e-6, gt=0, description="assumed")
    set_threshold: Volts = Field(default=0.7, gt=0, description="V_set; assumed")
    reset_threshold: Volts = Field(default=0.6, gt=0, description="V_reset; assumed")
    set_rate: float = Field(default=3.0, gt=0, description="k of a SET; assumed")
    reset_rate: float = Field(default=3.0, gt=0, description="k of a RESET; assumed")
    power: float = Field(default=3.0, gt=0, le=10, description="a, of the overdrive; assumed")
    window: float = Field(default=2.0, gt=1, le=5, description="p; assumed")
    threshold_spread: float = Field(
        default=0.08, ge=0, description="device-to-device sd of a threshold, relative; assumed"
    )
    rate_spread: float = Field(
        default=0.3, ge=0, description="device-to-device sd of the log of a rate; assumed"
    )
    range_spread: float = Field(
        default=0.1, ge=0, description="device-to-device sd of ln of either bound; assumed"
    )
    grain: Fraction = Field(
        default=0.01, gt=0, description="variance over mean of the clock of a dose; assumed"
    )
    noise_level: Fraction = Field(
        default=0.01, ge=0, lt=0.2, description="relative sd of the conductance; assumed"
    )


class ThresholdPowerLaw(Devices):
    """The `clocked.Law` of N devices."""

    def __init__(
        self,
        parameters: ThresholdPowerLawParameters,
        ops: Elementwise,
        variation: np.random.Generator,
    ) -> None:
        self._parameters, self._ops = parameters, ops
        p, spread = parameters, 1.0 if parameters.device_to_device else 0.0
        thresholds, rates, bounds = (
            [spread * deviation * each for each in ops.rows(variation.standard_normal, 2)]
            for deviation in (p.threshold_spread, p.rate_spread, p.range_spread)
        )
        self._set_threshold, self._reset_threshold = (
            nominal * ops.maximum(1.0 + each, _LEAST_THRESHOLD)
            for nominal, each in zip((p.set_threshold, p.reset_threshold), thresholds, strict=True)
        )
        self._set_rate, self._reset_rate = (
            nominal / p.reference_width * ops.exp(each)
            for nominal, each in zip((p.set_rate, p.reset_rate), rates, strict=True)
        )
        span = math.log(p.highest_conductance / p.lowest_conductance)
        self._lowest = math.log(p.lowest_conductance) + bounds[0]
        self._span = ops.maximum(span + bounds[1] - bounds[0], 0.5 * span)

    def dose(self, level: Values, width: Values) -> Values:
        """Time of the clock; of each device, by its own threshold and rate."""
        ops, setting = self._ops, level > 0.0
        threshold = ops.where(setting, self._set_threshold, self._reset_threshold)
        rate = ops.where(setting, self._set_rate, self._reset_rate)
        over = ops.maximum(abs(level) / threshold - 1.0, 0.0)
        return rate * width * over**self._parameters.power

    def clock(self, dose: Values, generator: np.random.Generator) -> Values:
        """A Gamma process."""
        grain = self._parameters.grain
        return grain * generator.standard_gamma(dose / grain)

    def moved(self, position: Values, clock: Values, setting: Values) -> Values:
        """Towards the end of the range, and never there."""
        ops, power = self._ops, 1.0 - self._parameters.window
        way = ops.maximum(ops.where(setting, 1.0 - position, position), _LEAST_WAY)
        left = (way**power - power * clock) ** (1.0 / power)
        return ops.where(clock > 0.0, ops.where(setting, 1.0 - left, left), position)

    def everywhere(self, position: float) -> Values:
        """In double precision."""
        return self._ops.full(position)

    def conductance(self, position: Values) -> Values:
        """Exponential in the position."""
        return self._ops.exp(self._lowest + self._span * position)

    def position(self, conductance: Values) -> Values:
        """Within the range of each."""
        ops = self._ops
        x = ops.log(ops.maximum(conductance, _SMALLEST))
        return ops.minimum(ops.maximum((x - self._lowest) / self._span, 0.0), 1.0)

    def state(self) -> dict[str, NDArray[np.generic]]:
        """What each device is."""
        return kept(self, _KEPT)

    def restore(self, state: State) -> None:
        """Take over what `state` gave."""
        put_back(self, _KEPT, state, self._ops)
