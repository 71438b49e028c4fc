"""A cell with a gate, on three simulated SMUs, and everything that happens at its terminals.

The gate is a battery behind a resistor: charge moves its potential and, with it, the conductance
between drain and source. Grounded it runs down; open it keeps what it has.
"""

import logging
import math
from contextlib import contextmanager
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
from benches import bench_of

from mho.clock import VirtualClock
from mho.device.model import Response, drive_at, undisturbed
from mho.device.profile import DeviceProfile, Dose, TerminalLimits
from mho.drivers.ni_pxie_4139.instrument import instrument
from mho.drivers.ni_pxie_4139.settings import NiSettings
from mho.rehearsal import World
from mho.sim_instruments.ni_dcpower.server import start_server
from mho.stimuli import OPEN

GATE, DRAIN, SOURCE = "PXI1Slot2/0", "PXI1Slot3/0", "PXI1Slot4/0"
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
            current = (drain.level - source.level) * self.conductance
            found["drain"] = Response(drain.level, current, False)
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

    def drive(self, moment, terminal, drive):
        if self.drives().get(terminal, OPEN) != drive:
            self.changes.append((moment, terminal, drive))
        super().drive(moment, terminal, drive)

    def at(self, terminal):
        """What has driven a terminal, in the order of time."""
        return [drive for _, name, drive in self.changes if name == terminal]


def assert_opened_at_zero(world, terminal="gate"):
    """No relay has opened while a voltage or a current was driven."""
    for before, after in pairwise(world.at(terminal)):
        assert after != OPEN or not before.level, world.at(terminal)


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
            "pulse_width": 10e-3,
            "contact_floor": 5e-7,
            **changes,
        }
    )


@contextmanager
def simulated(device=None, clock=None):
    """A running server with the cell on three modules, or with what of it a device has."""
    world = WatchedWorld(device or GatedCell(), clock or VirtualClock())
    wiring = {GATE: "gate", DRAIN: "drain", SOURCE: "source"}
    server = start_server(
        world, {slot: name for slot, name in wiring.items() if name in world.terminals}
    )
    try:
        yield server
    finally:
        server.stop()


def bench_on(server, clock=None, profile=None, timeout=10.0):
    """A bench on the server, not yet entered."""
    smus = {
        name: {"resource": resource, "model": "20 W"}
        for name, resource in (("gate", GATE), ("drain", DRAIN), ("source", SOURCE))
    }
    settings = NiSettings(target=server.address, terminals=smus, timeout=timeout)
    profile = profile or make_profile()
    clock = clock or server.world.clock
    rehearsal = SimpleNamespace(profile=profile, clock=clock)
    return bench_of(instrument(settings, rehearsal), profile, clock)


class Wire(logging.Handler):
    """What the driver sends to one SMU: ``name = value`` and ``name(arguments)``, in order."""

    def __init__(self, resource):
        super().__init__(logging.DEBUG)
        self._begin = f"-> {resource} "
        self.sent = []

    def emit(self, record):
        line = record.getMessage()
        if line.startswith(self._begin):
            self.sent.append(line.removeprefix(self._begin))

    def take(self):
        sent, self.sent = self.sent, []
        return sent


@contextmanager
def listening(resource=GATE):
    """The `Wire` to one SMU of a bench that was opened at level DEBUG."""
    logger, wire = logging.getLogger("mho.drivers.ni_pxie_4139"), Wire(resource)
    logger.addHandler(wire)
    try:
        yield wire
    finally:
        logger.removeHandler(wire)
