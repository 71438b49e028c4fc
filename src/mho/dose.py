"""The dose: what a device has suffered, by terminal and by purpose. Counted from scores."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain

from mho.readings import Reading
from mho.stimuli import Bar, Purpose, Score, Segment, Source
from mho.stimuli.alike import leading

_PROGRAM, _READ, _HOLD = Purpose
_CURRENT = Source.CURRENT

_REMEMBERED = 64
"""Parts of a score that are counted together."""

_FEWER = "the trace has fewer readings than the stimulus asks for"
_MORE = "the trace has more readings than the stimulus asks for"


@dataclass(slots=True)
class Charge:
    """What passed through one terminal for one purpose, and the voltage that stood there.

    Attributes
    ----------
    signed
        Coulombs, positive into the terminal; what was not measured is not in it.
    magnitude
        Coulombs either way; a current that was not measured counts at its limit.
    volt_seconds
        Volts (magnitude) times seconds; a voltage that was not measured counts as asked for.
    """

    signed: float = 0.0
    magnitude: float = 0.0
    volt_seconds: float = 0.0

    def add(self, segment: Segment, lasts: float, reading: Reading | None = None) -> None:
        """Count a segment that lasted so long (s), as it was measured, if it was."""
        volts, amperes = segment.level, segment.limit
        if segment.source is _CURRENT:
            volts, amperes = amperes, volts
        if reading is not None:
            if reading.voltage == reading.voltage:  # not NaN
                volts = reading.voltage
            if reading.current == reading.current:
                amperes = reading.current
                self.signed += amperes * lasts
        self.magnitude += abs(amperes) * lasts
        self.volt_seconds += abs(volts) * lasts

    def merge(self, other: "Charge") -> None:
        """Count what another one has counted."""
        self.signed += other.signed
        self.magnitude += other.magnitude
        self.volt_seconds += other.volt_seconds


def _nothing() -> dict[Purpose, Charge]:
    return {_PROGRAM: Charge(), _READ: Charge(), _HOLD: Charge()}


@dataclass(slots=True)
class TerminalDose:
    """What was done at one terminal: programming pulses, and `Charge` by purpose."""

    pulses: int = 0
    charges: dict[Purpose, Charge] = field(default_factory=_nothing)

    @property
    def charge(self) -> float:
        """Coulombs either way in pulses and reads, not while it was held."""
        return self.charges[_PROGRAM].magnitude + self.charges[_READ].magnitude

    def merge(self, other: "TerminalDose") -> None:
        """Count what another one has counted."""
        self.pulses += other.pulses
        for purpose, charge in other.charges.items():
            self.charges[purpose].merge(charge)


class Dose(dict[str, TerminalDose]):
    """What was done, by terminal; nothing yet at one that is not in it."""

    def __missing__(self, terminal: str) -> TerminalDose:
        self[terminal] = TerminalDose()
        return self[terminal]

    @property
    def most_pulses(self) -> int:
        """Programming pulses at the terminal that got the most of them."""
        return max((at.pulses for at in self.values()), default=0)

    def charge(self, terminal: str) -> float:
        """Coulombs either way that passed at a terminal in pulses and reads."""
        return self[terminal].charge

    def merge(self, other: Mapping[str, TerminalDose]) -> None:
        """Count what another one has counted."""
        for terminal, at in other.items():
            self[terminal].merge(at)

    def copy(self) -> "Dose":
        """The same, counting on by itself."""
        copied = Dose()
        copied.merge(self)
        return copied


def worst_dose(score: Score) -> Dose:
    """The most that a score may do: all of it is played, every current is at its limit.

    It is to be looked at only: what is the same at many lines is one object.
    """
    leads = leading(score)
    tallies = _tallies(leads)
    for bar in score.bars():
        for index, tally in tallies.items():
            tally.add(bar.parts[index], bar.times)
    return _dose(score, leads, tallies)


def measured_dose(score: Score, readings: Iterable[Reading]) -> Dose:
    """What a score did, by its readings in their order; to be looked at only, as `worst_dose`.

    A segment without a reading counts at its limit; what came after an early stop, not at all.

    Raises
    ------
    ValueError
        More readings than the score asks for, or fewer though it does not stop early.
    """
    leads = _counted_apart(score)
    tallies = _tallies(leads)
    taken = iter(readings)
    ended = _count_measured(score, tallies, taken)
    if not ended and next(taken, None) is not None:
        raise ValueError(_MORE)
    return _dose(score, leads, tallies)


def _tallies(leads: Iterable[int]) -> "dict[int, _Tally]":
    """One for each line that is counted by itself, in their order."""
    pulses = _PulseCounts()
    return {index: _Tally(pulses) for index in dict.fromkeys(leads)}


def _dose(score: Score, leads: Iterable[int], tallies: "Mapping[int, _Tally]") -> Dose:
    counted = {index: tally.counted() for index, tally in tallies.items()}
    return Dose(zip(score.terminals, map(counted.__getitem__, leads), strict=True))


def _counted_apart(score: Score) -> tuple[int, ...]:
    """As `leading`; but each line that is read has readings of its own."""
    leads = leading(score)
    own = set(leads)
    if len(own) == len(leads):
        return leads
    read = {
        index
        for bar in score.bars()
        if _are_read(bar.parts)
        for index in own
        if _are_read([bar.parts[index]])
    }
    return tuple([index if lead in read else lead for index, lead in enumerate(leads)])


def _are_read(parts: Iterable[tuple[Segment, ...]]) -> bool:
    """Whether a segment of any of them is."""
    different = {id(part): part for part in parts}
    return any(one.aperture is not None for part in different.values() for one in part)


def _count_measured(
    score: Score, tallies: "Mapping[int, _Tally]", taken: Iterator[Reading]
) -> bool:
    """Count all that is played at these lines, in their order; whether it ended early."""
    for bar in chain(score.bars(), [Bar(tuple((one,) for one in score.closing))]):
        parts = [bar.parts[index] for index in tallies]
        if not _are_read(parts):
            for tally, part in zip(tallies.values(), parts, strict=True):
                tally.add(part, bar.times)
            continue
        for _ in range(bar.times):
            for column in zip(*parts, strict=True):
                measured: list[Reading | None] = []
                for segment in column:
                    reading = None if segment.aperture is None else next(taken, None)
                    if segment.aperture is not None and reading is None:
                        if score.stops_in_compliance:
                            return True
                        raise ValueError(_FEWER)
                    measured.append(reading)
                for tally, segment, reading in zip(tallies.values(), column, measured, strict=True):
                    tally.add_measured(segment, reading)
    return False


class _Tally:
    """Counts at one terminal. Parts that are one object are counted together: most are alike."""

    def __init__(self, pulses: "_PulseCounts") -> None:
        self._at, self._sign, self._pulses = TerminalDose(), 0, pulses
        self._known: dict[int, _Counted] = {}

    def add(self, part: tuple[Segment, ...], times: int) -> None:
        """A part that comes so often in a row; nobody measured it."""
        known = self._known.get(id(part))
        if known is None:
            if len(self._known) == _REMEMBERED:
                self._add_up()
            known = self._known[id(part)] = _Counted(part)
        known.times += times
        at, begun_in = self._at, self._pulses.begun_in
        begun, self._sign = begun_in(part, self._sign)
        at.pulses += begun
        if times > 1:
            begun, self._sign = begun_in(part, self._sign)
            at.pulses += begun * (times - 1)

    def add_measured(self, segment: Segment, reading: Reading | None) -> None:
        """One segment."""
        before, self._sign = self._sign, _sign(segment)
        self._at.pulses += self._sign not in (0, before)
        if reading is not None or not segment.rests:
            self._at.charges[segment.purpose].add(segment, segment.duration, reading)

    def counted(self) -> TerminalDose:
        """All of it."""
        self._add_up()
        return self._at

    def _add_up(self) -> None:
        """What was counted together."""
        for known in self._known.values():
            for segment in known.part:
                if not segment.rests:
                    charge = self._at.charges[segment.purpose]
                    charge.add(segment, segment.duration * known.times)
        self._known.clear()


class _Counted:
    """A part of a score, and how often it came; kept, so that nothing else is at its address."""

    __slots__ = ("part", "times")

    def __init__(self, part: tuple[Segment, ...]) -> None:
        self.part, self.times = part, 0


class _PulseCounts:
    """How many pulses begin in parts of a score, whatever lines they are at."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[Iterable[Segment], dict[int, tuple[int, int]]]] = {}

    def begun_in(self, part: tuple[Segment, ...], sign: int) -> tuple[int, int]:
        """In one that follows a level of this sign; the sign in the end, too."""
        known = self._known.get(id(part))
        if known is None:
            if len(self._known) == _REMEMBERED:
                self._known.clear()
            known = self._known[id(part)] = part, {}
        found = known[1].get(sign)
        if found is None:
            found = known[1][sign] = _pulses(part, sign)
        return found


