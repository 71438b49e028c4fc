"""The output of one pulse channel: 50 ohm, load line, ranges and their overflow, status word.

The device models know voltage sources without resistance. The voltage that the load line leaves at
the device is found from the chord conductance of the device, when a level is set and again when it
is measured; in between it stays (an approximation where the device switches on the way).

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

TOLERANCE = 1e-3
"""The load line is met when the voltage is met to this part of the level."""

ROUNDS = 8

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
        self._conductance = 0.0
        self._level = 0.0
        self._volts: float | None = None
        self._compensated = True
        rpm = _RPM_CODES.get(connections.rpm_mode(channel.name), _CVU_BYPASS)
        self._word = (channel.number - 1) % 2 + 1 | limits.code << 2 | rpm << 24

    def open(self, moment: float) -> None:
        """Open the output relay (or the SSR)."""
        self._volts = None
        self._connections.drive(moment, self._channel.name, OPEN)

    def set(self, moment: float, level: float) -> None:
        """Go to ``level`` (V, as programmed), as far as the load line was known before."""
        self._level = level
        if not self._channel.output_on:  # switched off while it plays
            self._volts = None
            return
        self._drive(moment, self._goal(self._conductance))

    def settle(self, moment: float) -> float | None:
        """Meet the load line at ``moment``; returns the current (A), where it had to be read."""
        channel, current = self._channel, None
        for _ in range(ROUNDS):
            volts = self._volts if channel.output_on else None
            if not volts:
                break
            current = self._connections.read(moment, channel.name).current
            self._conductance = max(current / volts, 0.0)
            goal = self._goal(self._conductance)
            if abs(goal - volts) <= TOLERANCE * abs(self._level):
                break
            self._drive(moment, goal)
        return current

    def sense(self, moment: float, time: float, kind: int, samples: int) -> PulsePoint:
        """Measure at ``moment``: the mean of ``samples`` samples, stamped with ``time``."""
        met, volts, current = self.settle(moment), 0.0, 0.0
        if self._volts is not None and self._channel.output_on:
            volts = self._volts
            if met is None:
                met = self._connections.read(moment, self._channel.name).current
            current = met
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

    def _drive(self, moment: float, volts: float) -> None:
        self._volts = volts
        self._connections.drive(moment, self._channel.name, Drive(volts, self._limit))

    def _goal(self, conductance: float) -> float:
        """Volts at a device of ``conductance`` siemens."""
        divided = 1 + OUTPUT_RESISTANCE * conductance
        if self._channel.load_line_compensation:
            reach = self._largest / divided
            self._compensated = abs(self._level) <= reach
            return self._level if self._compensated else math.copysign(reach, self._level)
        open_loop = self._level * self._factor
        if abs(open_loop) > self._largest:
            open_loop = math.copysign(self._largest, open_loop)
        return open_loop / divided

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
