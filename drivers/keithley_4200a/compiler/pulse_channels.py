"""What the channels of pulse cards play together in one test, and on which ranges."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import isinf

from mho.bench import ChannelLimits
from mho.drivers.keithley_4200a.codec.segment_arb import Segment, SegmentSequence
from mho.drivers.keithley_4200a.codec.standard_pulses import StandardPulses
from mho.drivers.keithley_4200a.ranges import MIN_SEGMENT, pulse_ranges
from mho.drivers.keithley_4200a.settings import PulseTerminal, pulse_limits
from mho.errors import LimitError, UnsupportedError
from mho.quantities import AMPERE, SECOND, VOLT
from mho.stimuli import Segment as ScoreSegment

Bar = tuple[tuple[int, tuple[Segment, ...]], ...]
"""What the channels play together, by their numbers: sequences of segments equally long."""

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
    def bars(self) -> tuple[Bar, ...]:
        """What Segment Arb plays one after the other, each on all channels."""
        numbers = [part.number for part in self.parts]
        played = [p.plays for p in self.parts if not isinstance(p.plays, StandardPulses)]
        return tuple(
            tuple(zip(numbers, (one.segments for one in together), strict=True))
            for together in zip(*played, strict=True)
        )

    @property
    def loops(self) -> tuple[int, ...]:
        """How often each bar is played; all channels alike."""
        first = self.parts[0].plays
        return () if isinstance(first, StandardPulses) else tuple(one.loops for one in first)

    @property
    def pulses(self) -> dict[int, StandardPulses]:
        """What standard pulses play, by channel."""
        return {p.number: p.plays for p in self.parts if isinstance(p.plays, StandardPulses)}

    @property
    def pauses(self) -> bool:
        """True if the card takes time of its own between the pulses."""
        return isinstance(self.parts[0].plays, StandardPulses)

    @property
    def kind(self) -> str:
        """Tests of one kind may follow each other without beginning the settings anew.

        Whether the sweep of another channel ends that of a first one is not documented.
        """
        return f"pulse sweep of channel {self.parts[0].number}" if self.pauses else SEGMENTS


@dataclass(frozen=True, slots=True, eq=False)
class PulseChannel:
    """One channel of a pulse card as the compiler sees it; a bench has one object for each."""

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
