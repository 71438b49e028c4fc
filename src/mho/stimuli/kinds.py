"""The stimuli: frozen data that says what is applied, and writes it as a score.

Volts, amperes and seconds throughout; where a current is the source, levels are amperes and the
compliance is in volts. A stimulus starts from rest and ends at rest, for `RETURN_TO_ZERO`,
whatever bench plays it. Terminals that are held meanwhile (a gate) are set by ``Bench.bias``.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from typing import NamedTuple, Protocol

from mho.stimuli.score import RETURN_TO_ZERO, Bar, Purpose, Score, Segment, Source

# What a closed loop needs at every step; a member of an enumeration is slow to look up.
_VOLTAGE, _PROGRAM, _READ, _HOLD = Source.VOLTAGE, Purpose.PROGRAM, Purpose.READ, Purpose.HOLD

_EXPLICIT = 64
"""Pulses between two reads up to which a train is written out, so that what repeats is one bar."""


class Stimulus(Protocol):
    """What a bench applies: frozen data that can be compared and hashed."""

    @property
    def terminal(self) -> str:
        """The terminal that it is about."""
        ...

    @property
    def terminals(self) -> tuple[str, ...]:
        """The terminals that it drives, the one that it is about first."""
        ...

    @property
    def short(self) -> tuple[Segment, ...]:
        """Its segments, if they are few and at one terminal: what a closed loop applies.

        Nothing of what is longer or drives several; whoever judges looks at the score then.
        """
        ...

    def score(self) -> Score:
        """What it does to its terminals."""
        ...

    def faults(self) -> Iterator[str]:
        """What is wrong with it on any bench."""
        ...

    def parts(self) -> Iterator["Part"]:
        """The same, one terminal at a time, for instruments that share no time axis.

        Nothing if it cannot be taken apart.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A part of a stimulus: from now on a terminal is held at a level (V), limited (A)."""

    terminal: str
    level: float
    limit: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """A part of a stimulus: every terminal rests or is held as it is, for ``duration`` s."""

    duration: float


Part = Stimulus | Held | Pause


class _Phrase(NamedTuple):
    """Pulses, whether a read follows them, and how often all that is played in a row."""

    amplitudes: tuple[float, ...]
    read: bool
    times: int


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulse:
    """One rectangular pulse from rest, and the verify read that follows it (if any).

    The pulse itself is read over the second half of its ``width``; ``rest`` seconds at rest
    separate it from the verify read. Its trace has one point for the pulse and, with ``verify``,
    a second one for the read. A pulse of 0 leaves the terminal at rest.
    """

    terminal: str
    amplitude: float
    width: float
    compliance: float
    rest: float = 0.0
    verify: Read | None = None
    source: Source = Source.VOLTAGE

    @property
    def terminals(self) -> tuple[str, ...]:
        """The terminal of the pulse, and that of its read where it is another one."""
        return _written_and_read(self.terminal, self.verify)

    @property
    def short(self) -> tuple[Segment, ...]:
        """The pulse, its rest, its read; nothing if that is at another terminal."""
        amplitude, width, limit, source = self.amplitude, self.width, self.compliance, self.source
        purpose = _PROGRAM if amplitude else _HOLD
        written = Segment(amplitude, width, limit, width / 2, source, purpose)
        verify = self.verify
        if not self.rest >= 0:
            return ()
        if verify is None:
            return (written,)
        if verify.terminal not in (None, self.terminal):
            return ()
        if not self.rest:
            return written, verify.segment()
        return written, Segment(0.0, self.rest, limit, None, source), verify.segment()

    def score(self) -> Score:
        """The pulse, its rest, its read."""
        phrase = _Phrase((self.amplitude,), self.verify is not None, 1)
        return _pulses(self, lambda: (phrase,), rests=self.rest > 0 and self.verify is not None)

    def faults(self) -> Iterator[str]:
        """A rest, or a read that settles, for less than no time."""
        return _pulse_faults(self)

    def parts(self) -> Iterator[Part]:
        """The pulse, the rest, the read."""
        yield replace(self, rest=0.0, verify=None)
        if self.verify is not None:
            yield Pause(duration=self.rest)
            yield self.verify.at(self.terminal)


@dataclass(frozen=True, slots=True, kw_only=True)
class PulseTrain:
    """Pulses of one width, ``rest`` seconds at rest after each, a read after every nth.

    The trace has one point per pulse, and one per read in the order of time.
    """

    terminal: str
    amplitudes: tuple[float, ...]
    width: float
    compliance: float
    rest: float
    verify: Read | None = None
    verify_every: int = 1
    source: Source = Source.VOLTAGE

    @property
    def terminals(self) -> tuple[str, ...]:
        """The terminal of the pulses, and that of their reads where it is another one."""
        return _written_and_read(self.terminal, self.verify)

    @property
    def short(self) -> tuple[Segment, ...]:
        """Nothing; see its score."""
        return ()

    def score(self) -> Score:
        """The pulses with their rests, and the reads among them; what repeats is one bar."""
        return _pulses(self, self._phrases, rests=self.rest > 0)

    def _phrases(self) -> Iterator[_Phrase]:
        amplitudes, every = self.amplitudes, int(self.verify_every)
        if self.verify is None or every < 1:
            yield from _alike(amplitudes)
            return
        read_after = range(every, len(amplitudes) + 1, every)
        if every <= _EXPLICIT:
            for chunk, alike in groupby(amplitudes[end - every : end] for end in read_after):
                yield _Phrase(chunk, True, sum(1 for _ in alike))
        else:
            for end in read_after:
                yield from _alike(amplitudes[end - every : end - 1])
                yield _Phrase((amplitudes[end - 1],), True, 1)
        yield from _alike(amplitudes[len(read_after) * every :])

    def faults(self) -> Iterator[str]:
        """As those of a pulse; a read after less than one pulse."""
        yield from _pulse_faults(self)
        if not self.verify_every >= 1:
            yield f"a read after every {self.verify_every} pulses; it takes 1 or more"

    def parts(self) -> Iterator[Part]:
        """Pulse by pulse."""
        for number, amplitude in enumerate(self.amplitudes, start=1):
            reads = self.verify is not None and number % self.verify_every == 0
            yield Pulse(
                terminal=self.terminal,
                amplitude=amplitude,
                width=self.width,
                compliance=self.compliance,
                source=self.source,
            )
            yield Pause(duration=self.rest)
            if reads and self.verify is not None:
                yield self.verify.at(self.terminal)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """A staircase: each level held for ``dwell`` seconds and read over the last ``aperture``.

    The trace has one point per level. With ``stop_in_compliance`` the sweep ends after the first
    level at which the limit holds the output, and the trace with it. Levels of up to
    ``read_up_to`` (magnitude) only read the device; all others program it.
    """

    terminal: str
    levels: tuple[float, ...]
    dwell: float
    aperture: float
    compliance: float
    stop_in_compliance: bool = False
    source: Source = Source.VOLTAGE
    read_up_to: float = 0.0

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

        def write() -> Iterator[Bar]:
            for level, alike in groupby(self.levels):
                yield Bar(((self._segment(level),),), sum(1 for _ in alike))

        return Score(
            terminals=self.terminals,
            write=write,
            closing=(_closing(self.compliance, self.source),),
            stops_in_compliance=self.stop_in_compliance,
        )

    def _segment(self, level: float) -> Segment:
        purpose = _READ if abs(level) <= self.read_up_to else _PROGRAM
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
            closing=(*swept.closing, _closing(self.step_compliance, _VOLTAGE)),
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

        closing = (_closing(self.compliance, self.source),)
        return Score(terminals=self.terminals, write=write, closing=closing)

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

    The trace has one point, the verify read.
    """

    terminal: str
    durations: tuple[float, ...]
    levels: tuple[tuple[str, tuple[float, ...]], ...]
    compliance: float
    verify: Read

    @property
    def terminals(self) -> tuple[str, ...]:
        """The terminal that is read, then the others."""
        return tuple(dict.fromkeys((self._read_at, *(name for name, _ in self.levels))))

    @property
    def _read_at(self) -> str:
        return self.verify.terminal or self.terminal

    @property
    def short(self) -> tuple[Segment, ...]:
        """Nothing; see its score."""
        return ()

    def score(self) -> Score:
        """A segment a piece at every terminal; the read at one of them."""
        return Score(
            terminals=self.terminals,
            write=self._bars,
            closing=tuple(_closing(self.compliance, _VOLTAGE) for _ in self.terminals),
        )

    def _bars(self) -> Iterator[Bar]:
        yield Bar(tuple(self._pieces(terminal) for terminal in self.terminals))
        read = self.verify.segment()
        yield Bar(
            tuple(
                (read if terminal == self._read_at else _beside(read, self.compliance, _VOLTAGE),)
                for terminal in self.terminals
            )
        )

    def _pieces(self, terminal: str) -> tuple[Segment, ...]:
        """The pieces of one terminal; it rests in those for which it has no level."""
        durations = self.durations
        levels = (*dict(self.levels).get(terminal, ()), *(0.0 for _ in durations))
        return tuple(
            _program(level, duration, self.compliance, _VOLTAGE, None)
            for level, duration in zip(levels, durations, strict=False)
        )

    def faults(self) -> Iterator[str]:
        """Levels and durations of different number, none at all, or a read that cannot settle."""
        yield from _read_faults(self.verify)
        if not self.durations:
            yield "it has no pieces"
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


