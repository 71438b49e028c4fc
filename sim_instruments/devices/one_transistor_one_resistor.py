"""The 1T1R cell: a Cu:Te memristor in series with an NMOS transistor, between TE and source line.

MOD (memristor on drain): TE - memristor - transistor - source line.
MOS (memristor on source): TE - transistor - memristor - source line.

After Lim et al., Frontiers in Neuroscience (2025), doi:10.3389/fnins.2025.1516971. The body is
grounded, and so is the source line, unless ``source_line`` makes it a terminal: raising it above TE
resets the cell with all nodes above the body, in MOD at the loss of a threshold (Table 1 there).

A negative TE turns the transistor around (its drain then acts as the source); in MOD with the
source grounded no threshold is lost that way (Figure 5A there), and the drain goes below the body
by what the channel drops. The body diode (assumed) catches it near -0.6 V, with the gate off too.
In MOS it stands directly at TE, so that TE cannot be pulled further below ground than the diode
allows: such a cell is reset by its source line.

A TE that nothing drives stands at the potential of the source line: the transistor conducts, if
only by its leakage, and the still smaller one of the body diode is left out there. A gate that
nothing drives is taken as 0 V (assumed), which is off.
"""

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from mho.device.model import DeviceModel, Response, drive_at
from mho.frozen import Frozen
from mho.plugin_kinds import DeviceKind
from mho.sim_instruments.devices.circuit import Conduction, crossing
from mho.sim_instruments.devices.contact import losable
from mho.sim_instruments.devices.cu_te_memristor import CuTe
from mho.sim_instruments.devices.cu_te_parameters import CuTeParameters
from mho.sim_instruments.devices.elementwise import Elementwise, Values, elementwise
from mho.sim_instruments.devices.memristor_cell import MemristorCell
from mho.sim_instruments.devices.nmos import Nmos, NmosParameters
from mho.stimuli import Drive

Configuration = Literal["MOD", "MOS"]

_LIMITED = 1.0 + 1e-6  # a supply this much above the limit is limited, not just solved roughly


class OneTransistorOneResistorParameters(Frozen):
    """A 1T1R cell."""

    configuration: Configuration = Field(
        default="MOD", description="memristor on drain or on source; MOD published for tuning"
    )
    source_line: bool = Field(
        default=False,
        description="the source line is the terminal `source`, grounded while nothing drives it; "
        "else it is tied to ground",
    )
    memristor: CuTeParameters = Field(
        default=CuTeParameters(), description="parameters of the memristor"
    )
    transistor: NmosParameters = Field(
        default=NmosParameters(), description="parameters of the transistor"
    )


class SeriesTransistor:
    """A `Circuit`: memristor and transistor in series between TE and source line, gate held.

    Both ends are sources with a limit; a ``line`` that is not driven is ground. Of two limits the
    smaller one holds (at a tie that of TE), and its source leaves its level.
    """

    def __init__(
        self,
        transistor: Nmos,
        configuration: Configuration,
        gate: Values,
        top: Drive,
        ops: Elementwise,
        line: Drive | None = None,
    ) -> None:
        self._transistor, self._gate, self._ops = transistor, gate, ops
        self._on_drain = configuration == "MOD"
        self._asked = top
        self._top, self._compliance = top.level, top.limit
        self._base, self._line, self._line_limits = 0.0, line, False
        if line is not None:
            self._base = line.level
            self._line_limits = line.limit < top.limit
            self._compliance = ops.minimum(top.limit, line.limit)
            if self._on_drain:
                self._base = ops.maximum(line.level, transistor.lowest_node(line.limit))
        if not self._on_drain:
            # the body diode stands at TE itself, and takes the limit before TE goes lower
            self._top = ops.maximum(self._top, transistor.lowest_node(top.limit))
        self.level = self._top - self._base
        self._sign = ops.where(self.level < 0.0, -1.0, 1.0)

    def divide(self, conduction: Conduction) -> Values:
        """The memristor takes what the transistor, and the limits, let through."""
        ops, sign, compliance, supply = self._ops, self._sign, self._compliance, self._supply
        high = abs(self.level)
        channel = self._transistor.on_conductance(self._gate)
        guess = high * channel / (channel + conduction(self.level))

        def surplus(u: Values) -> Values:
            return u * conduction(sign * u) - ops.minimum(supply(u, high), compliance)

        return sign * crossing(surplus, high, guess, ops)

    def responses(self, conduction: Conduction) -> Mapping[str, Response]:
        """Levels and currents at both ends; where a limit holds the current, what it leaves."""
        sign, compliance, supply = self._sign, self._compliance, self._supply
        high, u = abs(self.level), abs(self.divide(conduction))
        if supply(u, high) <= compliance * _LIMITED:
            return self._ends(self._top, self._base, sign * u * conduction(sign * u), sign * u)
        drop = crossing(
            lambda w: min(supply(u, u + w), 2.0 * compliance) - compliance,
            high - u,
            0.5 * (high - u),
            self._ops,
        )
        across = sign * (u + drop)
        if self._line_limits:
            return self._ends(self._top, self._top - across, sign * compliance, sign * u)
        return self._ends(self._base + across, self._base, sign * compliance, sign * u)

    def _ends(
        self, top: float, base: float, current: float, memristor: float
    ) -> Mapping[str, Response]:
        """Both ends at these volts, with these amperes and volts through and over the memristor.

        An end that did not keep the level it was asked for is at its limit.
        """
        junction, on_drain = self._transistor.junction, self._on_drain
        at_top = Response(top, current, top != self._asked.level)
        if not on_drain:
            if self._top != self._asked.level:
                at_top = Response(self._top, -self._asked.limit, True)
            elif not at_top.in_compliance:
                at_top = Response(top, current + junction(top), False)
        if self._line is None:
            return {"TE": at_top}
        at_line = Response(base, -current, base != self._line.level)
        if on_drain:
            if self._base != self._line.level:
                at_line = Response(self._base, -self._line.limit, True)
            else:
                returned = junction(top - memristor) + junction(base) - current
                at_line = Response(base, returned, at_line.in_compliance)
        return {"TE": at_top, "source": at_line}

    def _supply(self, memristor: Values, across: Values) -> Values:
        """Current the transistor passes on; volts across memristor and circuit, magnitudes."""
        transistor, sign = self._transistor, self._sign
        base = self._top - sign * across if self._line_limits else self._base
        if self._on_drain:
            drain = base + sign * (across - memristor)
            channel = transistor.channel_current(self._gate, base, drain)
            return abs(channel + transistor.junction(drain))
        node = base + sign * memristor
        return abs(transistor.channel_current(self._gate, node, base + sign * across))


def _build(parameters: OneTransistorOneResistorParameters, seed: int) -> DeviceModel:
    ops = elementwise(1)
    transistor = Nmos(parameters.transistor, ops)

    def circuit(drives: Mapping[str, Drive]) -> SeriesTransistor | None:
        top = drive_at(drives, "TE")
        if top is None:
            return None
        gate = drive_at(drives, "gate")
        level = 0.0 if gate is None else gate.level  # an open gate is taken as off (assumed)
        line = drive_at(drives, "source")
        return SeriesTransistor(transistor, parameters.configuration, level, top, ops, line)

    terminals = ("TE", "gate", "source") if parameters.source_line else ("TE", "gate")
    far_end = "source" if parameters.source_line else None
    cell = MemristorCell(CuTe(1, parameters.memristor, seed), terminals, circuit, far_end)
    return losable(cell, parameters.memristor.contact_lost_after)


CU_TE_1T1R = DeviceKind(parameters=OneTransistorOneResistorParameters, build=_build)
