"""How a constant voltage moves the filament of the alpha-Fe2O3 synapse: exact, no steps in time.

The filament is w in 0...1. All voltages are magnitudes::

    SET     dw/dt = kS (w_end - w), towards w_end = 1 / (1 + exp((VS - V)/sS)) only,
            kS = kS1 exp((V - 1 V)/vS)
    RESET   dw/dt = -kR w,  kR = kR1 exp((V - VR)/vR),  VR = VR1 + b (h - 1 V)

The hardness h says how hard a filament is to break: +1 V undoes what pulses of -1 V wrote, while a
filament of a slow sweep withstands 2 V. It is the largest stress s of all SETs since the rupture,
and s grows in log time while one SET lasts::

    ds/dt = (vh/t1) exp((V - s)/vh),   so that   s' = vh ln(exp(s/vh) + (t/t1) exp(V/vh))

and s = V after the reference width t1. It starts anew with every pulse. Functional form fitted to
the published numbers of `alpha_fe2o3_parameters`.
"""

import math

import numpy as np
from numpy.typing import NDArray

from mho.device.model import State
from mho.sim_instruments.devices.alpha_fe2o3_parameters import AlphaFe2O3Parameters
from mho.sim_instruments.devices.elementwise import Elementwise, Values
from mho.sim_instruments.devices.kept import kept, put_back

UNSTRESSED = -math.inf
"""The stress before a SET."""

_REFERENCE = 1.0  # volts that rates and hardness refer to
_LARGEST_EXPONENT = 200.0  # a rate beyond this is instantaneous in any case


_KEPT = ("_set_nominal", "_reset_nominal", "_set_voltage", "_reset_voltage")


class AlphaFe2O3Kinetics:
    """Rates of N devices; jitter of the present cycle included."""

    def __init__(
        self, parameters: AlphaFe2O3Parameters, ops: Elementwise, variation: np.random.Generator
    ) -> None:
        self._ops, self._parameters = ops, parameters
        spread = parameters.voltage_spread if parameters.device_to_device else 0.0
        self._set_nominal = parameters.set_voltage + spread * variation.standard_normal(ops.size)
        self._reset_nominal = parameters.reset_voltage + spread * variation.standard_normal(
            ops.size
        )
        self._set_voltage, self._reset_voltage = self._set_nominal, self._reset_nominal

    def begin_cycle(self, beginning: Values, set_jitter: Values, reset_jitter: Values) -> None:
        """New jitter (V) of both voltages where ``beginning``."""
        where = self._ops.where
        self._set_voltage = where(beginning, self._set_nominal + set_jitter, self._set_voltage)
        self._reset_voltage = where(
            beginning, self._reset_nominal + reset_jitter, self._reset_voltage
        )

    def state(self) -> dict[str, NDArray[np.generic]]:
        """What each device is, and the jitter of its present cycle."""
        return kept(self, _KEPT)

    def restore(self, state: State) -> None:
        """Take over what `state` gave."""
        put_back(self, _KEPT, state, self._ops)

    def after_set(self, filament: Values, voltage: Values, duration: Values) -> Values:
        """The filament after a SET of ``voltage`` for ``duration`` seconds."""
        ops, p = self._ops, self._parameters
        end = 1.0 / (1.0 + ops.exp((self._set_voltage - voltage) / p.set_width))
        rate = p.set_rate * self._power((voltage - _REFERENCE) / p.set_slope)
        return filament + ops.maximum(end - filament, 0.0) * (1.0 - ops.exp(-rate * duration))

    def after_reset(
        self, filament: Values, voltage: Values, duration: Values, hardness: Values
    ) -> Values:
        """The filament after a RESET of ``voltage`` for ``duration`` seconds."""
        p = self._parameters
        threshold = self._reset_voltage + p.hardening * (hardness - _REFERENCE)
        rate = p.reset_rate * self._power((voltage - threshold) / p.reset_slope)
        return filament * self._ops.exp(-rate * duration)

    def stress(self, stress: Values, voltage: Values, duration: float) -> Values:
        """The stress (V) of a SET that goes on for ``duration`` seconds more."""
        slope = self._parameters.hardening_slope
        log_time = math.log(duration / self._parameters.reference_width)
        alone = voltage + slope * log_time
        return alone + slope * self._ops.softplus((stress - alone) / slope)

    def _power(self, exponent: Values) -> Values:
        return self._ops.exp(self._ops.minimum(exponent, _LARGEST_EXPONENT))
