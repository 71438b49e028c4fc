"""A scripted stand-in for a 4200A behind a link: notes every message, models only the outputs.

What it knows of the instrument is pessimistic: nothing but a message that says so switches an
output off, and an answer that came too late is the answer to the next read.
"""

import re
from dataclasses import dataclass, field

from mho.clock import VirtualClock
from mho.device.profile import DeviceProfile, Dose, TerminalLimits
from mho.errors import ConnectionFailed, InstrumentTimeout

IDENTITY = "KEITHLEY INSTRUMENTS,KI4200A,1442736,V1.8.1"

PROFILE = DeviceProfile(
    name="test cell",
    terminals={
        "gate": TerminalLimits(
            min_voltage=0, max_voltage=4, max_compliance=1e-3, bias=3.0, bias_compliance=1e-3
        ),
        "TE": TerminalLimits(min_voltage=-2.6, max_voltage=2.6, max_compliance=5e-3),
    },
    dose=Dose(max_pulses=1000, max_charge=1.0),
    set_polarity="positive",
    read_voltage=0.05,
    pulse_compliance=5e-3,
    read_compliance=1e-4,
    pulse_width=10e-3,
    contact_floor=5e-8,
)


def commands(messages):
    """Every command of messages by itself."""
    return [command for message in messages for command in message.split(";")]


@dataclass
class Scripted4200A:
    clock: VirtualClock = field(default_factory=VirtualClock)
    cards: str = "SMU1,SMUPA2,HPSMU3,PMU1RPM1-2"
    acknowledges: bool = True
    no_error: str = ""
    conductance: float = 1e-4
    per_point: float = 0.02
    faults: list = field(default_factory=list)
    error: str = ""
    log: list = field(default_factory=list)
    outputs: dict = field(default_factory=dict)
    leftovers: list = field(default_factory=list)
    connections: int = 0
    refuses_connection: bool = False
    never_ready: bool = False
    status_bits: int = 0
    letter: str = "N"
    busy_until: float = 0.0
    levels: list = field(default_factory=list)
    stops: bool = False
    limit_at: int | None = None
    last_letter: str = "C"
    stamp: float = 0.0
    sequences: dict = field(default_factory=dict)
    pulse_points: dict = field(default_factory=dict)
    burst: int = 1

    def connect(self):
        if self.refuses_connection:
            raise ConnectionFailed("nobody there")
        self.connections += 1
        return ScriptedLink(self)

    def take(self):
        """The messages since last time."""
        taken = list(self.log)
        self.log.clear()
        return taken

    def fault_for(self, message):
        for number, (prefix, kind) in enumerate(self.faults):
            if prefix in message:
                if kind != "always times out":
                    self.faults.pop(number)
                return kind
        return None

    def answer(self, message):
        self.log.append(message)
        reply = "ACK" if self.acknowledges else None
        parts = [message] if message.startswith((":", "*")) else message.split(";")
        for part in parts:
            found = self._carry_out(part)
            reply = found if found is not None else reply
        return reply

    def _carry_out(self, part):
        if part == "*IDN?":
            return IDENTITY
        if part == "*OPT?":
            return self.cards
        if part == ":ERROR:LAST:GET":
            return self.error or self.no_error
        if part == ":ERROR:LAST:CLEAR":
            self.error = ""
        if match := re.fullmatch(r"DV(\d)(?:,\d,([^,]+),([^,]+))?", part):
            self.outputs[int(match[1])] = None if match[2] is None else float(match[2])
        if match := re.fullmatch(r"TI(\d)", part):
            current = self.outputs[int(match[1])] * self.conductance
            return f"{self.letter}{'ABCDEFGH'[int(match[1]) - 1]}I{current: .4E}"
        if match := re.fullmatch(r"TV(\d)", part):
            return f"{self.letter}{'ABCD'[int(match[1]) - 1]}V{self.outputs[int(match[1])]: .4E}"
        return self._system_mode(part) or self._pulse_card(part)

    def _system_mode(self, part):
        if match := re.match(r"VL\d,1,[^,]+,(.*)", part):
            self.levels = [float(value) for value in match[1].split(",")]
        if match := re.match(r"VR1,([^,]+),([^,]+),([^,]+),", part):
            start, stop, step = map(float, match.groups())
            points = int(abs((stop - start) / step) + 1.5)
            self.levels = [start + index * step for index in range(points)]
        if match := re.match(r"VP [^,]+,[^,]+,(\d+),", part):
            self.levels *= int(match[1])
        if match := re.match(r"EC (\d)", part):
            self.stops = match[1] == "1"
        if part == "ME1" and self.stops and self.limit_at is not None:
            self.levels = self.levels[: self.limit_at]
        if match := re.match(r"NR (\d+)", part):
            self.levels = [0.1] * int(match[1])
        if part == "ME1":
            self.busy_until = self.clock.now() + self.per_point * len(self.levels)
        if part == "ME4":
            self.busy_until = 0.0
        if part == "SP":
            return str(self.status())
        if match := re.fullmatch(r"DO '([IV])\d(T?)'", part):
            values = self.levels
            if match[2]:
                values = [self.per_point * (i + 1) for i in range(len(values))]
                return ",".join(f"{value:.4E}" for value in values)
            scale = self.conductance if match[1] == "I" else 1.0
            letters = [self.letter] * len(values)
            if self.stops and self.limit_at is not None:
                letters[-1] = self.last_letter
            pairs = zip(letters, values, strict=True)
            return ",".join(f"{letter} {value * scale:.4E}" for letter, value in pairs)
        return None

    def status(self):
        busy = self.never_ready or self.clock.now() < self.busy_until
        return (16 if busy else 1) | self.status_bits

    def _pulse_card(self, part):
        if part.startswith(":PMU:INIT"):
            self.sequences.clear()
            self.pulse_points.clear()
            self.burst = 1
        if match := re.match(r":PMU:PULSE:BURST:COUNT (\d+)", part):
            self.burst = int(match[1])
        if match := re.match(r":PMU:PULSE:TRAIN (\d),0,", part):
            self.pulse_points[match[1]] = self.burst
        if match := re.match(r":PMU:SWEEP:PULSE:AMPLITUDE (\d),(.+),(.+),(.+),0,(\d)", part):
            start, stop, step = map(float, match.groups()[1:4])
            points = round((stop - start) / step + 1) * (1 + int(match[5]))
            self.pulse_points[match[1]] = points
        if match := re.match(r":PMU:SARB:SEQ:MEAS:TYPE(:ADD)? (\d,\d+),(.*)", part):
            ones = match[3].split(",").count("1")
            self.sequences[match[2]] = ones + (self.sequences[match[2]] if match[1] else 0)
        if match := re.match(r":PMU:SARB:WFM:SEQ:LIST (\d),(.*)", part):
            names = iter(match[2].split(","))
            self.pulse_points[match[1]] = sum(
                self.sequences.get(f"{match[1]},{name}", 0) * int(next(names)) for name in names
            )
        if match := re.match(r":PMU:OUTPUT:STATE (\d),([01])", part):
            self.outputs[f"PMU{match[1]}"] = 0.0 if match[2] == "1" else None
        if part == ":PMU:TEST:STATUS?":
            return "0"
        if match := re.match(r":PMU:DATA:GET (\d),(\d+),(\d+)", part):
            first, number = int(match[2]), int(match[3])
            found = range(first, min(first + number, self.pulse_points.get(match[1], 0)))
            return ";".join(
                f"{0.1 + index * 1e-6:.6g},1e-06,{index * self.stamp:.6g},0101003{match[1]}"
                for index in found
            )
        return None


