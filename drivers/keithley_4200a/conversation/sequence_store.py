"""Which sequences of segments the pulse cards hold, and under which names. No I/O.

What was defined stays defined, so that programs that take turns are told once. Sequences of a
closed loop, which differ from the one before in a few arrays only, are written over it, unless too
often what was written over comes back; that gets a name of its own. Where there is no room left,
that goes which will be played again last, if all goes on as it did.
"""

from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import inf

from mho.drivers.keithley_4200a.codec.segment_arb import (
    Columns,
    columns,
    definition,
    messages_for,
)
from mho.drivers.keithley_4200a.compiler.pulse_channels import Bar
from mho.drivers.keithley_4200a.ranges import MAX_SEGMENTS, MAX_SEQUENCES

_MOST_REMEMBERED = 4096

_FRESH_COSTS = 3
"""So many times as much a free name must cost as another, if that is to be written over; and so
many sequences must be written over for one that comes back."""

_OVERDUE = 3
"""Periods after which a sequence that has not come back is not waited for."""

_LEVELS = frozenset({"STARTV", "STOPV"})

Array = tuple[int, str, tuple[str, ...]]
"""Channel, name in `definition`, and values."""


@dataclass(slots=True)
class _Stored:
    """A sequence as it stands on the cards, and whether it has come back."""

    bar: Bar
    columns: Mapping[int, Columns]
    comes_back: bool
    played: int
    period: float = inf

    def again(self, now: int) -> float:
        """When it will be played again, if it does so as it did; never, if that is long past."""
        overdue = now > self.played + _OVERDUE * self.period
        return inf if overdue else self.played + self.period


@dataclass(frozen=True, slots=True)
class Definitions:
    """Messages that define what is not stored yet, and the names of all that was asked for."""

    names: tuple[int, ...]
    messages: tuple[str, ...]
    only_levels: bool
    """True if nothing but levels of sequences that were taken before is new."""


class SequenceStore:
    """The sequences on the pulse cards of one 4200A; the same names on all channels.

    Segments of earlier sequences are counted as if they took room; that they do is unverified.
    """

    def __init__(self) -> None:
        self._stored: dict[int, _Stored] = {}
        self._names: dict[Bar, int] = {}
        self._held: Counter[int] = Counter()  # segments, by channel
        self._seen: dict[Bar, int] = {}  # and when it was played last
        self._now = self._written_over = self._regretted = 0

    def clear(self) -> None:
        """Nothing is known to be stored (any more)."""
        self._stored.clear()
        self._names.clear()
        self._held.clear()
        self._seen.clear()
        self._written_over = self._regretted = 0

    def define(self, bars: Sequence[Bar]) -> Definitions | None:
        """Give names to ``bars``, or forget everything if they find no room beside what is kept.

        What is returned counts as stored: call `clear` if it is not taken.
        """
        wanted = dict.fromkeys(bars)
        in_use = {self._names[bar] for bar in wanted if bar in self._names}
        messages: list[str] = []
        only_levels = True
        for bar in wanted:
            self._now += 1
            name = self._names.get(bar)
            if name is not None:
                stored = self._stored[name]
                stored.period, stored.played = self._now - stored.played, self._now
                stored.comes_back = True
                self._seen[bar] = self._now
                continue
            told = {number: columns(segments) for number, segments in bar}
            place = self._place_for(bar, told, in_use)
            if place is None:
                self.clear()
                return None
            name, new = place
            in_use.add(name)
            before = self._stored.get(name)
            for number, column, values in new:
                only_levels = only_levels and before is not None and column in _LEVELS
                messages += definition(number, name, column, values)
            self._store(name, self._new_one(bar, _standing(new, before)))
        return Definitions(tuple(self._names[bar] for bar in bars), tuple(messages), only_levels)

    def _place_for(
        self, bar: Bar, told: Mapping[int, Columns], in_use: Container[int]
    ) -> tuple[int, list[Array]] | None:
        """Its name, and what is new there.

        A free name, unless another is cheaper to write over or there is no room left.
        """
        comes_back = bar in self._seen
        free = len(self._stored) + 1
        has_room = free <= MAX_SEQUENCES and self._fits(bar)
        fresh = _new(told, None)
        if has_room and comes_back:
            return free, fresh
        if has_room:
            regrets = _FRESH_COSTS * self._regretted > self._written_over
            candidates = [
                (name, _new(told, stored))
                for name, stored in self._stored.items()
                if name not in in_use and not stored.comes_back and self._fits(bar, stored)
            ]
            cheapest = min(
                candidates, key=lambda place: (_cost(place[1]), place[0]), default=(free, fresh)
            )
            if regrets or _FRESH_COSTS * _cost(cheapest[1]) > _cost(fresh):
                return free, fresh
            self._written_over += 1
            return cheapest
        others = [
            (stored.again(self._now), -stored.played, name)
            for name, stored in self._stored.items()
            if name not in in_use and self._fits(bar, stored)
        ]
        if not others:
            return None
        name = max(others)[2]
        return name, _new(told, self._stored[name])

    def _new_one(self, bar: Bar, columns: Mapping[int, Columns]) -> _Stored:
        before = self._seen.get(bar)
        if before is None:
            return _Stored(bar, columns, comes_back=False, played=self._now)
        self._regretted += 1
        return _Stored(bar, columns, True, self._now, self._now - before)

    def _fits(self, bar: Bar, in_place_of: _Stored | None = None) -> bool:
        """Whether every channel has room for its segments."""
        freed = {} if in_place_of is None else {n: len(own) for n, own in in_place_of.bar}
        return all(
            len(segments) + self._held[number] - freed.get(number, 0) <= MAX_SEGMENTS
            for number, segments in bar
        )

    def _store(self, name: int, stored: _Stored) -> None:
        before = self._stored.pop(name, None)
        if before is not None:
            del self._names[before.bar]
            self._held.subtract({number: len(own) for number, own in before.bar})
        self._stored[name] = stored
        self._names[stored.bar] = name
        self._held.update({number: len(own) for number, own in stored.bar})
        if len(self._seen) >= _MOST_REMEMBERED:
            self._seen.clear()
        self._seen[stored.bar] = self._now


def _new(told: Mapping[int, Columns], before: _Stored | None) -> list[Array]:
    """The arrays that differ from what stands there."""
    new = []
    for number, own in told.items():
        stands = {} if before is None else before.columns.get(number, {})
        for column, values in own.items():
            stood = stands.get(column)
            if stood != values and not (stood is None and _is_default(column, values)):
                new.append((number, column, values))
    return new


def _standing(new: Iterable[Array], before: _Stored | None) -> Mapping[int, Columns]:
    """The arrays that the cards hold once the new ones are sent."""
    found = {} if before is None else {number: dict(own) for number, own in before.columns.items()}
    for number, column, values in new:
        found.setdefault(number, {})[column] = values
    return found


def _is_default(column: str, values: tuple[str, ...]) -> bool:
    """Whether an array need not be sent: nothing is read unless it is said (p. 7-39 to 7-56)."""
    return column.startswith("MEAS") and set(values) == {"0"}


def _cost(new: Iterable[Array]) -> int:
    return sum(messages_for(values) for _, _, values in new)
