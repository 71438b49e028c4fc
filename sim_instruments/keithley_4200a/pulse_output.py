"""The output of one pulse channel: 50 ohm, load line, ranges and their overflow, status word.

The world finds the voltage that the load line leaves at the device, of every channel whose output
is on: one that plays 0 V is at ground through its 50 ohm, too. Voltage and current are measured
behind the 50 ohm. Load line effect compensation is played as a source without resistance, as far as
the range reaches.

Noise and resolution are assumed: the accuracy tables were not at hand. Settling of the low current
ranges, which on the real RPM takes far longer than a short pulse, is not simulated.
"""

import math

import numpy as np

from mho.sim_instruments.keithley_4200a.connections import Connections, RpmMode
from mho.sim_instruments.keithley_4200a.pulse_channel import FIXED, PulseChannel, PulsePoint
from mho.sim_instruments.keithley_4200a.pulse_limits import MEASURE_RANGES, OUTPUT_RESISTANCE
from mho.stimuli import OPEN, Drive

NOISE = 1.5e-4
"""Standard deviation of one sample, as a part of the range. Assumed."""

STEPS = 2**13
"""Of a range, for each polarity (14 bits); they show in single samples. Assumed."""

ROUNDS = 8
"""In which the reach of a compensated channel is found."""

_RPM_CODES = {None: 0, RpmMode.PULSE: 1, RpmMode.SMU: 3}
_CVU_BYPASS = 4
SPOT_MEAN, WAVEFORM = 1, 2


class PulseOutput:
    """Drives the terminal of one channel during one run."""

    def __init__(
        self,
        channel: PulseChannel,
        connections: Connections,
        generator: np.random.Generator,
        noise: float,
    ) -> None:
        self._channel, self._connections = channel, connections
        self._normal = generator.standard_normal
        self._noise = NOISE * noise
        limits = channel.limits
        self._largest = limits.volts
        self._limit = limits.volts / OUTPUT_RESISTANCE
        self._factor = (channel.load + OUTPUT_RESISTANCE) / channel.load
        self._ranges = channel.measure_ranges
        self._range = channel.chosen_range
        self._level = 0.0
        self._driven = False
        self._compensated = True
        rpm = _RPM_CODES.get(connections.rpm_mode(channel.name), _CVU_BYPASS)
        self._word = (channel.number - 1) % 2 + 1 | limits.code << 2 | rpm << 24

    def open(self, moment: float) -> None:
        """Open the output relay (or the SSR)."""
        self._driven = False
        self._connections.drive(moment, self._channel.name, OPEN)

    def set(self, moment: float, level: float) -> None:
        """Go to ``level`` (V, as programmed)."""
        self._level = level
        self._driven = self._channel.output_on  # it may be switched off while it plays
        if not self._driven:
            return
        if self._channel.load_line_compensation:
            self._drive(moment, level, 0.0)
            return
        volts = level * self._factor
        if abs(volts) > self._largest:
            volts = math.copysign(self._largest, volts)
        self._drive(moment, volts, OUTPUT_RESISTANCE)

    def settle(self, moment: float) -> None:
        """See at ``moment`` how far a compensated channel reaches, the others at their levels."""
        channel = self._channel
        if not (self._driven and channel.output_on and channel.load_line_compensation):
            return
        for _ in range(ROUNDS):
            current = self._connections.read(moment, channel.name).current
            reach = self._largest - OUTPUT_RESISTANCE * abs(current)
            self._compensated = abs(self._level) <= reach
            if self._compensated:
                return
            volts, _, _ = self._connections.read(moment, channel.name)
            left = self._largest / (1 + OUTPUT_RESISTANCE * abs(current / volts if volts else 0.0))
            self._drive(moment, math.copysign(left, self._level), 0.0)

    def sense(self, moment: float, time: float, kind: int, samples: int) -> PulsePoint:
        """Measure at ``moment``: the mean of ``samples`` samples, stamped with ``time``."""
        self.settle(moment)
        volts = current = 0.0
        if self._driven and self._channel.output_on:
            volts, current, _ = self._connections.read(moment, self._channel.name)
        span = self._span(current)
        if self._noise:
            spread = self._noise / math.sqrt(samples)
            volts += spread * self._largest * float(self._normal())
            current += spread * span * float(self._normal())
        if samples == 1:
            volts, current = _digitise(volts, self._largest), _digitise(current, span)
        volts, volts_over = _clip(volts, self._largest)
        current, current_over = _clip(current, span)
        word = self._word | MEASURE_RANGES.index(span) << 4 | kind << 16
        word |= volts_over << 8 | current_over << 10
        if self._channel.load_line_compensation:
            word |= 1 << 28 | (1 << 29 if self._compensated else 1 << 12)
        return PulsePoint(volts, current, time, word)

    def _drive(self, moment: float, volts: float, resistance: float) -> None:
        drive = Drive(volts, self._limit)
        self._connections.drive(moment, self._channel.name, drive, resistance)

    def _span(self, current: float) -> float:
        if self._channel.measure_kind == FIXED:
            return self._range
        lowest = 0.0 if self._channel.measure_kind == 0 else self._range
        for span in self._ranges:
            if span >= lowest and abs(current) <= span:
                return span
        return self._ranges[-1]


def _digitise(value: float, span: float) -> float:
    step = span / STEPS
    return round(value / step) * step


def _clip(value: float, span: float) -> tuple[float, int]:
    """The value within its range, and the overflow bits: 1 negative, 2 positive."""
    if value > span:
        return span, 2
    if value < -span:
        return -span, 1
    return value, 0