class ScriptedLink:
    place = "the script"

    def __init__(self, instrument):
        self._instrument = instrument
        self.acknowledges = instrument.acknowledges
        self._replies = list(instrument.leftovers)
        self._late = []
        self._dead = False

    def write(self, message):
        if self._dead:
            raise ConnectionFailed("the connection is gone")
        self._replies += self._late
        self._late.clear()
        fault = self._instrument.fault_for(message)
        if isinstance(fault, BaseException):
            raise fault
        if fault == "drop":
            self._dead = True
            raise ConnectionFailed("the connection is gone")
        if callable(fault):
            fault()
        reply = self._instrument.answer(message)
        if isinstance(fault, tuple):
            reply = fault[1]
        if fault == "late":
            self._late.append(reply)
        elif reply is not None and fault not in ("lost", "always times out"):
            self._replies.append(reply)

    def read(self):
        if self._dead:
            raise ConnectionFailed("the connection is gone")
        if not self._replies:
            raise InstrumentTimeout("no answer")
        return self._replies.pop(0)

    def serial_poll(self):
        if self._dead:
            raise ConnectionFailed("the connection is gone")
        assert not self.acknowledges
        self._instrument.log.append("serial poll")
        status = self._instrument.status()
        self._instrument.status_bits = 0
        return status

    def drain(self):
        self._replies.clear()

    def close(self):
        self._dead = True