def _written_and_read(terminal: str, verify: Read | None) -> tuple[str, ...]:
    if verify is None or verify.terminal is None or verify.terminal == terminal:
        return (terminal,)
    return (terminal, verify.terminal)


def _pulses(
    stimulus: "Pulse | PulseTrain", phrases: Callable[[], Iterable[_Phrase]], *, rests: bool
) -> Score:
    """The score of pulses that share width and limit, each followed by the rest if it ``rests``."""
    verify, source, limit = stimulus.verify, stimulus.source, stimulus.compliance
    elsewhere = len(stimulus.terminals) > 1
    width, rest = stimulus.width, Segment(0.0, stimulus.rest, limit, None, source)

    def bar(phrase: _Phrase) -> Bar:
        written: list[Segment] = []
        for amplitude in phrase.amplitudes:
            written.append(_program(amplitude, width, limit, source, width / 2))
            if rests:
                written.append(rest)
        if verify is None:
            return Bar((tuple(written),), phrase.times)
        read = verify.segment()
        if not elsewhere:
            return Bar((tuple([*written, read] if phrase.read else written),), phrase.times)
        other = [_beside(segment, verify.compliance, _VOLTAGE) for segment in written]
        if phrase.read:
            written.append(_beside(read, limit, source))
            other.append(read)
        return Bar((tuple(written), tuple(other)), phrase.times)

    closing = [_closing(limit, source)]
    if elsewhere and verify is not None:
        closing.append(_closing(verify.compliance, _VOLTAGE))
    return Score(
        terminals=stimulus.terminals,
        write=lambda: map(bar, phrases()),
        closing=tuple(closing),
        pulses_read_shorter=True,
    )


