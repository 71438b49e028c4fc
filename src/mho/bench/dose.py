"""The dose: what a device has suffered, by terminal and by purpose. Counted from scores."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import isnan

from mho.readings import Reading
from mho.stimuli import Purpose, Score, Segment, Source


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

    def add(self, drive: "Segment", lasts: float, reading: Reading | None) -> None:
        """Count a level of a segment that lasted so long (s), as it was measured, if it was."""
        level, limit = drive.level, drive.limit
        volts, amperes = (limit, level) if drive.source is Source.CURRENT else (level, limit)
        if reading is None:
            self.magnitude += abs(amperes) * lasts
        else:
            if not isnan(reading.voltage):
                volts = reading.voltage
            current = reading.current
            if isnan(current):
                self.magnitude += abs(amperes) * lasts
            else:
                self.signed += current * lasts
                self.magnitude += abs(current) * lasts
        self.volt_seconds += abs(volts) * lasts

    def merge(self, other: "Charge") -> None:
        """Count what another one has counted."""
        self.signed += other.signed
        self.magnitude += other.magnitude
        self.volt_seconds += other.volt_seconds


Charges = Mapping[tuple[str, Purpose], Charge]
"""`Charge` by terminal and purpose."""


def _charges() -> defaultdict[tuple[str, Purpose], Charge]:
    return defaultdict(Charge)


def _counts() -> defaultdict[str, int]:
    return defaultdict(int)


@dataclass(slots=True)
class Dose:
    """What was applied so far: programming pulses by terminal, `Charge` by purpose as well."""

    pulses: defaultdict[str, int] = field(default_factory=_counts)
    charges: defaultdict[tuple[str, Purpose], Charge] = field(default_factory=_charges)

    def add(self, pulses: Mapping[str, int], charges: Charges) -> None:
        """Count pulses and charges by terminal."""
        for terminal, count in pulses.items():
            self.pulses[terminal] += count
        for key, charge in charges.items():
            self.charges[key].merge(charge)

    @property
    def most_pulses(self) -> int:
        """Pulses at the terminal that got the most of them."""
        return max(self.pulses.values(), default=0)

    def charge(self, terminal: str) -> float:
        """Coulombs either way that passed at a terminal in pulses and reads, not while held."""
        return charge_at(terminal, self.charges)


def charge_at(terminal: str, charges: Charges) -> float:
    """Coulombs either way at a terminal in pulses and reads, not while it is held."""
    return sum(
        charges[terminal, purpose].magnitude
        for purpose in (Purpose.PROGRAM, Purpose.READ)
        if (terminal, purpose) in charges
    )


def pulses_by_terminal(score: Score) -> dict[str, int]:
    """How many programming pulses a score has at each terminal.

    A pulse is what programs without a break and without a change of sign, be it one level or the
    staircase of a sweep: pulses that follow one another without a rest are one.
    """
    counts = dict.fromkeys(score.terminals, 0)
    signs = dict.fromkeys(score.terminals, 0)
    for bar in score.bars():
        for terminal, part in zip(score.terminals, bar.parts, strict=True):
            begun, sign = _pulses(part, signs[terminal])
            counts[terminal] += begun
            if bar.times > 1:
                begun, sign = _pulses(part, sign)
                counts[terminal] += begun * (bar.times - 1)
            signs[terminal] = sign
    return counts


def _pulses(part: Iterable[Segment], sign: int) -> tuple[int, int]:
    """How many pulses begin in segments that follow a level of this sign; the sign in the end."""
    begun = 0
    for segment in part:
        before, sign = sign, _sign(segment)
        begun += sign not in (0, before)
    return begun, sign


def _sign(segment: Segment) -> int:
    if segment.purpose is not Purpose.PROGRAM:
        return 0
    return (segment.level > 0) - (segment.level < 0)


def worst_charges(score: Score) -> Charges:
    """The most that may pass at each terminal for each purpose: every current at its limit."""
    found = _charges()
    for bar in score.bars():
        for terminal, part in zip(score.terminals, bar.parts, strict=True):
            for segment in part:
                if segment.level:
                    found[terminal, segment.purpose].add(
                        segment, segment.duration * bar.times, None
                    )
    return found


def measured_charges(score: Score, readings: Iterable[Reading]) -> Charges:
    """What passed at each terminal for each purpose, by the readings of a score in their order.

    A segment without a reading counts at its limit, one that was not reached not at all.

    Raises
    ------
    ValueError
        More readings than the score asks for, or fewer though it does not stop early.
    """
    found = _charges()
    taken = iter(readings)
    for column in score.columns():
        for terminal, segment in zip(score.terminals, column, strict=True):
            if segment.aperture is not None:
                reading = next(taken, None)
                if reading is None and score.stops_in_compliance:
                    return found
                if reading is None:
                    raise ValueError("the trace has fewer readings than the score asks for")
                found[terminal, segment.purpose].add(segment, segment.duration, reading)
            elif segment.level:
                found[terminal, segment.purpose].add(segment, segment.duration, None)
    if next(taken, None) is not None:
        raise ValueError("the trace has more readings than the score asks for")
    return found
