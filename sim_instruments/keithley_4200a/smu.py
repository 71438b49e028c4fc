"""One source-measure unit: ranges, compliance, resolution and noise.

Limits are from the KXCI manual Rev. E pages 5-16, 5-32, 5-33 and the reference manual page 3-6.
Resolution and noise are assumed: the accuracy tables were not at hand.
"""

import math
from bisect import bisect_left
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from mho.sim_instruments.keithley_4200a.chassis import SmuCard
from mho.sim_instruments.keithley_4200a.connections import Connections
from mho.sim_instruments.keithley_4200a.status import Refused
from mho.stimuli import OPEN, Drive, Source

MAX_VOLTAGE = 210.0
LOW_RANGE_VOLTAGE = 21.0
"""Up to here the full current; above it a tenth (10.5 mA, high power 105 mA)."""

MIN_CURRENT_LIMIT = {False: 100e-9, True: 100e-12}
"""Smallest current compliance, without and with preamplifier: page 5-16."""

MIN_VOLTAGE_LIMIT = 20e-3
"""Smallest voltage compliance: reference manual page 3-12."""

DEFAULT_LOWEST_RANGE = {False: 100e-9, True: 1e-9}
"""Lowest autorange current range, without and with preamplifier: page 5-42."""

VOLTAGE_RANGES = (0.2, 2.0, 20.0, 200.0)
STEPS_PER_VOLT = {0.2: 200_000, 2.0: 20_000, 20.0: 2_000, 200.0: 200}
"""Source steps a volt: 1/40000 of the range. Assumed."""

NOISE = 2e-6
"""Standard deviation of a reading over one power line cycle, of its range. Assumed.

Readings have no steps of their own: the printed ones (``4.3555E-15``, page 2-11) are finer than any
range divided by its counts.
"""

CURRENT_NOISE_FLOOR = 1e-15
"""Amperes, over one power line cycle. Assumed."""

OVERRANGE = 1.05
"""A range reaches this far beyond its name (105 mA on 100 mA)."""


class SmuReading(NamedTuple):
    """One measurement. ``in_compliance``: a limit, not the level asked for, held the output."""

    voltage: float
    current: float
    in_compliance: bool


class Smu:
    """One SMU at its terminal. Moments are seconds on the instrument's clock."""

    def __init__(
        self,
        channel: str,
        card: SmuCard,
        connections: Connections,
        generator: np.random.Generator,
        *,
        noise: float,
        source_resolution: bool,
    ) -> None:
        self.channel, self.card = channel, card
        self._connections = connections
        self._normal = generator.standard_normal
        self._noise = noise
        self._source_resolution = source_resolution
        preamplifier = card.preamplifier
        decades = range(-12 if preamplifier else -7, 1 if card.high_power else 0)
        self.current_ranges = tuple(float(f"1e{decade}") for decade in decades)
        self._voltage_ranges = VOLTAGE_RANGES if preamplifier else VOLTAGE_RANGES[2:]
        self.max_current = 1.05 if card.high_power else 0.105
        self.reset()

    def reset(self) -> None:
        """Measurement settings as at power-up, for an output that is off."""
        self.reset_ranges()
        self.is_on = False

    def reset_ranges(self) -> None:
        """Measurement settings as at power-up; the output stays as it is."""
        self.lowest_range = DEFAULT_LOWEST_RANGE[self.card.preamplifier]
        self.fixed_range: float | None = None

    def check_voltage(self, level: float, limit: float) -> None:
        """Refuse what `apply_voltage` would refuse."""
        if not abs(level) <= MAX_VOLTAGE or not abs(limit) <= self.max_current:
            raise Refused(-993)
        self._check_power(limit, level)

    def check_current(self, level: float, limit: float) -> None:
        """Refuse what `apply_current` would refuse."""
        if not abs(level) <= self.max_current or not abs(limit) <= MAX_VOLTAGE:
            raise Refused(-993)
        self._check_power(level, limit)

    def apply_voltage(
        self, moment: float, level: float, limit: float, source_range: float | None = None
    ) -> None:
        """Source ``level`` volts, limited to ``limit`` amperes (raised to the smallest allowed)."""
        self.check_voltage(level, limit)
        limit = max(abs(limit), MIN_CURRENT_LIMIT[self.card.preamplifier])
        if self.fixed_range is not None:
            limit = min(limit, OVERRANGE * self.fixed_range)
        level = self._step(level, source_range)
        self.is_on = True
        self._connections.drive(moment, self.channel, Drive(level, limit))

    def apply_current(self, moment: float, level: float, limit: float) -> None:
        """Source ``level`` amperes, limited to ``limit`` volts; 0 A make it a voltmeter."""
        self.check_current(level, limit)
        limit = max(abs(limit), MIN_VOLTAGE_LIMIT)
        self.is_on = True
        self._connections.drive(moment, self.channel, Drive(level, limit, Source.CURRENT))

    def switch_off(self, moment: float) -> None:
        """Open the output."""
        self.is_on = False
        self._connections.drive(moment, self.channel, OPEN)

    def measure(self, moment: float, cycles: float) -> SmuReading:
        """Volts and amperes at ``moment``, averaged over ``cycles`` power line cycles."""
        if self._connections.interlock_is_open:
            return SmuReading(0.0, 0.0, False)
        voltage, current, limited = self._connections.read(moment, self.channel)
        root = math.sqrt(cycles)
        spread, floor = NOISE * self._noise / root, CURRENT_NOISE_FLOOR * self._noise / root
        return SmuReading(
            self._reading(voltage, self._voltage_range(voltage), spread, 0.0),
            self._reading(current, self._current_range(current), spread, floor),
            self.is_on and limited,
        )

    def in_compliance(self, moment: float) -> bool:
        """Whether a limit holds the output at ``moment``."""
        return self.is_on and self._connections.read(moment, self.channel).in_compliance

    def current_range_at(self, amperes: float) -> float:
        """The smallest current range that holds ``amperes``."""
        for step in self.current_ranges:
            if amperes <= step * OVERRANGE:
                return step
        raise Refused(-993)

    def _check_power(self, current: float, voltage: float) -> None:
        if abs(voltage) > LOW_RANGE_VOLTAGE and abs(current) > self.max_current / 10:
            raise Refused(-991)

    def _step(self, level: float, source_range: float | None) -> float:
        if source_range is None:
            source_range = self._voltage_range(level)
        elif source_range not in self._voltage_ranges or abs(level) > source_range * OVERRANGE:
            raise Refused(-993)
        if not self._source_resolution:
            return level
        steps = STEPS_PER_VOLT[source_range]
        return round(level * steps) / steps

    def _voltage_range(self, voltage: float) -> float:
        return _range(self._voltage_ranges, abs(voltage) / OVERRANGE)

    def _current_range(self, current: float) -> float:
        if self.fixed_range is not None:
            return self.fixed_range
        return _range(self.current_ranges, max(abs(current) / OVERRANGE, self.lowest_range))

    def _reading(self, value: float, span: float, spread: float, floor: float) -> float:
        if not spread:
            return value
        return value + max(spread * span, floor) * float(self._normal())


def _range(ranges: Sequence[float], magnitude: float) -> float:
    """The smallest one that holds it, or the largest."""
    return ranges[min(bisect_left(ranges, magnitude), len(ranges) - 1)]
