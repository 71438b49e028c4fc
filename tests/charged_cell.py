"""A cell in closed form that is written by charge, on a bench that notes what reaches it."""

from dataclasses import replace
from math import copysign, expm1, nan

from mho.device.profile import Dose, TerminalLimits
from mho.readings import Reading, Trace
from mho.stimuli import Pulse, Source
from mho.testing.noting_bench import NotingBench
from mho.testing.protocol_runs import bench_of

LOWEST, RESPONSE = 1e-6, 10.0
"""Conductance without charge (S), and what a coulomb adds to it (S/C)."""

GATE = TerminalLimits(min_voltage=-5, max_voltage=5, max_compliance=1e-3, rests="open")
DRAIN = TerminalLimits(min_voltage=-0.5, max_voltage=0.5, max_compliance=1e-4)
CHARGED = {
    "terminals": {"gate": GATE, "drain": DRAIN},
    "write_at": "gate",
    "read_at": "drain",
    "read_voltage": 0.1,
    "contact_floor": 1e-8,
    "pulse_compliance": 1e-4,
    "dose": Dose(max_pulses=10_000_000, max_charge=1e3),  # never what ends a run here
}
"""What a profile of such a cell is made of."""


class ChargedCell(NotingBench):
    """Charge into the gate raises the potential of the gate and the conductance from the drain.

    What the source delivers is ``gains`` times what was asked for, one pulse after the other, the
    last one again and again; it is measured as it is. Pulses last as long as they should.
    """

    charge = 0.0
    ohms = 1e5
    volts_per_coulomb = 0.0
    gains = (1.0,)
    reads_until_lost = float("inf")
    measures_current = True

    def apply(self, stimulus):
        self.applied.append(stimulus)
        readings = []
        for column in stimulus.score().columns():
            self.clock.sleep(column[0].duration)
            for terminal, one in zip(stimulus.score().terminals, column, strict=True):
                voltage, current, limited = self._driven(stimulus, terminal, one)
                if terminal == "gate":
                    self.charge += current * one.duration
                if one.aperture is not None:
                    current = current if self.measures_current else nan
                    now = self.clock.now()
                    readings.append(Reading(now, voltage, current, limited, "", terminal))
        if isinstance(stimulus, Pulse):
            self.gains = self.gains[1:] or self.gains
        return Trace(tuple(readings))

    def _driven(self, stimulus, terminal, segment):
        if terminal == "drain":
            self.reads_until_lost -= segment.aperture is not None
            conductance = LOWEST + RESPONSE * self.charge
            lost = self.reads_until_lost < 0
            return segment.level, 0.0 if lost else segment.level * conductance, False
        potential = self.volts_per_coulomb * self.charge
        if segment.source is Source.VOLTAGE:
            return segment.level, self._drawn_at(segment.level, segment.duration), False
        current = segment.level * (self.gains[0] if isinstance(stimulus, Pulse) else 1.0)
        voltage = potential + current * self.ohms
        if abs(voltage) <= segment.limit:
            return voltage, current, False
        voltage = copysign(segment.limit, voltage)
        return voltage, self._drawn_at(voltage, segment.duration), True

    def _drawn_at(self, voltage, duration):
        """The current that a voltage drives on average, while the potential comes near to it."""
        across = voltage - self.volts_per_coulomb * self.charge
        passed = duration * self.volts_per_coulomb / self.ohms  # in time constants
        return across / self.ohms * (-expm1(-passed) / passed if passed else 1.0)


def charged_cell(kind=ChargedCell, **facts):
    """A bench with such a cell, whose instrument sources currents and has relays."""
    bench = bench_of(kind, **{**CHARGED, **facts})
    bench.limits = {
        name: replace(limits, sources_current=True, opens=True)
        for name, limits in bench.limits.items()
    }
    return bench
