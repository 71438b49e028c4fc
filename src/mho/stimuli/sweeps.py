"""Sweeps: a staircase of levels, or a family of them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby

from mho.stimuli.score import Bar, Purpose, Score, Segment, Source
from mho.stimuli.segments import closing
from mho.stimuli.stimulus import Held, Part, Pause

_KEPT = 10_000
"""Levels up to which the segments of a sweep are kept once they were written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """A staircase: each level held for ``dwell`` seconds and read over the last ``aperture``.

    The trace has one point per level. With ``stop_in_compliance`` the sweep ends after the first
    level at which the limit holds the output, and the trace with it. Levels of up to
    ``read_up_to`` (magnitude) only read the device; all others program it: as one pulse that is
    sampled where it ``is_pulse``, which a bench that compensates raises as it raises a pulse.
    """

    terminal: str
    levels: tuple[float, ...]
    dwell: float
    aperture: float
    compliance: float
    stop_in_compliance: bool = False
    source: Source = Source.VOLTAGE
    read_up_to: float = 0.0
    is_pulse: bool = False
    _written: list[Bar] = field(default_factory=list, init=False, repr=False, compare=False)
    """Its bars, once somebody asked for them: whoever judges, counts or plays it does."""

    @property
    def terminals(self) -> tuple[str, ...]:
        """The swept terminal."""
        return (self.terminal,)

    @property
    def short(self) -> tuple[Segment, ...]:
        """Nothing; see its score."""
        return ()

    def score(self) -> Score:
        """A segment a level."""
        return Score(
            terminals=self.terminals,
            write=self._bars,
            closing=(closing(self.compliance, self.source),),
            stops_in_compliance=self.stop_in_compliance,
        )

    def _bars(self) -> Iterator[Bar]:
        if self._written or len(self.levels) > _KEPT:
            return iter(self._written or self._made())
        self._written[:] = tuple(self._made())  # all of them or none
        return iter(self._written)

    def _made(self) -> Iterator[Bar]:
        for level, alike in groupby(self.levels):
            yield Bar(((self._segment(level),),), sum(1 for _ in alike))

    def _segment(self, level: float) -> Segment:
        purpose = Purpose.READ if abs(level) <= self.read_up_to else Purpose.PROGRAM
        return Segment(level, self.dwell, self.compliance, self.aperture, self.source, purpose)

    def faults(self) -> Iterator[str]:
        """None."""
        return iter(())

    def parts(self) -> Iterator[Part]:
        """It is one."""
        yield self


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """A family of curves: one sweep after the other, another terminal held at the next step.

    The trace has the points of all sweeps, curve by curve. Between two curves the swept terminal
    goes from its last level to its first one, or by way of 0 V. No reading is taken sooner than
    ``settle`` seconds after a step: where the sweep itself does not wait so long before its first
    reading, each curve begins with a ``lead`` at rest.
    """

    sweep: Sweep
    stepped: str
    steps: tuple[float, ...]
    step_compliance: float
    settle: float = 0.0

    @property
    def terminal(self) -> str:
        """The terminal that is swept and read."""
        return self.sweep.terminal

    @property
    def terminals(self) -> tuple[str, ...]:
        """The swept terminal, then the stepped one."""
        return (self.terminal, self.stepped)

    @property
    def lead(self) -> float:
        """Seconds at rest that begin each curve, in whole microseconds; often none."""
        waits = self.sweep.dwell - self.sweep.aperture
        return max(round(self.settle - waits, 6), 0.0)

    @property
    def short(self) -> tuple[Segment, ...]:
        """Nothing; see its score."""
        return ()

    def score(self) -> Score:
        """Curve by curve; the stepped terminal is held."""
        swept = self.sweep.score()

        def write() -> Iterator[Bar]:
            lead = Segment(0.0, self.lead, self.sweep.compliance, None, self.sweep.source)
            for step in self.steps:
                if self.lead:
                    yield Bar(((lead,), (self._held(step, lead),)))
                for bar in swept.bars():
                    held = tuple(self._held(step, segment) for segment in bar.parts[0])
                    yield Bar((*bar.parts, held), bar.times)

        return Score(
            terminals=self.terminals,
            write=write,
            closing=(*swept.closing, closing(self.step_compliance, Source.VOLTAGE)),
            takes=max(len(self.steps), 1),
        )

    def _held(self, step: float, beside: Segment) -> Segment:
        return Segment(step, beside.duration, self.step_compliance)

    def faults(self) -> Iterator[str]:
        """A terminal that is swept and stepped, sweeps that stop, less than no settling."""
        if self.stepped == self.terminal:
            yield f"{self.stepped} cannot be swept and stepped at once"
        if self.sweep.stop_in_compliance:
            yield "its sweeps cannot stop in compliance; apply them one by one"
        if not self.settle >= 0:
            yield f"a settling time of {self.settle:g} s; it takes 0 s or more"

    def parts(self) -> Iterator[Part]:
        """Curve by curve, the stepped terminal held meanwhile."""
        for step in self.steps:
            yield Held(terminal=self.stepped, level=step, limit=self.step_compliance)
            yield Pause(duration=self.lead)
            yield self.sweep
        yield Held(terminal=self.stepped, level=0.0, limit=self.step_compliance)
