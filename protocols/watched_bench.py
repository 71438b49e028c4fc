"""A bench that looks at what its written terminal conducts in each pulse."""

from collections.abc import Iterator
from math import isfinite, nan

from mho.bench import Bench
from mho.bench.around import AroundBench
from mho.protocols.gate_watch import Watch
from mho.readings import Reading, Trace
from mho.stimuli import Purpose, Segment, Stimulus


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
