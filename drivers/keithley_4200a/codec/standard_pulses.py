"""Standard pulses of KXCI: one pulse of each amplitude. Pure.

Source: 4200A-SCS KXCI Remote Control Programming, 4200A-KXCI-907-01 Rev. E, p. 7-13 to 7-32. That
the window of a reading is given in fractions of the pulse top is said of the LPT commands only
(Reference Manual 4200A-901-01 Rev. C, p. 5-74).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import floor, log10

from mho.drivers.keithley_4200a.codec.numerals import moment, numeral
from mho.drivers.keithley_4200a.ranges import (
    MAX_PULSE_READINGS,
    MAX_SAMPLE_RATE,
    MIN_SAMPLE_RATE,
)

WINDOW = 0.5, 0.9
"""Where on its top a pulse is read: about the second half (unverified)."""

_STEP_DIGITS = 8


@dataclass(frozen=True, slots=True)
class StandardPulses:
    """Pulses from 0 V: ``count`` of them, evenly spaced from ``start`` to ``stop`` (V).

    With ``dual`` they go there and back, ``stop`` twice, and ``count`` is the way there. ``width``
    runs from the start of the rising to the start of the falling edge, both ``transition`` long
    (s). As the edges are alike, it is also the width at half the amplitude.
    """

    start: float
    stop: float
    count: int
    dual: bool
    period: float
    width: float
    transition: float

    @property
    def sweeps(self) -> bool:
        """True if the amplitudes differ."""
        return self.start != self.stop

    @property
    def readings(self) -> int:
        """One a pulse."""
        return self.count * (1 + self.dual)

    @property
    def top(self) -> float:
        """Length of the flat top (s)."""
        return self.width - self.transition

    @property
    def end_of_window(self) -> float:
        """When the reading of a pulse ends (s after the start of its rising edge)."""
        return self.transition + WINDOW[1] * self.top

    @property
    def sample_rate(self) -> float:
        """Fast as can be while all samples fit (1/s)."""
        begin, end = WINDOW
        fitting = MAX_PULSE_READINGS / ((end - begin) * self.top * self.readings)
        return min(fitting, MAX_SAMPLE_RATE)

    @property
    def can_be_sampled(self) -> bool:
        """True if the slowest sampling is slow enough."""
        return self.sample_rate >= MIN_SAMPLE_RATE

    def silent(self) -> "StandardPulses":
        """0 V for as long."""
        return StandardPulses(
            0.0, 0.0, self.readings, False, self.period, self.width, self.transition
        )


def settings(channels: Mapping[int, StandardPulses]) -> dict[tuple[int, str], str]:
    """Messages that make channels play, by channel and content (0: for all); the first is read.

    As `INIT` leaves it, spot means are measured (p. 7-13) of one pulse of each amplitude (p. 7-17).
    Channels that are not read measure the high level only, too: a window on the low level could be
    so long that no sample rate fits. Load-line compensation stays off, as `INIT` leaves it: it
    would add pulses (Pulse Card manual 4200A-PMU-900-01 Rev. B, p. 3-20).
    """
    (first, read), *_ = channels.items()
    found = {
        (0, "RATE"): f":PMU:SAMPLE:RATE {_rounded_down(read.sample_rate)}",
        (first, "WINDOW"): f":PMU:TIMES:PIV {first},{WINDOW[0]},{WINDOW[1]}",
    }
    for number, pulses in channels.items():
        found[number, "PIV"] = f":PMU:MEASURE:PIV {number},1,0"
        found[number, "TIMES"] = _times(number, pulses)
        found[number, "PULSES"] = _levels(number, pulses)
    return found


def _times(number: int, pulses: StandardPulses) -> str:
    edge = moment(pulses.transition)
    times = f"{moment(pulses.period)},{moment(pulses.width)},{edge},{edge},0"
    return f":PMU:PULSE:TIMES {number},{times}"


def _levels(number: int, pulses: StandardPulses) -> str:
    """A sweep's number of points is rounded to the nearest (Pulse Card manual, p. 3-7)."""
    if not pulses.sweeps:
        return f":PMU:PULSE:TRAIN {number},0,{numeral(pulses.start)}"
    step = (pulses.stop - pulses.start) / (pulses.count - 1)
    levels = f"{numeral(pulses.start)},{numeral(pulses.stop)},{step:.{_STEP_DIGITS}g}"
    return f":PMU:SWEEP:PULSE:AMPLITUDE {number},{levels},0,{pulses.dual:d}"


def _rounded_down(rate: float) -> str:
    """To three digits."""
    digit = 10.0 ** (floor(log10(rate)) - 2)
    return numeral(floor(rate / digit * (1 + 1e-9)) * digit)
