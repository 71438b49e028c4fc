"""A refusal: why something must not be applied. Alike refusals are told as one."""

import re
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, replace
from math import inf, isnan

_NUMBER = re.compile(r"[0-9][0-9.e+-]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """One reason, in two halves: ``"level 4 V"``, ``" is above 2.6 V"``.

    Attributes
    ----------
    like
        Refusals are alike that have the same here: the same limit is broken.
    where
        At which terminal; told for each, unless it is the same at many lines of an array.
    excess
        How far it goes beyond; of alike refusals the worst is told.
    times
        How often it would happen.
    """

    begin: str
    end: str = ""
    like: Hashable
    where: str = ""
    excess: float = 0.0
    times: int = 1

    def __str__(self) -> str:
        many = f" (the worst of {self.times})" if self.times > 1 else ""
        return f"{self.begin}{many}{self.end}"

    def at(self, place: str) -> "Refusal":
        """The same, said of a place."""
        return replace(self, begin=f"{place}: {self.begin}")


_SINGLY = 4
"""Terminals at which the same is wrong are told one by one up to so many."""


def plain(text: str) -> Refusal:
    """A refusal that is known as text only; alike are those that differ in numbers."""
    return Refusal(begin=text, like=_NUMBER.sub("", text))


def excess(value: float, bound: float) -> float:
    """How far a value is beyond its bound; infinite for what is no number."""
    return inf if isnan(value) else abs(value - bound)


def sentences(refusals: Iterable[tuple[str, Refusal]]) -> list[str]:
    """One line for all that are alike: the worst, what it is about, and how many there are.

    ``refusals`` come with what each is about.
    """
    groups: dict[Hashable, dict[str, list[tuple[str, Refusal]]]] = {}
    for about, refusal in refusals:
        places = groups.setdefault(refusal.like, {})
        places.setdefault(refusal.where, []).append((about, refusal))
    lines: list[str] = []
    for places in groups.values():
        if len(places) <= _SINGLY:
            lines += map(_sentence, places.values())
            continue
        together = [one for group in places.values() for one in group]
        lines.append(f"{_sentence(together)}; the same at {len(places) - 1} more terminals")
    return lines


def _sentence(group: list[tuple[str, Refusal]]) -> str:
    about, worst = max(group, key=lambda one: one[1].excess)
    here = [one for _, one in group if one.where == worst.where]
    worst = replace(worst, times=max(sum(one.times for one in here), 1))
    if not worst.end:
        worst = replace(worst, times=1)  # a text that says its number by itself
    others = len({about for about, _ in group}) - 1
    more = f" (and {others} more)" if others else ""
    return f"{about}{more}: {worst}"
