"""How the current of a Cu:Te memristor bends with the voltage, as formulas of the voltage.

I ~ sinh(a V), with a falling from ``nonlinearity`` in the lowest state to 0 in the LRS, and
conductances are those at the read voltage.
"""

from functools import partial

from mho.sim_instruments.devices.circuit import Conduction
from mho.sim_instruments.devices.cu_te_kinetics import CuTeKinetics
from mho.sim_instruments.devices.cu_te_parameters import CuTeParameters
from mho.sim_instruments.devices.elementwise import Elementwise, Formula, Values, constant
from mho.sim_instruments.devices.subset import Devices

_OHMIC = 1e-9  # sinh(z)/z is 1 to the last digit here, and defined


class Bend(Devices):
    """What bends the currents of N devices."""

    def __init__(
        self, parameters: CuTeParameters, kinetics: CuTeKinetics, ops: Elementwise
    ) -> None:
        self._parameters, self._kinetics, self._ops = parameters, kinetics, ops

    @property
    def ohmic(self) -> bool:
        """Nothing bends."""
        return self._parameters.nonlinearity == 0.0

    def at(self, x: Values, conductance: Values) -> Conduction:
        """Current over voltage in the state ``x``, given what it is at the read voltage."""
        if self.ohmic:
            return constant(conductance)
        return partial(_bent, conductance, self._curvature, x)

    def along(self, path: Formula) -> Conduction:
        """Current over voltage of the state that each voltage leads to."""
        if self.ohmic:
            return partial(_conductance, path, self._ops)
        return partial(_chord, path, self._curvature, self._ops)

    @property
    def _curvature(self) -> "partial[Values]":
        p, kinetics = self._parameters, self._kinetics
        return partial(
            _curvature, p.nonlinearity, p.read_voltage, kinetics.lowest, kinetics.lrs, self._ops
        )


def _conductance(path: Formula, ops: Elementwise, voltage: Values) -> Values:
    return ops.exp(path(voltage))


def _chord(
    path: Formula, curvature: "partial[Values]", ops: Elementwise, voltage: Values
) -> Values:
    x = path(voltage)
    return ops.exp(x) * curvature(x, voltage)


def _bent(conductance: Values, curvature: "partial[Values]", x: Values, voltage: Values) -> Values:
    return conductance * curvature(x, voltage)


def _curvature(
    nonlinearity: float,
    read_voltage: float,
    lowest: float,
    lrs: Values,
    ops: Elementwise,
    x: Values,
    voltage: Values,
) -> Values:
    """sinh(a V)/(a V) against its value at the read voltage."""
    conducting = (x - lowest) / (lrs - lowest)
    alpha = nonlinearity * ops.minimum(ops.maximum(1.0 - conducting, _OHMIC), 1.0)
    high = ops.maximum(alpha * abs(voltage), _OHMIC)
    read = alpha * read_voltage
    return ops.sinh(high) / high / (ops.sinh(read) / read)
