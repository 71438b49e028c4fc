"""One channel as the two-letter pulse commands set it up: levels, times, and the shape of a pulse.

4200A-SCS reference manual pages 9-62 to 9-65.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

from mho.sim_instruments.keithley_4200a.pulse_channel import PulseChannel
from mho.sim_instruments.keithley_4200a.pulse_output import PulseOutput
from mho.sim_instruments.keithley_4200a.segments import Segment
from mho.sim_instruments.keithley_4200a.status import Refused

SOURCE_RANGES = {5.0: 10.0, 20.0: 40.0}
"""Range of ``PV``, named by what it gives into 50 ohm -> source range of ``:PMU:``."""


class Limits(NamedTuple):
    """Shortest times (s) of a range: page 9-62."""

    period: float
    width: float
    edge: float


SHORTEST = {5.0: Limits(10e-9, 10e-9, 10e-9), 20.0: Limits(500e-9, 250e-9, 50e-9)}
LONGEST_PERIOD, LONGEST_EDGE, SHORTEST_GAP = 1.0, 33e-3, 10e-9

SLACK = 1e-12
"""Seconds; sums of decimal times are not exact."""


@dataclass(slots=True)
class SourceChannel:
    """What the two-letter commands have set up for one channel; as ``PS`` leaves it."""

    number: int
    load: float = 50.0  # unverified
    width: float = 500e-9
    rise: float = 100e-9
    fall: float = 100e-9
    high: float = 0.0  # unverified
    low: float = 0.0
    range: float = 5.0
    current_limit: float = 0.105  # unverified, and without effect
    trigger_source: int = 0
    delay: float = 0.0
    is_complement: bool = False
    output: PulseOutput | None = None  # None: its relay is open
    settings: PulseChannel | None = field(default=None, repr=False)

    @property
    def card(self) -> int:
        """Which pulse card, from 1."""
        return (self.number + 1) // 2

    @property
    def levels(self) -> tuple[float, float]:
        """Volts at rest, and volts of the pulse."""
        return (self.high, self.low) if self.is_complement else (self.low, self.high)

    def pulse(self, period: float) -> tuple[Segment, ...]:
        """One period; the width is that at half height.

        Raises
        ------
        Refused
            -967 if the times do not fit together, or not the range.
        """
        shortest = SHORTEST[self.range]
        edges = (self.rise + self.fall) / 2
        claims = (
            period >= shortest.period - SLACK,
            shortest.width - SLACK <= self.width <= period - SHORTEST_GAP + SLACK,
            min(self.rise, self.fall) >= shortest.edge - SLACK,
            self.width >= edges - SLACK,
            self.delay + self.width + edges <= period + SLACK,
        )
        if not all(claims):
            raise Refused(-967)
        rest, level = self.levels
        shape = (
            Segment(self.delay, rest, rest),
            Segment(self.rise, rest, level),
            Segment(self.width - edges, level, level),
            Segment(self.fall, level, rest),
            Segment(period - self.delay - self.width - edges, rest, rest),
        )
        return tuple(segment for segment in shape if segment.duration > SLACK)
