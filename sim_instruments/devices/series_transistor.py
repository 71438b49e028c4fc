"""A memristor and a transistor in series: how the voltage divides, and what stands at both ends."""

from collections.abc import Mapping
from functools import cached_property, partial
from typing import Literal

from mho.device.model import Response
from mho.sim_instruments.devices.circuit import TOLERANCE, Conduction, Near, crossing, tolerance_of
from mho.sim_instruments.devices.elementwise import Elementwise, Formula, Values
from mho.sim_instruments.devices.nmos import Nmos
from mho.stimuli import Drive

Configuration = Literal["MOD", "MOS"]
"""The memristor on the drain of the transistor, next to TE, or on its source."""

_LEAST_CURRENT = 1e-30  # nothing is divided by nothing
_NEARLY = 0.98  # of a limit: there it holds, where a voltage is known roughly
_LIMITED = 1.0 + 1e-6  # a supply this much above the limit is limited, not just solved roughly


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
        self._high = abs(self.level)
        self._sign = ops.where(self.level < 0.0, -1.0, 1.0)
        self._on_conductance = transistor.on_conductance(gate)
        self._full_supply = self._supply(self._high)  # where both ends stand at their levels

    def divide(
        self, conduction: Conduction, near: Near | None = None, *, roughly: bool = False
    ) -> Values:
        """The memristor takes what the transistor, and the limits, let through."""
        return self._sign * self._taken(conduction, near, tolerance_of(near, roughly=roughly))

    def yielding(self, across: Values, conductance: Values) -> Values:
        """The transistor yields as its channel does, and a limit lets no more current through."""
        ops, u, transistor = self._ops, abs(across), self._transistor
        node = self._top - across if self._on_drain else self._base + across
        # the channel is about linear in what its length modulation adds, which is left out
        slope = transistor.node_conductance(self._gate, node)
        current = u * conductance
        limited = current > self._compliance * _NEARLY
        slope = ops.where(limited, 0.0, slope)
        return current / ops.maximum(current + u * slope, _LEAST_CURRENT)

    @cached_property
    def _least_supply(self) -> Values:
        """What comes through, or may, where all of the level is across the memristor (A)."""
        return self._ops.minimum(self._full_supply(self._high), self._compliance)

    def _taken(
        self, conduction: Conduction, near: Near | None = None, tolerance: float = TOLERANCE
    ) -> Values:
        """Volts across the memristor, a magnitude."""
        high, ops = self._high, self._ops
        supply, compliance = self._full_supply, self._compliance
        surplus = partial(_surplus, conduction, supply, self._sign, compliance, ops)
        if near is not None:  # some of the level is over the transistor, however little
            return crossing(surplus, high, high, abs(near.voltage), near.slope, ops, tolerance)
        conductance = conduction(self.level)
        at_high = high * conductance - self._least_supply
        guess, slope = self.near(conductance)
        return crossing(surplus, high, at_high, guess, slope, ops, tolerance)

    def near(self, conductance: Values) -> Near:
        """As a channel that is on divides the level."""
        slope = self._on_conductance + conductance
        return Near(self._high * self._on_conductance / slope, slope)

    def responses(self, conduction: Conduction) -> Mapping[str, Response]:
        """Levels and currents at both ends; where a limit holds the current, what it leaves."""
        sign, compliance, high = self._sign, self._compliance, self._high
        u = self._taken(conduction)
        current, rest = u * conduction(sign * u), high - u
        if (
            not rest
            or current * _LIMITED < compliance
            or self._full_supply(u) <= compliance * _LIMITED
        ):
            return self._ends(self._top, self._base, sign * current, sign * u)

        def excess(w: float) -> float:
            return float(min(self._supply(u + w)(u), 2.0 * compliance) - compliance)

        slope = 2.0 * compliance / rest
        drop = crossing(excess, rest, excess(rest), 0.5 * rest, slope, self._ops)
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

    def _supply(self, across: Values) -> Formula:
        """Current the transistor passes on at each voltage over the memristor, all magnitudes.

        Both together stand ``across`` so many volts.
        """
        transistor, gate, sign = self._transistor, self._gate, self._sign
        base = self._top - sign * across if self._line_limits else self._base
        end = base + sign * across
        if self._on_drain:
            channel = transistor.channel(gate, base)
            return partial(_through_drain, channel, transistor.junction, end, sign)
        return partial(_through_source, transistor.channel(gate, end), base, sign)


def _surplus(
    conduction: Conduction,
    supply: Formula,
    sign: Values,
    compliance: Values,
    ops: Elementwise,
    u: Values,
) -> Values:
    """The current that the memristor takes above that which it gets."""
    return u * conduction(sign * u) - ops.minimum(supply(u), compliance)


def _through_drain(
    channel: Formula, junction: Formula, end: Values, sign: Values, u: Values
) -> Values:
    drain = end - sign * u
    return abs(channel(drain) + junction(drain))


def _through_source(channel: Formula, base: Values, sign: Values, u: Values) -> Values:
    return abs(channel(base + sign * u))  # the channel has no direction
