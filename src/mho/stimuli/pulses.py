"""Pulses: one, or a train, with the reads among them."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from typing import NamedTuple

from mho.stimuli.hold import Read, read_faults
from mho.stimuli.score import Bar, Purpose, Score, Segment, Source
from mho.stimuli.segments import beside, closing, program
from mho.stimuli.stimulus import Part, Pause

# What a closed loop needs at every step; a member of an enumeration is slow to look up.
_VOLTAGE, _PROGRAM, _HOLD = Source.VOLTAGE, Purpose.PROGRAM, Purpose.HOLD

_EXPLICIT = 64
"""Pulses between two reads up to which a train is written out, so that what repeats is one bar."""


class _Phrase(NamedTuple):
    """Pulses, whether a read follows them, and how often all that is played in a row."""

    amplitudes: tuple[float, ...]
    read: bool
    times: int


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
        every = max(self.verify_every, 1)  # less is a fault, and refused as one
        for number, amplitude in enumerate(self.amplitudes, start=1):
            reads = self.verify is not None and number % every == 0
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
            written.append(program(amplitude, width, limit, source, width / 2))
            if rests:
                written.append(rest)
        if verify is None:
            return Bar((tuple(written),), phrase.times)
        read = verify.segment()
        if not elsewhere:
            return Bar((tuple([*written, read] if phrase.read else written),), phrase.times)
        other = [beside(segment, verify.compliance, _VOLTAGE) for segment in written]
        if phrase.read:
            written.append(beside(read, limit, source))
            other.append(read)
        return Bar((tuple(written), tuple(other)), phrase.times)

    closings = [closing(limit, source)]
    if elsewhere and verify is not None:
        closings.append(closing(verify.compliance, _VOLTAGE))
    return Score(
        terminals=stimulus.terminals,
        write=lambda: map(bar, phrases()),
        closing=tuple(closings),
        pulses_read_shorter=True,
    )


def _alike(amplitudes: Iterable[float]) -> Iterator[_Phrase]:
    """Pulses without reads; equal ones in a row as one phrase."""
    for amplitude, alike in groupby(amplitudes):
        yield _Phrase((amplitude,), False, sum(1 for _ in alike))


def _pulse_faults(stimulus: "Pulse | PulseTrain") -> Iterator[str]:
    if not stimulus.rest >= 0:
        yield f"a rest of {stimulus.rest:g} s; it takes 0 s or more"
    yield from read_faults(stimulus.verify)
