"""What a pulse card is told and answers in every mode: ranges, outputs, runs, data. Pure.

Source: 4200A-SCS KXCI Remote Control Programming, 4200A-KXCI-907-01 Rev. E, section 7; the bits of
the status word from the LPT manual 4200A-LPT-907-01 Rev. D, p. 6-23 (that KXCI prints the word in
hexadecimal is inferred from the printed example, p. 7-38).
"""

from dataclasses import dataclass
from math import nan
from typing import NamedTuple

from mho.drivers.keithley_4200a.codec.numerals import measured, numeral
from mho.errors import ReplyError

STANDARD_MODE, SEGMENT_MODE = ":PMU:INIT 0", ":PMU:INIT 1"
"""Standard pulses or Segment Arb; either clears all settings, sequences and data (p. 7-9)."""

EXECUTE = ":PMU:EXECUTE"
ABORT = ":PMU:ABORT"
RUNNING = ":PMU:TEST:STATUS?"

RPM_PULSE, RPM_SMU = 0, 2
"""What an RPM connects to its output."""


class PulsePoint(NamedTuple):
    """One spot mean, with the status word as it came, and the card's own time of it (s)."""

    voltage: float
    current: float
    in_compliance: bool
    status: str
    time: float


def rpm(channel: str, connects: int) -> str:
    """Connect an RPM (``PMU1-1``) to its pulse card or to an SMU."""
    return f":PMU:RPM:CONFIGURE {channel},{connects}"


def voltage_range(number: int, span: float) -> str:
    """Source and measure voltages on the 10 V or the 40 V range."""
    return f":PMU:SOURCE:RANGE {number},{numeral(span)}"


def current_range(number: int, top: float) -> str:
    """Measure currents on this range, fixed: no card takes more pulses to find another one."""
    return f":PMU:MEASURE:RANGE {number},2,{numeral(top)}"


def load(number: int, ohms: float) -> str:
    """The load that the voltage divider with the 50 ohm output is corrected for."""
    return f":PMU:LOAD {number},{numeral(ohms)}"


def output(number: int, on: bool) -> str:
    """Off acts at once, on when a test starts (p. 7-16)."""
    return f":PMU:OUTPUT:STATE {number},{on:d}"


def data_block(number: int, first: int, count: int) -> str:
    """Points of a channel, from 0, at most 2048 at a time (p. 7-7)."""
    return f":PMU:DATA:GET {number},{first},{count}"


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
        voltage, current, time, status = text.split(",")
        word = StatusWord(int(status, 16))
        values = measured(voltage), measured(current)
        stamp = measured(time)
    except ValueError:
        raise ReplyError(f'"{text[:80]}" is no point of a pulse card') from None
    if word.channel != (number - 1) % 2 + 1:
        raise ReplyError(f'"{text}" was measured by channel {word.channel} of its card')
    if word.skipped:
        values = nan, nan
    return PulsePoint(*values, word.in_compliance, status, stamp)


@dataclass(frozen=True, slots=True)
class StatusWord:
    """The status word of one point."""

    word: int

    @property
    def channel(self) -> int:
        """1 or 2: which channel of its card."""
        return self.word & 0b11

    @property
    def current_overflow(self) -> int:
        """-1 or +1 where the current was beyond its range, else 0."""
        return _sign(self.word >> 10)

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