def _alike(amplitudes: Iterable[float]) -> Iterator[_Phrase]:
    """Pulses without reads; equal ones in a row as one phrase."""
    for amplitude, alike in groupby(amplitudes):
        yield _Phrase((amplitude,), False, sum(1 for _ in alike))


def _program(
    level: float, duration: float, limit: float, source: Source, aperture: float | None
) -> Segment:
    """A segment of a pulse; one of 0 is a rest."""
    purpose = _PROGRAM if level else _HOLD
    return Segment(level, duration, limit, aperture, source, purpose)


def _beside(segment: Segment, limit: float, source: Source) -> Segment:
    """Rest at another terminal for as long as a segment lasts."""
    return Segment(0.0, segment.duration, limit, None, source)


def _closing(limit: float, source: Source) -> Segment:
    return Segment(0.0, RETURN_TO_ZERO, limit, None, source)


def _pulse_faults(stimulus: "Pulse | PulseTrain") -> Iterator[str]:
    if not stimulus.rest >= 0:
        yield f"a rest of {stimulus.rest:g} s; it takes 0 s or more"
    yield from _read_faults(stimulus.verify)


def _read_faults(verify: Read | None) -> Iterator[str]:
    if verify is not None and not verify.settle >= 0:
        yield f"a read settling time of {verify.settle:g} s; it takes 0 s or more"


def duration(stimulus: Stimulus) -> float:
    """Seconds from the start of a stimulus to the end of its return to rest."""
    return stimulus.score().duration
