"""The NMOS transistor of the 1T1R cell, in all regions of operation.

    I = 2 n beta Ut^2 [F((Vp - VS)/Ut) - F((Vp - VD)/Ut)] (1 + lambda |VDS|),   beta = kp W/L
    F(z) = ln^2(1 + exp(z/2)),   Vp = (VG - Vth)/n

(the EKV interpolation: Enz, Krummenacher, Vittoz, Analog Integr. Circuits Signal Process. 8, 83,
1995). Source and drain are interchangeable; the body is grounded. With n = 1 it is the level-1
model above threshold.
"""

import math
from functools import partial

from pydantic import Field

from mho.frozen import Frozen
from mho.quantities import Amperes, Siemens, Volts
from mho.sim_instruments.devices.elementwise import Elementwise, Formula, Values

THERMAL_VOLTAGE = 0.02585
"""kT/e at 300 K, in volts."""

_TWICE_THERMAL = 2.0 * THERMAL_VOLTAGE
_LARGEST_EXPONENT = 500.0


class NmosParameters(Frozen):
    """An NMOS transistor.

    "published" is Lim et al., Frontiers in Neuroscience (2025), doi:10.3389/fnins.2025.1516971.
    """

    width_over_length: float = Field(
        default=65.0, gt=0, description="W/L of the channel; published (65 chosen, 330 also made)"
    )
    threshold: Volts = Field(
        default=0.7, description="Vth, the gate voltage that opens it; assumed"
    )
    transconductance: float = Field(
        default=56.98e-6,
        gt=0,
        description="kp, A/V^2 for W/L = 1; fitted: 120 ohm at W/L 65, VG 3 V, VDS 0.1 V",
    )
    slope_factor: float = Field(
        default=1.0, gt=0, description="subthreshold slope factor n; assumed"
    )
    length_modulation: float = Field(
        default=0.02, ge=0, description="channel length modulation lambda, 1/V; assumed"
    )
    leakage: Siemens = Field(
        default=1e-11, ge=0, description="conductance from drain to source while it is off; assumed"
    )
    junction_current: Amperes = Field(
        default=1e-14,
        ge=0,
        description="saturation current of the body diode, 0 leaves it out; assumed",
    )


class Nmos:
    """Currents of one transistor design. Volts against the grounded body, amperes.

    ``junction`` is the current into a drain or source node through its diode from the body.
    """

    def __init__(self, parameters: NmosParameters, ops: Elementwise) -> None:
        self._ops = ops
        beta = parameters.transconductance * parameters.width_over_length
        self._threshold, self._slope_factor = parameters.threshold, parameters.slope_factor
        self._specific = 2.0 * parameters.slope_factor * beta * THERMAL_VOLTAGE**2
        self._modulation, self._leakage = parameters.length_modulation, parameters.leakage
        self._junction_current = parameters.junction_current
        self.junction: Formula = partial(_junction_current, parameters.junction_current, ops)

    def channel_current(self, gate: Values, source: Values, drain: Values) -> Values:
        """Current from drain to source (A)."""
        return self.channel(gate, source)(drain)

    def channel(self, gate: Values, source: Values) -> Formula:
        """The same at each potential of the drain, of a source that stays where it is."""
        pinch = (gate - self._threshold) / self._slope_factor
        forward = self._half(pinch - source)
        return partial(
            _channel_current, forward * forward, pinch, source, self._specific, self._modulation,
            self._leakage, self._ops,
        )  # fmt: skip

    def on_conductance(self, gate: Values) -> Values:
        """Slope of the channel current at zero volts (S)."""
        pinch = (gate - self._threshold) / self._slope_factor
        half = self._half(pinch)
        # d(half)/d(pinch) = (1 - exp(-half)) / (2 Ut)
        open_share = 1.0 - self._ops.exp(-half)
        return self._specific * half * open_share / THERMAL_VOLTAGE + self._leakage

    def node_conductance(self, gate: Values, node: Values) -> Values:
        """By how much the channel current falls (S) as the potential of one end rises."""
        half = self._half((gate - self._threshold) / self._slope_factor - node)
        return self._specific * half * (1.0 - self._ops.exp(-half)) / THERMAL_VOLTAGE

    def lowest_node(self, compliance: float) -> float:
        """How far (V, negative) ``compliance`` amperes can pull a node below the body."""
        if self._junction_current == 0.0:
            return -math.inf
        return -THERMAL_VOLTAGE * math.log1p(compliance / self._junction_current)

    def _half(self, overdrive: Values) -> Values:
        return self._ops.softplus(overdrive / _TWICE_THERMAL)


def _channel_current(
    forward: Values,
    pinch: Values,
    source: Values,
    specific: float,
    modulation: float,
    leakage: float,
    ops: Elementwise,
    drain: Values,
) -> Values:
    """Current from drain to source (A); ``forward`` is what the source end makes of it."""
    reverse = ops.softplus((pinch - drain) / _TWICE_THERMAL)
    difference = drain - source
    channel = specific * (forward - reverse * reverse)
    return channel * (1.0 + modulation * abs(difference)) + leakage * difference


def _junction_current(saturation: float, ops: Elementwise, node: Values) -> Values:
    if saturation == 0.0:
        return 0.0 * node
    exponent = ops.minimum(node / -THERMAL_VOLTAGE, _LARGEST_EXPONENT)
    return saturation * (1.0 - ops.exp(exponent))
