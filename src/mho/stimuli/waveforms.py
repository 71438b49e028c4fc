"""Waveforms: levels on several terminals at once."""

from collections.abc import Iterator
from dataclasses import dataclass

from mho.stimuli.hold import Read, read_faults
from mho.stimuli.kept_score import score_of
from mho.stimuli.score import Bar, Score, Segment, Source
from mho.stimuli.segments import beside, program
from mho.stimuli.stimulus import Part


@dataclass(frozen=True, slots=True, kw_only=True)
class Waveforms:
    """Levels on several terminals at once, piece by piece on one time axis, then a verify read.

    Attributes
    ----------
    terminal
        Where the verify read is taken, unless it names another; the others rest then.
    durations
        Length of each piece (s).
    levels
        For each driven terminal its name and one level (V) a piece.
    measured
        Numbers of the pieces, from 0, that are read over their second half at ``terminal``.
    recorded
        Whether a record of all pieces is wanted beside; see `mho.stimuli.Score`.

    The trace has the points of these pieces in the order of time, then the verify read.
    """

    terminal: str
    durations: tuple[float, ...]
    levels: tuple[tuple[str, tuple[float, ...]], ...]
    compliance: float
    verify: Read
    measured: tuple[int, ...] = ()
    recorded: bool = False

    @property
    def terminals(self) -> tuple[str, ...]:
        """The terminal that is read, then the others."""
        own = (self.terminal,) if self.measured else ()
        return tuple(dict.fromkeys((self._read_at, *own, *(name for name, _ in self.levels))))

    @property
    def _read_at(self) -> str:
        return self.verify.terminal or self.terminal

    @property
    def short(self) -> tuple[Segment, ...]:
        """Nothing; see its score."""
        return ()

    def score(self) -> Score:
        """A segment a piece at every terminal; the read at one of them."""
        return score_of(self, sum(self.durations) if self.recorded else 0.0)

    def bars(self) -> Iterator[Bar]:
        """Those of its score."""
        yield Bar(tuple(self._pieces(terminal) for terminal in self.terminals))
        read = self.verify.segment()
        rest = beside(read, self.compliance, Source.VOLTAGE)
        yield Bar(tuple((read if name == self._read_at else rest,) for name in self.terminals))

    def _pieces(self, terminal: str) -> tuple[Segment, ...]:
        """The pieces of one terminal; it rests in those for which it has no level."""
        durations = self.durations
        read = self.measured if terminal == self.terminal else ()
        levels = (*dict(self.levels).get(terminal, ()), *(0.0 for _ in durations))
        return tuple(
            program(
                level,
                duration,
                self.compliance,
                Source.VOLTAGE,
                duration / 2 if number in read else None,
            )
            for number, (level, duration) in enumerate(zip(levels, durations, strict=False))
        )

    def faults(self) -> Iterator[str]:
        """Levels and durations of different number, none at all, a read that cannot settle."""
        yield from read_faults(self.verify)
        if not self.durations:
            yield "it has no pieces"
        for number in self.measured:
            if not 0 <= number < len(self.durations):
                yield f"piece {number} is to be measured; there are {len(self.durations)}, from 0"
        names = [name for name, _ in self.levels]
        for name in dict.fromkeys(names):
            if names.count(name) > 1:
                yield f"{name} has levels {names.count(name)} times; it takes one row of them"
        for terminal, levels in self.levels:
            if len(levels) != len(self.durations):
                yield f"{len(levels)} levels at {terminal} for {len(self.durations)} durations"

    def parts(self) -> Iterator[Part]:
        """It cannot be taken apart."""
        return iter(())
