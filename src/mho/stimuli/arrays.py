"""What is applied to all lines of an array at once: a product with its cells, an outer product."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, groupby

from mho.stimuli.kept_score import score_of
from mho.stimuli.score import Bar, Purpose, Score, Segment, Source
from mho.stimuli.stimulus import Part

Slots = tuple[tuple[int, ...], ...]
"""For each slot of time a -1, 0 or 1 for each line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Multiply:
    """Voltages on lines at one end of the cells; the currents at those of the other end, at 0 V.

    The trace has one point for each of ``outputs``, in their order: by Ohm and Kirchhoff the sum of
    voltage times conductance, times -1, for currents are positive into a terminal.

    Attributes
    ----------
    inputs
        Name of each driven line and its level (V).
    settle, aperture
        Seconds before, and of, the reading.
    """

    inputs: tuple[tuple[str, float], ...]
    outputs: tuple[str, ...]
    aperture: float
    compliance: float
    settle: float = 0.0

    @property
    def terminal(self) -> str:
        """The first line that is read."""
        return self.outputs[0]

    @property
    def terminals(self) -> tuple[str, ...]:
        """The lines that are read, then those that are driven."""
        return (*self.outputs, *(name for name, _ in self.inputs))

    @property
    def short(self) -> tuple[Segment, ...]:
        """Nothing; see its score."""
        return ()

    def score(self) -> Score:
        """One segment at every line."""
        return score_of(self)

    def bars(self) -> Iterator[Bar]:
        """The one of its score."""
        duration = self.settle + self.aperture

        def segment(level: float, aperture: float | None) -> tuple[Segment, ...]:
            return (
                Segment(level, duration, self.compliance, aperture, Source.VOLTAGE, Purpose.READ),
            )

        read = segment(0.0, self.aperture)
        yield Bar(
            (*(read for _ in self.outputs), *(segment(level, None) for _, level in self.inputs))
        )

    def faults(self) -> Iterator[str]:
        """No lines, a line at both ends, a reading that settles for less than no time."""
        if not self.outputs or not self.inputs:
            yield "a product needs lines that are driven and lines that are read"
        yield from _twice(self.terminals)
        if not self.settle >= 0:
            yield f"a settling time of {self.settle:g} s; it takes 0 s or more"

    def parts(self) -> Iterator[Part]:
        """It cannot be taken apart."""
        return iter(())


@dataclass(frozen=True, slots=True, kw_only=True)
class OuterProduct:
    """Pulses of half the amplitude on rows and columns: where both fire, a cell is written.

    In each slot a row that fires takes half of ``amplitude``, by the sign of its entry, and a
    column that fires minus half of it. A cell between both sees the sum of their signs times half
    of the amplitude: the whole where they agree, half of it where one fires alone, nothing where
    they disagree. Slots in which nothing fires are left out; the last one that is played is read at
    the first row, over its second half: the one point of the trace.

    Attributes
    ----------
    rows, columns
        Names of the lines.
    row_slots, column_slots
        An entry of -1, 0 or 1 for each slot and line.
    amplitude
        Volts over a cell that is written, with its sign.
    width, gap
        Seconds of a slot, and at 0 V after it.
    """

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    row_slots: Slots
    column_slots: Slots
    amplitude: float
    width: float
    compliance: float
    gap: float = 0.0

    @property
    def terminal(self) -> str:
        """The first row."""
        return self.rows[0]

    @property
    def terminals(self) -> tuple[str, ...]:
        """Rows, then columns."""
        return (*self.rows, *self.columns)

    @property
    def short(self) -> tuple[Segment, ...]:
        """Nothing; see its score."""
        return ()

    def score(self) -> Score:
        """A bar for each slot, or for several that are alike; what nothing fires in is left out."""
        return score_of(self)

    def bars(self) -> Iterator[Bar]:
        """Those of its score; slots that are alike share their parts."""
        half, slots, gap = self.amplitude / 2, self._fired, self._gap
        by_row = {entry: (self._segment(half * entry), *gap) for entry in (-1, 0, 1)}
        by_column = {entry: (self._segment(-half * entry), *gap) for entry in (-1, 0, 1)}
        known: dict[tuple[tuple[int, ...], ...], tuple[tuple[Segment, ...], ...]] = {}
        for number, (rows, columns, times) in enumerate(slots, start=1):
            parts = known.get((rows, columns))
            if parts is None:
                parts = (*map(by_row.__getitem__, rows), *map(by_column.__getitem__, columns))
                known[rows, columns] = parts
            last = number == len(slots)
            if not last or times > 1:
                yield Bar(parts, times - 1 if last else times)
            if last:
                read = self._segment(half * rows[0], self.width / 2)
                yield Bar(((read, *gap), *parts[1:]))

    @property
    def _fired(self) -> list[tuple[tuple[int, ...], tuple[int, ...], int]]:
        """Slots in which something fires, and how often each comes in a row."""
        slots = zip(self.row_slots, self.column_slots, strict=False)
        fired = ((rows, columns) for rows, columns in slots if any(rows) or any(columns))
        return [(*slot, sum(1 for _ in alike)) for slot, alike in groupby(fired)]

    # A line that does not fire is held at 0 V: an open one would let its cells share ions.
    def _segment(self, level: float, aperture: float | None = None) -> Segment:
        return Segment(
            level, self.width, self.compliance, aperture, Source.VOLTAGE, Purpose.PROGRAM
        )

    @property
    def _gap(self) -> tuple[Segment, ...]:
        if not self.gap:
            return ()
        return (Segment(0.0, self.gap, self.compliance, None, Source.VOLTAGE, Purpose.PROGRAM),)

    def faults(self) -> Iterator[str]:
        """Slots that do not fit the lines, entries that are no sign, a line twice."""
        if not self.rows or not self.columns:
            yield "an outer product needs rows and columns"
        yield from _twice(self.terminals)
        if len(self.row_slots) != len(self.column_slots):
            yield f"{len(self.row_slots)} slots of rows for {len(self.column_slots)} of columns"
        for what, names, slots in (
            ("rows", self.rows, self.row_slots),
            ("columns", self.columns, self.column_slots),
        ):
            if any(len(slot) != len(names) for slot in slots):
                yield f"a slot has not one entry for each of {len(names)} {what}"
            if not {-1, 0, 1}.issuperset(chain.from_iterable(slots)):
                yield f"an entry of {what} is none of -1, 0, 1"
        if not self.gap >= 0:
            yield f"a gap of {self.gap:g} s; it takes 0 s or more"

    def parts(self) -> Iterator[Part]:
        """It cannot be taken apart."""
        return iter(())


def _twice(names: tuple[str, ...]) -> Iterator[str]:
    for name, times in Counter(names).items():
        if times > 1:
            yield f"{name} is named {times} times; a line has one level"
