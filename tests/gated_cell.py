"""A cell with a gate, the world that notes what happens at its terminals, and its profile.

The gate is a battery behind a resistor: charge moves its potential and, with it, the conductance
between drain and source. Grounded it runs down; open it keeps what it has.
"""

import math
from itertools import pairwise

import numpy as np

from mho.device.model import Response, drive_at, undisturbed
from mho.device.profile import DeviceProfile, Dose, TerminalLimits
from mho.rehearsal import World
from mho.stimuli import OPEN

OHMS = 1e7
FARADS = 1e-7
"""Coulombs that move the potential by 1 V; with the resistor, a second to run down."""

LOW, SLOPE = 5e-6, 40e-6


class GatedCell:
    """5 uS at 0 V and 40 uS a volt more, never below 1 uS."""

    terminals = ("gate", "drain", "source")

    def __init__(self, potential=0.3):
        self.potential = potential

    @property
    def conductance(self):
        return max(LOW + SLOPE * self.potential, 1e-6)

    def advance(self, drives, duration):
        gate = drive_at(drives, "gate")
        if gate is None:
            return
        away = gate.level - self.potential
        beyond = abs(away) - gate.limit * OHMS
        if beyond > 0:
            limited = min(duration, beyond * FARADS / gate.limit)
            self.potential += math.copysign(gate.limit * limited / FARADS, away)
            duration -= limited
        away = gate.level - self.potential
        self.potential = gate.level - away * math.exp(-duration / (OHMS * FARADS))

    def respond(self, drives):
        found = undisturbed(self.terminals, drives)
        gate, drain, source = (drive_at(drives, name) for name in self.terminals)
        found["gate"] = Response(self.potential, 0.0, False)
        if gate is not None:
            wanted = (gate.level - self.potential) / OHMS
            current = min(max(wanted, -gate.limit), gate.limit)
            found["gate"] = Response(self.potential + current * OHMS, current, current != wanted)
        if drain is not None and source is not None:
            wanted = (drain.level - source.level) * self.conductance
            current = min(max(wanted, -drain.limit), drain.limit)
            voltage = source.level + current / self.conductance
            found["drain"] = Response(voltage, current, current != wanted)
            found["source"] = Response(source.level, -current, False)
        return found

    def state(self):
        return {"potential": np.array(self.potential)}

    def restore(self, state):
        self.potential = float(state["potential"])


class WatchedWorld(World):
    """Notes every change at a terminal: the moment, the terminal and what drives it then."""

    def __init__(self, device, clock):
        super().__init__(device, clock, 1)
        self.changes = []

    def drive(self, moment, terminal, drive, resistance=0.0):
        if self.drives().get(terminal, OPEN) != drive:
            self.changes.append((moment, terminal, drive))
        super().drive(moment, terminal, drive, resistance)

    def at(self, terminal):
        """What has driven a terminal, in the order of time."""
        return [drive for _, name, drive in self.changes if name == terminal]


def assert_opened_at_zero(world, but=()):
    """No output has gone off, and no relay has opened, while a voltage or a current was driven.

    But for the automatic standby at the end of a 4200A's test, ``but`` for which levels.
    """
    for terminal in world.terminals:
        for before, after in pairwise(world.at(terminal)):
            assert after != OPEN or not before.level or before.level in but, world.at(terminal)


def make_profile(rests="open", **changes):
    return DeviceProfile(
        **{
            "name": "gated cell",
            "write_at": "gate",
            "read_at": "drain",
            "terminals": {
                "gate": TerminalLimits(
                    min_voltage=-3, max_voltage=3, max_compliance=1e-6, rests=rests
                ),
                "drain": TerminalLimits(min_voltage=-0.5, max_voltage=0.5, max_compliance=1e-3),
                "source": TerminalLimits(min_voltage=0, max_voltage=0, max_compliance=1e-3),
            },
            "dose": Dose(max_pulses=10_000, max_charge=1e-2),
            "set_polarity": "positive",
            "read_voltage": 0.1,
            "read_compliance": 1e-4,
            "pulse_compliance": 1e-6,
            "pulse_width": 20e-3,
            "contact_floor": 5e-7,
            **changes,
        }
    )
