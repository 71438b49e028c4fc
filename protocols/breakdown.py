"""A gate that breaks down while it is written: it conducts far better at once, and goes on so.

One rule for every protocol that writes at one terminal and reads at another. What counts is the
conductance of that terminal in a pulse, measured current over measured voltage, for it says the
same of a pulse of a voltage and of a charge that a current writes (whose voltage falls). A pulse is
suspicious where that is ``breakdown_factor`` of the profile times the most that any sound one
before it conducted, of either sign, at a level within some tenth; three suspicious ones in a row
are a breakdown, for one may be a disturbance. So a state that moves its potential from pulse to
pulse is no breakdown, nor is noise about nothing, nor a cell that no more ions fit in and that
takes them out again. What the first three pulses of a sign draw has nothing to be held against,
unless the profile says what a sound device conducts (``sound_leakage``): then no pulse may conduct
``breakdown_factor`` times as much, from the first one on.
"""

from collections.abc import Callable, Generator, Iterator
from functools import wraps
from math import inf, isfinite, log, nan
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from mho.bench import Bench
from mho.bench.around import AroundBench
from mho.readings import Reading, Trace
from mho.stimuli import Purpose, Segment, Source, Stimulus

IN_A_ROW = 3
"""Suspicious pulses that are a breakdown."""

BREAKDOWN = "breakdown"
"""The verdict of the row that ends such a run, in every protocol."""

_FEWEST = 3
"""Sound pulses of a sign that a suspicious one is held against."""
_ALIKE = 0.1
"""Logarithm of levels that are taken for one."""

if TYPE_CHECKING:  # slow to import, and not needed to measure
    import pandas as pd

Level = tuple[Source, int, bool]
"""What drives, how large it is, and whether upwards."""


class Sound(NamedTuple):
    """How many sound pulses there were at a level, and the most that one conducted (S)."""

    pulses: int = 0
    most: float = 0.0

    def with_another(self, conductance: float) -> "Sound":
        """The same with one more."""
        return Sound(self.pulses + 1, max(self.most, conductance))


class Watch:
    """Watches what a written terminal conducts; ``is_broken`` once it has broken down.

    ``factor`` is how many times as much is a breakdown, ``sound`` the most that a sound device
    conducts (S), where the profile says so.
    """

    def __init__(self, factor: float, sound: float | None = None) -> None:
        self._factor, self._sound = factor, sound
        self._before: dict[Level, Sound] = {}
        self._suspicious = 0
        self.is_broken = False

    def see(self, conductance: float, level: float, source: Source = Source.VOLTAGE) -> None:
        """Take in what it conducted (S) in one pulse of this level; NaN says nothing."""
        if not level or conductance != conductance:
            return
        size, up = round(log(abs(level)) / _ALIKE), level > 0
        own, other = self._at((source, size, up)), self._at((source, size, not up))
        known = own.pulses >= _FEWEST and max(own.most, other.most) > 0.0
        if self._is_above(conductance, max(own.most, other.most) if known else inf):
            self._suspicious += 1
            self.is_broken |= self._suspicious >= IN_A_ROW
            return
        self._suspicious = 0 if known else self._suspicious
        self._before[source, size, up] = own.with_another(conductance)

    def see_line(self, conductance: float) -> None:
        """The same of a line of an array, which conducts as many cells as fire: no two are alike.

        It is held against what the profile says of a sound one, if it does.
        """
        if conductance == conductance:
            above = self._is_above(conductance, inf)
            self._suspicious = self._suspicious + 1 if above else 0
            self.is_broken |= self._suspicious >= IN_A_ROW

    def _is_above(self, conductance: float, before: float) -> bool:
        sound = inf if self._sound is None else self._sound
        return conductance >= self._factor * min(before, sound)

    def _at(self, level: Level) -> Sound:
        """What was sound at this level; at a new one, what was at that next to it."""
        source, size, up = level
        near = (self._before.get((source, one, up)) for one in (size, size - 1, size + 1))
        return next((one for one in near if one is not None), Sound())


class WatchedBench(AroundBench):
    """Looks at what the written terminal of a bench conducts."""

    def __init__(self, bench: Bench, watch: Watch, lines: tuple[str, ...]) -> None:
        super().__init__(bench)
        self._watch, self._lines = watch, lines

    def apply(self, stimulus: Stimulus) -> Trace:
        """Play a stimulus, and look at the pulses in it."""
        trace = self._bench.apply(stimulus)
        if self._lines:
            for reading in (*trace, *trace.others):
                if reading.terminal in self._lines and reading.voltage:
                    self._watch.see_line(_conductance(reading))
            return trace
        for segment, reading in pulses(stimulus, trace, self.profile.write_at):
            self._watch.see(_conductance(reading), segment.level, segment.source)
        return trace


def pulses(stimulus: Stimulus, trace: Trace, terminal: str) -> Iterator[tuple[Segment, Reading]]:
    """What was programmed at a terminal and measured meanwhile."""
    score, taken = stimulus.score(), iter(trace)
    if terminal not in score.terminals:
        return
    for column in score.columns():
        for name, segment in zip(score.terminals, column, strict=True):
            if segment.aperture is None:
                continue
            reading = next(taken, None)
            if reading is None:
                return
            if name == terminal and segment.purpose is Purpose.PROGRAM and segment.level:
                yield segment, reading


def _conductance(reading: Reading) -> float:
    return abs(reading.conductance) if isfinite(reading.voltage) else nan


def watched(bench: Bench, lines: tuple[str, ...] = ()) -> tuple[Bench, Watch | None]:
    """The bench to measure with, and what watches it; None where nobody looks for a breakdown.

    That is a device that is read where it is written, for it conducts what its state lets it, or
    one whose profile names no factor. ``lines`` are the gate lines of an array.
    """
    profile = bench.profile
    if profile.breakdown_factor is None or profile.read_terminal == profile.write_at:
        return bench, None
    watch = Watch(profile.breakdown_factor, profile.sound_leakage)
    return WatchedBench(bench, watch, lines), watch


Row = TypeVar("Row")
Recipe = TypeVar("Recipe")
Measure = Callable[[Bench, Recipe], Iterator[Row]]


def ends_at_breakdown(
    broken: Callable[[Row], Row], lines: Callable[..., tuple[str, ...]] = lambda _: ()
) -> Callable[[Measure[Recipe, Row]], Measure[Recipe, Row]]:
    """Make a protocol end with the first row after a breakdown, which ``broken`` gives its verdict.

    ``lines`` says of a recipe which are the gate lines of an array.
    """

    def around(measure: Measure[Recipe, Row]) -> Measure[Recipe, Row]:
        @wraps(measure)
        def measured(bench: Bench, recipe: Recipe) -> Iterator[Row]:
            at_bench, watch = watched(bench, lines(recipe))
            rows = measure(at_bench, recipe)
            try:
                for row in rows:
                    if watch is not None and watch.is_broken:
                        yield broken(row)
                        return
                    yield row
            finally:
                if isinstance(rows, Generator):
                    rows.close()

        return measured

    return around


def breakdown_notes(rows: "pd.DataFrame") -> list[str]:
    """For a summary: that a run ended so."""
    if not (rows["verdict"] == BREAKDOWN).any():
        return []
    return [
        "the run ended early: breakdown, the written terminal conducted breakdown_factor of the "
        f"device times what it did before, {IN_A_ROW} pulses in a row"
    ]
