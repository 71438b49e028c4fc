"""Segment Arb commands and data of KXCI: what goes to and comes from a pulse card. Pure.

Source: 4200A-SCS KXCI Remote Control Programming, 4200A-KXCI-907-01 Rev. E, section 7; the bits of
the status word from the LPT manual 4200A-LPT-907-01 Rev. D, p. 6-23 (that KXCI prints the word in
hexadecimal is inferred from the printed example, p. 7-38).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import nan
from typing import NamedTuple

from mho.drivers.keithley_4200a.numerals import measured, moment, numeral
from mho.drivers.keithley_4200a.ranges import MAX_POINTS_IN_REPLY, MAX_SEGMENTS_IN_MESSAGE
from mho.errors import ReplyError

EXECUTE = ":PMU:EXECUTE"
ABORT = ":PMU:ABORT"
RUNNING = ":PMU:TEST:STATUS?"
SEGMENT_MODE = ":PMU:INIT 1"

RPM_PULSE, RPM_SMU = 0, 2
"""What an RPM connects to its output."""

_SPOT_MEAN = 1


class Segment(NamedTuple):
    """A straight line from ``start`` to ``stop`` (V), read over ``window`` (s within it) or not."""

    duration: float
    start: float
    stop: float
    window: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class SegmentSequence:
    """Segments played one after the other, ``loops`` times."""

    segments: tuple[Segment, ...]
    loops: int = 1


class PulsePoint(NamedTuple):
    """One spot mean, with the status word as it came."""

    voltage: float
    current: float
    in_compliance: bool
    status: str


def rpm(channel: str, connects: int) -> str:
    """Connect an RPM (``PMU1-1``) to its pulse card or to an SMU."""
    return f":PMU:RPM:CONFIGURE {channel},{connects}"


def voltage_range(number: int, span: float) -> str:
    """Source and measure voltages on the 10 V or the 40 V range."""
    return f":PMU:SOURCE:RANGE {number},{numeral(span)}"


def current_range(number: int, top: float) -> str:
    """Measure currents on this range, the only way that Segment Arb takes."""
    return f":PMU:MEASURE:RANGE {number},2,{numeral(top)}"


def load(number: int, ohms: float) -> str:
    """The load that the voltage divider with the 50 ohm output is corrected for."""
    return f":PMU:LOAD {number},{numeral(ohms)}"


def output(number: int, on: bool) -> str:
    """Off acts at once, on when a test starts (p. 7-16)."""
    return f":PMU:OUTPUT:STATE {number},{on:d}"


def data_count(number: int) -> str:
    """How many points a channel has."""
    return f":PMU:DATA:COUNT? {number}"


def data_block(number: int, first: int, count: int) -> str:
    """Points of a channel, from 0, at most 2048 at a time (p. 7-7)."""
    return f":PMU:DATA:GET {number},{first},{min(count, MAX_POINTS_IN_REPLY)}"


def definition(number: int, name: int, segments: Sequence[Segment]) -> dict[str, list[str]]:
    """Messages that define sequence ``name`` of a channel, by what they define.

    Arrays longer than 128 go on in further messages. Segments that are not read have an empty
    window: the LPT layer has an error (-823) for anything else.
    """
    windows = [segment.window or (0.0, 0.0) for segment in segments]
    columns = {
        "TIME": [moment(segment.duration) for segment in segments],
        "STARTV": [numeral(segment.start) for segment in segments],
        "STOPV": [numeral(segment.stop) for segment in segments],
        "MEAS:TYPE": [str(_SPOT_MEAN * (segment.window is not None)) for segment in segments],
        "MEAS:START": [moment(start) for start, _ in windows],
        "MEAS:STOP": [moment(stop) for _, stop in windows],
    }
    return {
        column: [
            f":PMU:SARB:SEQ:{column}{':ADD' if first else ''} {number},{name},"
            + ",".join(values[first : first + MAX_SEGMENTS_IN_MESSAGE])
            for first in range(0, len(values), MAX_SEGMENTS_IN_MESSAGE)
        ]
        for column, values in columns.items()
    }


def waveform(number: int, names_and_loops: Iterable[tuple[int, int]]) -> str:
    """What a channel plays: names of sequences, and how often each."""
    played = ",".join(f"{name},{loops}" for name, loops in names_and_loops)
    return f":PMU:SARB:WFM:SEQ:LIST {number},{played}"


def waveforms(
    channels: Mapping[int, Sequence[SegmentSequence]], first_name: int = 1
) -> dict[tuple[int, str], list[str]]:
    """Messages that make several channels play their sequences at once, by channel and content.

    The channels must last equally long; that is for the caller to see to.
    """
    found: dict[tuple[int, str], list[str]] = {}
    for number, sequences in channels.items():
        names = range(first_name, first_name + len(sequences))
        for name, sequence in zip(names, sequences, strict=True):
            for column, lines in definition(number, name, sequence.segments).items():
                found[number, f"{name} {column}"] = lines
        loops = [sequence.loops for sequence in sequences]
        found[number, "WFM"] = [waveform(number, zip(names, loops, strict=True))]
    return found


def running(reply: str) -> bool:
    """Read the answer to `RUNNING`.

    Raises
    ------
    ReplyError
        Neither 0 nor 1.
    """
    if reply not in ("0", "1"):
        raise ReplyError(f'"{reply}" does not say whether a pulse test runs')
    return reply == "1"


def count(reply: str) -> int:
    """Read a number of points.

    Raises
    ------
    ReplyError
        Not a whole number.
    """
    if not reply.isdecimal():
        raise ReplyError(f'"{reply}" is no number of points')
    return int(reply)


def data(reply: str, number: int) -> list[PulsePoint]:
    """Read ``V,I,T,S;V,I,T,S``; ``number`` is the channel that must have measured them.

    Raises
    ------
    ReplyError
        Not points of four fields, or points of another channel.
    """
    return [_point(text, number) for text in reply.split(";") if text]


def _point(text: str, number: int) -> PulsePoint:
    try:
        voltage, current, _, status = text.split(",")
        word = StatusWord(int(status, 16))
        values = measured(voltage), measured(current)
    except ValueError:
        raise ReplyError(f'"{text[:80]}" is no point of a pulse card') from None
    if word.channel != (number - 1) % 2 + 1:
        raise ReplyError(f'"{text}" was measured by channel {word.channel} of its card')
    if word.skipped:
        values = nan, nan
    return PulsePoint(*values, word.in_compliance, status)


@dataclass(frozen=True, slots=True)
class StatusWord:
    """The status word of one point."""

    word: int

    @property
    def channel(self) -> int:
        """1 or 2: which channel of its card."""
        return self.word & 0b11

    @property
    def voltage_range(self) -> float:
        """Volts."""
        return (10.0, 40.0, nan, nan)[self.word >> 2 & 0b11]

    @property
    def current_range(self) -> float:
        """Amperes."""
        tops = (100e-9, 1e-6, 10e-6, 100e-6, 1e-3, 10e-3, 200e-3, 800e-3)
        return dict(enumerate(tops)).get(self.word >> 4 & 0xF, nan)

    @property
    def voltage_overflow(self) -> int:
        """-1 or +1 where the voltage was beyond its range, else 0."""
        return _sign(self.word >> 8)

    @property
    def current_overflow(self) -> int:
        """-1 or +1 where the current was beyond its range, else 0."""
        return _sign(self.word >> 10)

    @property
    def threshold(self) -> bool:
        """A current, voltage or power threshold was met."""
        return bool(self.word >> 12 & 0b1110)

    @property
    def source_compliance(self) -> bool:
        """The source could not reach its level."""
        return bool(self.word >> 12 & 1)

    @property
    def skipped(self) -> bool:
        """The point was not measured."""
        return bool(self.word >> 30 & 1)

    @property
    def in_compliance(self) -> bool:
        """The source did not reach its level, or the current was beyond its range."""
        return self.source_compliance or self.current_overflow != 0


def _sign(bits: int) -> int:
    return (0, -1, 1, 0)[bits & 0b11]
