"""A constant level and its readings; the verify read is one of them."""

from collections.abc import Iterator
from dataclasses import dataclass

from mho.stimuli.score import Bar, Purpose, Score, Segment, Source
from mho.stimuli.segments import closing
from mho.stimuli.stimulus import Part

# What a closed loop needs at every step; a member of an enumeration is slow to look up.
_VOLTAGE, _READ = Source.VOLTAGE, Purpose.READ


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A constant level, read ``count`` times: every ``interval`` over its last ``aperture`` s.

    The trace has ``count`` points. A current source of 0 A makes it a voltmeter.
    """

    terminal: str
    level: float
    count: int
    interval: float
    aperture: float
    compliance: float
    source: Source = Source.VOLTAGE

    @property
    def terminals(self) -> tuple[str, ...]:
        """The terminal that is read."""
        return (self.terminal,)

    @property
    def short(self) -> tuple[Segment, ...]:
        """The segment of a single read."""
        return (self.segment(),) if self.count == 1 else ()

    def score(self) -> Score:
        """One segment, ``count`` times."""

        def write() -> Iterator[Bar]:
            if self.count > 0:
                yield Bar(((self.segment(),),), self.count)

        at_rest = (closing(self.compliance, self.source),)
        return Score(terminals=self.terminals, write=write, closing=at_rest)

    def segment(self) -> Segment:
        """The segment of each of its reads."""
        return Segment(
            self.level,
            self.interval,
            self.compliance,
            self.aperture,
            self.source,
            _READ,
        )

    def faults(self) -> Iterator[str]:
        """None."""
        return iter(())

    def parts(self) -> Iterator[Part]:
        """It is one."""
        yield self


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """A verify read at a voltage that leaves the state alone.

    The voltage is applied for ``settle + aperture`` seconds and the current is averaged over the
    last ``aperture`` seconds: at ``terminal`` if one is named, while the written one rests; else
    where the stimulus is.
    """

    voltage: float
    aperture: float
    compliance: float
    settle: float = 0.0
    terminal: str | None = None

    def segment(self) -> Segment:
        """The one segment of this read."""
        duration = self.settle + self.aperture
        return Segment(self.voltage, duration, self.compliance, self.aperture, _VOLTAGE, _READ)

    def at(self, terminal: str) -> "Hold":
        """The same as a stimulus of its own, there unless it names a terminal."""
        return Hold(
            terminal=self.terminal or terminal,
            level=self.voltage,
            count=1,
            interval=self.settle + self.aperture,
            aperture=self.aperture,
            compliance=self.compliance,
        )


def read_faults(verify: Read | None) -> Iterator[str]:
    """A read that settles for less than no time."""
    if verify is not None and not verify.settle >= 0:
        yield f"a read settling time of {verify.settle:g} s; it takes 0 s or more"
