"""The 1T1R cell: a Cu:Te memristor in series with an NMOS transistor, driven at TE and gate.

MOD (memristor on drain): TE - memristor - drain, source and body grounded.
MOS (memristor on source): TE is the drain; the memristor stands between source and ground.

After Lim et al., Frontiers in Neuroscience (2025), doi:10.3389/fnins.2025.1516971. A negative TE
turns the transistor around (its drain then acts as the source); in MOD with the source grounded
no threshold is lost that way, and the drain goes below the body by what the channel drops. The
body diode (assumed) catches it near -0.6 V, with the gate off as well. In MOS it stands directly at
TE, so that TE cannot be pulled further below ground than the diode allows: such a cell is not reset
from TE.
"""

from collections.abc import Callable, Mapping
from typing import Literal

from pydantic import Field

from mho.frozen import Frozen
from mho.plugin_kinds import DeviceKind
from mho.sim_instruments.devices.circuit import MemristorCell, crossing
from mho.sim_instruments.devices.cu_te_memristor import CuTe
from mho.sim_instruments.devices.cu_te_parameters import CuTeParameters
from mho.sim_instruments.devices.device_model import Drive, Response
from mho.sim_instruments.devices.elementwise import Elementwise, Values, elementwise
from mho.sim_instruments.devices.nmos import Nmos, NmosParameters

Configuration = Literal["MOD", "MOS"]

_LIMITED = 1.0 + 1e-6  # a supply this much above the limit is limited, not just solved roughly


class OneTransistorOneResistorParameters(Frozen):
    """A 1T1R cell."""

    configuration: Configuration = Field(
        default="MOD", description="memristor on drain or on source; MOD published for tuning"
    )
    memristor: CuTeParameters = CuTeParameters()
    transistor: NmosParameters = NmosParameters()


class SeriesTransistor:
    """A `Circuit`: source with a limit, memristor and transistor in series, gate held."""

    def __init__(
        self,
        transistor: Nmos,
        configuration: Configuration,
        gate: Values,
        source: Drive,
        ops: Elementwise,
    ) -> None:
        self._transistor, self._gate, self._ops = transistor, gate, ops
        self._on_drain = configuration == "MOD"
        self._asked, self._compliance = source
        self.level = self._asked
        if not self._on_drain:
            # the body diode stands at TE itself, and takes the limit before TE goes lower
            self.level = ops.maximum(self.level, transistor.lowest_node(self._compliance))
        self._sign = ops.where(self.level < 0.0, -1.0, 1.0)

    def divide(self, conductance: Callable[[Values], Values]) -> Values:
        """The memristor takes what the transistor, and the source's limit, let through."""
        ops, sign, compliance, supply = self._ops, self._sign, self._compliance, self._supply
        high = abs(self.level)
        channel = self._transistor.on_conductance(self._gate)
        guess = high * channel / (channel + conductance(self.level))

        def surplus(u: Values) -> Values:
            return u * conductance(sign * u) - ops.minimum(supply(u, high), compliance)

        return sign * crossing(surplus, high, guess, ops)

    def response(self, conductance: float) -> Response:
        """Level and current at TE; where the limit holds the current, the level it leaves."""
        sign, compliance, supply = self._sign, self._compliance, self._supply
        high, u = abs(self.level), abs(self.divide(lambda _: conductance))
        if self.level != self._asked:
            return Response(self.level, sign * compliance, True)
        if supply(u, high) <= compliance * _LIMITED:
            current = sign * u * conductance
            if not self._on_drain:
                current += self._transistor.junction(self.level)
            return Response(self.level, current, False)
        drop = crossing(
            lambda w: min(supply(u, u + w), 2.0 * compliance) - compliance,
            high - u,
            0.5 * (high - u),
            self._ops,
        )
        return Response(sign * (u + drop), sign * compliance, True)

    def _supply(self, memristor: Values, top: Values) -> Values:
        """Current the transistor passes on; volts across the memristor and at TE, magnitudes."""
        transistor, sign = self._transistor, self._sign
        if self._on_drain:
            drain = sign * (top - memristor)
            channel = transistor.channel_current(self._gate, 0.0, drain)
            return abs(channel + transistor.junction(drain))
        return abs(transistor.channel_current(self._gate, sign * memristor, sign * top))


def _build(parameters: OneTransistorOneResistorParameters, seed: int) -> MemristorCell:
    ops = elementwise(1)
    transistor = Nmos(parameters.transistor, ops)

    def circuit(drives: Mapping[str, Drive]) -> SeriesTransistor | None:
        source = drives.get("TE")
        if source is None:
            return None
        gate = drives.get("gate")
        level = 0.0 if gate is None else gate.level  # an open gate is taken as off (assumed)
        return SeriesTransistor(transistor, parameters.configuration, level, source, ops)

    return MemristorCell(CuTe(1, parameters.memristor, seed), ("TE", "gate"), circuit)


CU_TE_1T1R = DeviceKind(parameters=OneTransistorOneResistorParameters, build=_build)
