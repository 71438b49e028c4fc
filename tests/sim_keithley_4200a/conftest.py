"""A simulated 4200A at the end of a wire without any transport, and devices to put on it."""

from dataclasses import dataclass, field

import pytest

from mho import plugins
from mho.clock import VirtualClock
from mho.device.model import Response
from mho.rehearsal import World
from mho.sim_instruments.keithley_4200a import DEFAULT_OPTIONS, KeithleyOptions
from mho.sim_instruments.keithley_4200a.instrument import Keithley4200A
from mho.sim_instruments.keithley_4200a.wire import Wire
from mho.stimuli import OPEN


def resistor(resistance=10e3):
    kind = plugins.load(plugins.DEVICES, "resistor")
    return kind.build(kind.parameters(resistance=resistance), 0)


@dataclass
class NotingDevice:
    """Resistors to ground that note every stretch of constant drives: (seconds, {terminal: V})."""

    resistance: float = 10e3
    terminals: tuple = ("TE", "gate")
    stretches: list = field(default_factory=list)

    def advance(self, drives, duration):
        levels = {terminal: round(drive.level, 12) for terminal, drive in drives.items()}
        self.stretches.append((round(duration, 12), levels))

    def respond(self, drives):
        found = {}
        for terminal in self.terminals:
            level, limit, _ = drives.get(terminal, OPEN)
            current = max(-limit, min(limit, level / self.resistance))
            found[terminal] = Response(
                current * self.resistance, current, abs(level / self.resistance) > limit
            )
        return found

    def state(self):
        return {}

    def restore(self, state):
        pass


class Line:
    """Talks to the instrument in text."""

    def __init__(self, device, wiring, clock, options):
        self.clock = clock
        self.device = device
        self.instrument = Keithley4200A(World(device, clock, 1), wiring, options)
        self.wire = Wire(self.instrument)

    def ask(self, message):
        (frame,) = self.wire.receive(message.encode() + b"\0")
        return frame.text.decode()

    def tell(self, *messages):
        """Send setters; none may fail."""
        for message in messages:
            assert self.ask(message) == "ACK", message
            assert self.error() is None, message

    def refused(self, message):
        """The code with which the last command is refused; None if it is not."""
        self.ask(":ERROR:LAST:CLEAR")
        self.ask(message)
        code = self.error()
        self.ask(":ERROR:LAST:CLEAR")
        return code

    def error(self):
        return self.instrument.status.last_error

    def value(self, message):
        """The number of a TI or TV reply."""
        return float(self.ask(message)[3:])

    def data(self, name):
        """The numbers of a buffer."""
        return [float(entry.lstrip("NCT")) for entry in self.ask(f"DO '{name}'").split(",")]

    def wait(self):
        for _ in range(3):
            if not int(self.ask("SP")) & 16:
                return
        raise AssertionError("it stays busy")

    def stretches(self):
        """What the device has gone through up to now."""
        self.instrument.world._reach(self.clock.now())
        return self.device.stretches

    def points(self, channel=1):
        """Pulse data as lists of texts."""
        reply = self.ask(f":PMU:DATA:GET {channel}")
        return [point.split(",") for point in reply.split(";")] if reply else []


@pytest.fixture
def connect():
    """``connect(device, wiring, **options)``: a `Line`; SMU1 at 10 kohm if bare."""

    def make(device=None, wiring=None, *, clock=None, **options):
        chosen = KeithleyOptions(**options) if options else DEFAULT_OPTIONS
        return Line(
            device or resistor(),
            {"SMU1": "TE"} if wiring is None else wiring,
            clock or VirtualClock(),
            chosen,
        )

    return make


@pytest.fixture
def noting():
    """The class of a device that notes its stretches."""
    return NotingDevice


@pytest.fixture
def make_resistor():
    return resistor
