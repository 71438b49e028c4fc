"""A cell with a gate, on three SMUs of a simulated 4200A, and all that happens at its terminals.

The gate is charge behind a resistor: charge moves the potential of the gate and the conductance
between drain and source. Grounded the gate runs down; open it keeps its charge.
"""

import math
import re
from contextlib import contextmanager
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
from benches import bench_of

from mho.clock import VirtualClock
from mho.device.model import Response, drive_at, undisturbed
from mho.device.profile import DeviceProfile, Dose, TerminalLimits
from mho.drivers.keithley_4200a.instrument import instrument
from mho.drivers.keithley_4200a.settings import KeithleySettings
from mho.rehearsal import World
from mho.sim_instruments.keithley_4200a import KeithleyOptions, serve_on_tcp, serve_on_visa
from mho.stimuli import OPEN, Source

OHMS = 1e7
FARADS = 1e-7
"""Coulombs that move the potential by 1 V; with the resistor, a second to run down."""

LOW, SLOPE = 5e-6, 40e-6
TERMINALS = {
    "gate": {"channel": "SMU2", "preamp": True},
    "drain": {"channel": "SMU1"},
    "source": {"channel": "SMU3"},
}
CHASSIS = {"smus": [{}, {"preamplifier": True}, {}]}


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

    def drive(self, moment, terminal, drive):
        if self.drives().get(terminal, OPEN) != drive:
            self.changes.append((moment, terminal, drive))
        super().drive(moment, terminal, drive)

    def at(self, terminal):
        """What has driven a terminal, in the order of time."""
        return [drive for _, name, drive in self.changes if name == terminal]


def assert_opened_at_zero(world, but=()):
    """No output has gone off while a voltage or a current was driven.

    But for the automatic standby at the end of a test, ``but`` for which levels.
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


@contextmanager
def simulated(
    device=None, *faults, tcp=False, profile=None, timeout=5.0, clock=None, **options
):  # fmt: skip
    """A bench, not yet entered, on a simulated 4200A with the device; and that 4200A."""
    device = device or GatedCell()
    instruments_clock = VirtualClock()
    wired = {name: TERMINALS[name] for name in device.terminals}
    running = (serve_on_tcp if tcp else serve_on_visa)(
        WatchedWorld(device, instruments_clock),
        {terminal["channel"]: name for name, terminal in wired.items()},
        options=KeithleyOptions.model_validate(
            {"noise": 0.0, "chassis": CHASSIS, "faults": faults, **options}
        ),
    )
    settings = KeithleySettings(
        connection=running.address, terminals=wired, terminator="none"
    ).model_copy(update={"timeout": timeout})  # shorter than a bench file may say
    benchs_clock = instruments_clock if clock is None else clock(instruments_clock)
    profile = profile or make_profile()
    try:
        rehearsal = SimpleNamespace(profile=profile, clock=benchs_clock)
        yield bench_of(instrument(settings, rehearsal), profile, benchs_clock), running.instrument
    finally:
        running.stop()


class Strictly:
    """A 4200A at whose gate only an open output is dark, and elsewhere only a source of 0 V."""

    def __init__(self, instrument):
        self._instrument = instrument
        self.world = SimpleNamespace(drives=self._drives)

    def _drives(self):
        return {
            name: drive._replace(level=drive.level or float(self._is_wrong(name, drive)))
            for name, drive in self._instrument.world.drives().items()
        }

    @staticmethod
    def _is_wrong(name, drive):
        return name == "gate" or drive.source is not Source.VOLTAGE


def messages(instrument):
    """Everything the instrument was told."""
    return [exchange.message for exchange in instrument.exchanges]


def assert_zero_before_off(told):
    """No SMU was told to go off but after a level of 0; a test leaves those in it at any level."""
    levels, defined = {}, set()
    for command in (command for message in told for command in message.split(";")):
        if command == "*RST":
            levels.clear()
        elif command == "DE":
            defined.clear()
        elif command == "ME1":
            levels |= dict.fromkeys(defined, "that of a test")
        elif match := re.fullmatch(r"CH(\d),.*", command):
            defined.add(match[1])
        elif match := re.fullmatch(r"D[VI](\d),\d+,([^,]+),[^,]+", command):
            levels[match[1]] = float(match[2])
        elif match := re.fullmatch(r"DV(\d)", command):
            assert not levels.pop(match[1], 0.0), command
