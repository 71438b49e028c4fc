"""What the channels of pulse cards play together in one test, and on which ranges."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import isinf

from mho.bench import ChannelLimits
from mho.drivers.keithley_4200a.codec.segment_arb import SegmentSequence
from mho.drivers.keithley_4200a.codec.standard_pulses import StandardPulses
from mho.drivers.keithley_4200a.ranges import MIN_SEGMENT, pulse_ranges
from mho.drivers.keithley_4200a.settings import PulseTerminal, pulse_limits
from mho.errors import LimitError, UnsupportedError
from mho.quantities import AMPERE, SECOND, VOLT
from mho.stimuli import Segment as ScoreSegment

SEGMENTS = "Segment Arb"
SILENT_CURRENT = 10e-3
"""What a channel that is not driven may measure: the smallest range that every card has."""


@dataclass(frozen=True, slots=True)
class ChannelPart:
    """What one channel plays in a test, and on which ranges (V, A)."""

    number: int
    plays: tuple[SegmentSequence, ...] | StandardPulses
    voltage_range: float
    current_range: float


@dataclass(frozen=True, slots=True)
class PulseTest:
    """One test of all channels; when its readings end (s), in that order, and whose they are."""

    parts: tuple[ChannelPart, ...]
    ends: tuple[float, ...]
    read_by: tuple[int, ...]
    duration: float

    @property
    def sequences(self) -> dict[int, tuple[SegmentSequence, ...]]:
        """What Segment Arb plays, by channel."""
        return {p.number: p.plays for p in self.parts if not isinstance(p.plays, StandardPulses)}

    @property
    def pulses(self) -> dict[int, StandardPulses]:
        """What standard pulses play, by channel."""
        return {p.number: p.plays for p in self.parts if isinstance(p.plays, StandardPulses)}

    @property
    def longest(self) -> int:
        """The largest number of sequences that a channel plays."""
        return max(map(len, self.sequences.values()), default=0)

    @property
    def pauses(self) -> bool:
        """True if the card takes time of its own between the pulses."""
        first = self.parts[0]
        return isinstance(first.plays, StandardPulses) and first.plays.sweeps

    @property
    def kind(self) -> str:
        """Tests of one kind may follow each other without beginning the settings anew.

        Whether a train ends the sweep that a channel played before is not documented.
        """
        first = self.parts[0]
        if not isinstance(first.plays, StandardPulses):
            return SEGMENTS
        return f"pulse sweep of channel {first.number}" if self.pauses else "pulse burst"


@dataclass(frozen=True, slots=True)
class PulseChannel:
    """One channel of a pulse card as the compiler sees it."""

    number: int
    rpm: bool
    transition: float
    limits: ChannelLimits

    @classmethod
    def of(cls, terminal: PulseTerminal) -> "PulseChannel":
        """The channel of a bench file."""
        return cls(terminal.number, terminal.rpm, terminal.transition, pulse_limits(terminal))

    def ranges(self, wanted: Iterable[ScoreSegment]) -> tuple[float, float]:
        """The voltage and the current range that hold all of ``wanted``.

        Raises
        ------
        LimitError
            There are none.
        UnsupportedError
            The transition of the bench file is too short for the voltage range.
        """
        wanted = list(wanted)
        level = max(abs(plateau.level) for plateau in wanted)
        compliance = max(plateau.limit for plateau in wanted)
        span, top = pulse_ranges(level, compliance, self.rpm)
        if isinf(span):
            raise LimitError(
                [
                    f"no ranges of {self.limits.instrument} hold {VOLT.show(level)} and "
                    f"{AMPERE.show(compliance)}"
                ]
            )
        if self.transition < MIN_SEGMENT[span]:
            raise UnsupportedError(
                f"a transition of {SECOND.show(self.transition)} is shorter than the "
                f"{SECOND.show(MIN_SEGMENT[span])} of the {VOLT.show(span)} range, which this needs"
            )
        return span, top
