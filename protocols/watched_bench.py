"""A bench that looks at what its written terminal conducts in each pulse."""

from collections.abc import Iterator, Mapping
from math import isfinite, nan
from types import TracebackType
from typing import Self

from mho.bench import Bench, ChannelLimits, InstrumentIdentity
from mho.clock import Clock
from mho.device.profile import DeviceProfile
from mho.protocols.gate_watch import Watch
from mho.readings import Reading, Trace
from mho.stimuli import Purpose, Segment, Stimulus


class WatchedBench:
    """A `Bench` around a bench, that looks at what its written terminal conducts."""

    def __init__(self, bench: Bench, watch: Watch, lines: tuple[str, ...]) -> None:
        self._bench, self._watch = bench, watch
        self._lines = lines

    @property
    def name(self) -> str:
        """Of the bench."""
        return self._bench.name

    @property
    def clock(self) -> Clock:
        """Of the bench."""
        return self._bench.clock

    @property
    def profile(self) -> DeviceProfile:
        """The device on the bench."""
        return self._bench.profile

    @property
    def limits(self) -> Mapping[str, ChannelLimits]:
        """Of the instruments, by terminal."""
        return self._bench.limits

    @property
    def identities(self) -> tuple[InstrumentIdentity, ...]:
        """The instruments as they name themselves."""
        return self._bench.identities

    def __enter__(self) -> Self:
        """Open the bench."""
        self._bench.__enter__()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close it."""
        self._bench.__exit__(exc_type, exc, traceback)

    def bias(self, terminal: str, level: float | None, compliance: float = 0.0) -> None:
        """Hold a terminal, or open it."""
        self._bench.bias(terminal, level, compliance)

    def off(self) -> None:
        """Switch everything off."""
        self._bench.off()

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