def count_short(at: TerminalDose, segments: Iterable[Segment], readings: Iterable[Reading]) -> None:
    """Count a few segments at one terminal, rests between them; as `measured_dose`, but quicker.

    Raises
    ------
    ValueError
        More readings than segments that are read, or fewer.
    """
    taken, charges = iter(readings), at.charges
    for segment in segments:
        if segment.aperture is not None:
            reading = next(taken, None)
            if reading is None:
                raise ValueError(_FEWER)
            if segment.purpose is _PROGRAM:
                at.pulses += 1
            charges[segment.purpose].add(segment, segment.duration, reading)
    if next(taken, None) is not None:
        raise ValueError(_MORE)


def _pulses(part: Iterable[Segment], sign: int) -> tuple[int, int]:
    """How many pulses begin in segments that follow a level of this sign; the sign in the end.

    A pulse is what programs without a break and without a change of sign, be it one level or the
    staircase of a sweep: pulses that follow one another without a rest are one.
    """
    begun = 0
    for segment in part:
        before, sign = sign, _sign(segment)
        begun += sign not in (0, before)
    return begun, sign


def _sign(segment: Segment) -> int:
    if segment.purpose is not _PROGRAM:
        return 0
    return int(segment.level > 0) - int(segment.level < 0)  # levels may be numpy floats
