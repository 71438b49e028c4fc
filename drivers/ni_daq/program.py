"""What the card plays for one stimulus: levels on its sample clock, and which samples are read.

Sample ``n`` of an input is taken at the edge of the clock at which the outputs go to their sample
``n``; whether it still sees the level before is a matter of nanoseconds. So of a level from sample
``a`` to ``b`` only the inputs ``a + 1`` to ``b - 1`` are used.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Windows:
    """The readings of one terminal, or the points of its record, in the order of time.

    Attributes
    ----------
    starts, stops
        Samples from ... to (exclusive) over which each is averaged.
    moments
        When each ends (s), since the stimulus began.
    levels, limits
        The level (V) that was sent, in a record the mean, and the compliance (A).
    columns
        Numbers by which readings of several terminals are put in order: of a column of the score,
        or of a point of the record.
    """

    starts: Places
    stops: Places
    moments: Floats
    levels: Floats
    limits: Floats
    columns: Places

    def __len__(self) -> int:
        return len(self.starts)


@dataclass(frozen=True, slots=True)
class Program:
    """Levels of one or several terminals, segment by segment.

    Attributes
    ----------
    rate
        Samples a second.
    ends
        After how many samples each segment ends.
    levels
        By driven terminal, the level (V) of each segment.
    repeats
        How often the card plays all of it, the buffer regenerated.
    windows
        By terminal that is read.
    record
        By terminal that is measured throughout; empty where no record is wanted.
    voltages
        The terminals whose voltage input is read.
    streams
        Whether it is longer than a buffer, so that it is sent and read in blocks.
    """

    rate: float
    ends: Places
    levels: Mapping[str, Floats]
    repeats: int
    windows: Mapping[str, Windows]
    record: Mapping[str, Windows]
    voltages: tuple[str, ...]
    streams: bool

    @property
    def period(self) -> int:
        """Samples that are sent: all of them, or those of one repeat."""
        return int(self.ends[-1])

    @property
    def samples(self) -> int:
        """Samples that are played."""
        return self.period * self.repeats

    @property
    def duration(self) -> float:
        """Seconds."""
        return self.samples / self.rate

    @property
    def measured(self) -> tuple[str, ...]:
        """The terminals at which something is measured."""
        return tuple(dict.fromkeys((*self.windows, *self.record)))

    def rendered(self, outputs: Sequence[str], held: Mapping[str, float]) -> Floats:
        """All samples of one repeat, a row a terminal; those not driven are ``held`` (V)."""
        return self._block(outputs, held, 0, self.period)

    def blocks(
        self, outputs: Sequence[str], held: Mapping[str, float], size: int
    ) -> Iterator[Floats]:
        """The same in blocks of equal ``size``; then 0 V at what is driven, for ever."""
        for begin in range(0, self.period, size):
            yield self._block(outputs, held, begin, begin + size)
        rest = self._block(outputs, held, self.period, self.period + size)
        while True:
            yield rest

    def _block(
        self, outputs: Sequence[str], held: Mapping[str, float], begin: int, end: int
    ) -> Floats:
        """Samples from ... to (exclusive); beyond the last one, 0 V at what is driven."""
        last = min(end, self.period)
        first_segment = int(np.searchsorted(self.ends, begin, side="right"))
        last_segment = int(np.searchsorted(self.ends, last, side="left")) + 1
        chosen = slice(first_segment, last_segment)
        ends = np.minimum(self.ends[chosen], last)
        lengths = np.diff(ends, prepend=min(begin, last)) if len(ends) else ends
        block = np.zeros((len(outputs), end - begin))
        for row, name in zip(block, outputs, strict=True):
            if name not in self.levels:
                row[:] = held.get(name, 0.0)
            elif last > begin:
                row[: last - begin] = np.repeat(self.levels[name][chosen], lengths)
        return block
