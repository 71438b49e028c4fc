"""The plan: everything that a protocol may apply, at its worst. It binds."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeVar

from mho.device.profile import DeviceProfile
from mho.dose import Dose, worst_dose
from mho.stimuli import Source, Stimulus


@dataclass(frozen=True, kw_only=True)
class Planned:
    """One kind of stimulus a protocol means to apply: its worst case, and how often at most."""

    what: str
    stimulus: Stimulus
    at_most: int
    shares: str = ""
    """Those that share something come together no more often than each may alone."""

    @cached_property
    def worst(self) -> Dose:
        """The most that it may do once."""
        return worst_dose(self.stimulus.score())

    @property
    def pulses(self) -> dict[str, int]:
        """Programming pulses in all, by terminal."""
        return {terminal: at.pulses * self.at_most for terminal, at in self.worst.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedBias:
    """A terminal that is held meanwhile: its levels (V) and their limit (A)."""

    what: str
    terminal: str
    levels: tuple[float, ...]
    limit: float


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Everything a protocol may apply. ``duration`` (s) and ``pulses`` are upper bounds.

    ``budget`` is the number of programming pulses where the protocol keeps count by itself: fewer
    than all that is planned, each as often as it may come.
    """

    planned: tuple[Planned, ...]
    duration: float
    biases: tuple[PlannedBias, ...] = ()
    budget: int | None = None

    @property
    def pulses(self) -> int:
        """Programming pulses at the terminal that gets the most of them."""
        return most_pulses(self.planned) if self.budget is None else self.budget

    @property
    def pulses_at(self) -> dict[str, int]:
        """Programming pulses by terminal."""
        counts = summed_pulses(self.planned)
        if self.budget is None:
            return counts
        return {terminal: min(pulses, self.budget) for terminal, pulses in counts.items()}

    @property
    def charge_at(self) -> dict[str, float]:
        """Coulombs (either way) by terminal, if every current were at its limit throughout."""
        return _in_all(
            (one.shares, terminal, at.charge * one.at_most)
            for one in self.planned
            for terminal, at in one.worst.items()
        )


def summed_pulses(planned: Iterable[Planned]) -> dict[str, int]:
    """Programming pulses in all, by terminal."""
    return _in_all(
        (one.shares, terminal, pulses) for one in planned for terminal, pulses in one.pulses.items()
    )


Amount = TypeVar("Amount", int, float)


def _in_all(amounts: Iterable[tuple[str, str, Amount]]) -> dict[str, Amount]:
    """Amounts by terminal, summed; of those that share something, the largest."""
    found: dict[str, Amount] = {}
    shared: dict[tuple[str, str], Amount] = {}
    for shares, terminal, amount in amounts:
        so_far = found.get(terminal)
        if shares:
            counted = shared.get((shares, terminal))
            shared[shares, terminal] = amount if counted is None else max(counted, amount)
            amount = shared[shares, terminal] - (0 if counted is None else counted)
        found[terminal] = amount if so_far is None else so_far + amount
    return found


def most_pulses(planned: Iterable[Planned]) -> int:
    """Programming pulses in all at the terminal that gets the most of them."""
    return max(summed_pulses(planned).values(), default=0)


@dataclass(frozen=True, slots=True)
class Cover:
    """What a plan covers at one terminal for one source: levels from ... to, and their limit.

    Volts and amperes, or the reverse where a current is the source.
    """

    lowest: float = 0.0
    highest: float = 0.0
    limit: float = 0.0

    def holds(self, level: float, limit: float) -> bool:
        """Whether this level and limit are covered."""
        return self.lowest <= level <= self.highest and limit <= self.limit

    def widened(self, level: float, limit: float) -> "Cover":
        """The cover that holds this level and limit as well."""
        return Cover(min(self.lowest, level), max(self.highest, level), max(self.limit, limit))


CoverAt = Mapping[tuple[str, Source], Cover]
"""`Cover` by terminal and source; where it has none, the plan covers nothing but 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Covers:
    """What a plan covers: of stimuli, and of what terminals are held at for any length of time."""

    stimuli: CoverAt
    biases: CoverAt

    def with_read(self, profile: DeviceProfile) -> "Covers":
        """The cover that has a read as the profile says, too."""
        key = profile.read_terminal, Source.VOLTAGE
        read = self.stimuli.get(key, Cover()).widened(profile.read_voltage, profile.read_compliance)
        return replace(self, stimuli={**self.stimuli, key: read})


def covers(plan: Plan) -> Covers:
    """What a plan covers."""
    stimuli: dict[tuple[str, Source], Cover] = {}
    biases: dict[tuple[str, Source], Cover] = {}
    for one in plan.planned:
        score = one.stimulus.score()
        for bar in score.bars():
            for terminal, part in zip(score.terminals, bar.parts, strict=True):
                for segment in part:
                    before = stimuli.setdefault((terminal, segment.source), Cover())
                    if not before.holds(segment.level, segment.limit):
                        wider = before.widened(segment.level, segment.limit)
                        stimuli[terminal, segment.source] = wider
    for bias in plan.biases:
        key = bias.terminal, Source.VOLTAGE
        for level in bias.levels:
            biases[key] = biases.get(key, Cover()).widened(level, bias.limit)
    return Covers(stimuli=stimuli, biases=biases)
