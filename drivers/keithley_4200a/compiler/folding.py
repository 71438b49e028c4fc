"""Repeats in a list, folded into loops. Pure; what the items are does not matter.

A pulse card stores few segments but plays a sequence of them as often as it is told. Here the items
of a program are cut into stretches, each played once or in a loop, so that playing all stretches
gives back all items in order.
"""

import re
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from itertools import islice
from operator import eq
from typing import NamedTuple

_LEAST = 3
"""Fewest items of a stretch: an item is at least one segment, and a sequence needs three."""

_WINDOWS = (1, 4, 16, 64, 256)
"""So many items at a time are compared with earlier ones to guess periods."""

_GUESSES = 4


class Stretch(NamedTuple):
    """Items ``begin`` to ``end`` (exclusive), played ``loops`` times."""

    begin: int
    end: int
    loops: int = 1

    @property
    def saved(self) -> int:
        """Items that need not be stored."""
        return (self.loops - 1) * (self.end - self.begin)

    @property
    def stop(self) -> int:
        """Where the list goes on after the last loop."""
        return self.begin + self.loops * (self.end - self.begin)


def folded(items: Sequence[Hashable], longest: int, worth: int) -> list[Stretch]:
    """Cut ``items`` into stretches: the loop that saves most, then those beside it, and so on.

    A stretch has at least three items (unless there are fewer), a loop at most ``longest``; loops
    that save fewer than ``worth`` items are not made. Not every repeat is found, so the result is
    right, not the shortest possible.
    """
    stretches = []
    free = [(0, len(items), list(_runs(items, longest, worth)))]
    while free:
        begin, end, runs = free.pop()
        loop = max(
            (run.within(begin, end) for run in runs),
            key=lambda stretch: stretch.saved,
            default=Stretch(begin, end),
        )
        if loop.saved < worth:
            if begin < end:
                stretches.append(Stretch(begin, end))
            continue
        stretches.append(loop)
        free.append((begin, loop.begin, [run for run in runs if run.begin < loop.begin]))
        free.append((loop.stop, end, [run for run in runs if run.end > loop.stop]))
    return sorted(stretches)


class _Run(NamedTuple):
    """Items ``begin`` to ``end`` (exclusive) of which each equals the one ``period`` before."""

    begin: int
    end: int
    period: int

    def within(self, first: int, last: int) -> Stretch:
        """The longest loop between ``first`` and ``last`` that leaves no too short rests there."""
        begin = max(self.begin, first)
        if first < begin < first + _LEAST:
            begin = first + _LEAST
        loops = (min(self.end, last) - begin) // self.period
        if 0 < last - begin - loops * self.period < _LEAST:
            loops -= 1
        return Stretch(begin, begin + self.period, max(loops, 1))


def _runs(items: Sequence[Hashable], longest: int, worth: int) -> Iterator[_Run]:
    if len(items) <= worth:
        return
    known: dict[Hashable, int] = {}
    numbers = [known.setdefault(item, len(known)) for item in items]
    if len(known) > longest:  # more than can be stored, however it is folded
        return
    for period in _periods(numbers, longest):
        same = bytes(map(eq, numbers, islice(numbers, period, None)))
        unit = period * -(-_LEAST // period)
        for match in re.finditer(rb"\x01{%d,}" % (2 * unit - period), same):
            yield _Run(match.start(), match.end() + period, unit)


def _periods(numbers: Sequence[int], longest: int) -> set[int]:
    """Guesses: the distances at which the same window of items most often comes again.

    A period that no single item tells (``AAABBB`` again and again) shows in longer windows.
    """
    text = "".join(map(chr, numbers))
    found: set[int] = set()
    for window in _WINDOWS:
        last: dict[int, int] = {}
        distances: Counter[int] = Counter()
        for index in range(len(text) - window + 1):
            seen = hash(text[index : index + window])
            distances[index - last.get(seen, index)] += 1
            last[seen] = index
        del distances[0]
        common = (distance for distance, _ in distances.most_common() if distance <= longest)
        found.update(islice(common, _GUESSES))
    return found
