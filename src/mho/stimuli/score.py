"""The score: what a stimulus does to each terminal, segment by segment on one time axis.

Everything that judges a stimulus or counts what it does looks at its score, never at its kind.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

MOST_RECORDED = 1000
"""Points of a terminal that a record of a waveform has at most: as many as a figure can show."""

RETURN_TO_ZERO = 50e-6
"""Seconds at rest that close every stimulus, so that the next one starts from a settled zero."""


class Source(StrEnum):
    """What drives a terminal: a voltage limited by a current, the reverse, or nothing."""

    VOLTAGE = "voltage"
    CURRENT = "current"
    OPEN = "open"


class Purpose(StrEnum):
    """What a segment is for: to change the device, to read it, or to let it stand."""

    PROGRAM = "program"
    READ = "read"
    HOLD = "hold"


class Drive(NamedTuple):
    """What drives a terminal: a voltage (V) limited by a current (A), or the reverse.

    An open terminal has neither (`OPEN`). Limits are magnitudes.
    """

    level: float
    limit: float
    source: Source = Source.VOLTAGE


OPEN = Drive(0.0, 0.0, Source.OPEN)
"""Nothing drives the terminal: its relay is open."""


class Segment(NamedTuple):
    """One terminal at one level for a duration (s), read over its last ``aperture`` s, or not.

    ``level`` is in volts and ``limit`` in amperes; where a current is the source, the reverse.
    """

    level: float
    duration: float
    limit: float
    aperture: float | None = None
    source: Source = Source.VOLTAGE
    purpose: Purpose = Purpose.HOLD

    @property
    def rests(self) -> bool:
        """Whether nothing is asked of the terminal: it may stand open, if that is how it rests."""
        return self.purpose is Purpose.HOLD and not self.level

    @property
    def drive(self) -> Drive:
        """The source, its level and its limit."""
        return Drive(self.level, self.limit, self.source)


class Bar(NamedTuple):
    """Segments that are played ``times`` in a row.

    ``parts`` has a tuple of segments for each terminal of the score; those at one place in these
    tuples begin and end together.
    """

    parts: tuple[tuple[Segment, ...], ...]
    times: int = 1

    def columns(self) -> Iterator[tuple[Segment, ...]]:
        """What stands at the terminals at the same time, in the order of time, once."""
        return zip(*self.parts, strict=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """What a stimulus does to its terminals, in run-length bars that are made as they are read.

    Attributes
    ----------
    terminals
        The terminals that are driven. An aperture in their segments is a reading of the trace.
    write
        Gives the bars, in the order of time, each time it is called.
    closing
        The segment at rest that ends the stimulus, at each terminal.
    takes
        Into how many parts of equal length an instrument may cut it.
    stops_in_compliance
        Whether it ends after the first reading at which the limit holds the output.
    pulses_read_shorter
        Whether what is not a read may be read over less than its aperture, at its end: an
        instrument may not integrate for as long as a pulse lasts.
    recorded
        Seconds from the beginning of which a record is wanted. An instrument that samples while it
        plays gives it with the trace: `MOST_RECORDED` points of a terminal at most, means over
        blocks of samples where there are more. Others give none.
    """

    terminals: tuple[str, ...]
    write: Callable[[], Iterator[Bar]]
    closing: tuple[Segment, ...]
    takes: int = 1
    stops_in_compliance: bool = False
    pulses_read_shorter: bool = False
    recorded: float = 0.0
    alike: list[tuple[int, ...]] = field(
        default_factory=list, init=False, repr=False, compare=False
    )
    """Which lines play the same, once somebody has looked; see `mho.stimuli.alike`."""

    def bars(self) -> Iterator[Bar]:
        """The bars in the order of time; without the closing return to rest."""
        return self.write()

    def columns(self) -> Iterator[tuple[Segment, ...]]:
        """All that is played, moment by moment, what repeats as often as it does, and closing."""
        for bar in self.bars():
            for _ in range(bar.times):
                yield from bar.columns()
        yield self.closing

    def at(self, terminal: str) -> Iterator[Segment]:
        """The segments of one terminal in the order of time, closing included."""
        index = self.terminals.index(terminal)
        for bar in self.bars():
            for _ in range(bar.times):
                yield from bar.parts[index]
        yield self.closing[index]

    @property
    def duration(self) -> float:
        """Seconds from the beginning to the end of the closing segment."""
        lasts = sum(bar.times * sum(one.duration for one in bar.parts[0]) for bar in self.bars())
        return lasts + self.closing[0].duration

    @property
    def readings(self) -> int:
        """How many readings the trace has, at most."""
        return sum(bar.times * _readings(bar.parts) for bar in self.bars())


def _readings(parts: tuple[tuple[Segment, ...], ...]) -> int:
    """How many segments are read; lines of an array share their parts, which are counted once."""
    different = {id(part): part for part in parts}
    read = {
        key: sum([segment.aperture is not None for segment in part])
        for key, part in different.items()
    }
    return sum([read[id(part)] for part in parts])
