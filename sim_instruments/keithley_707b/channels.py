"""Channels of a matrix: slot, row and column in one text, and lists of them.

``1A05`` is slot 1, row A, column 5; ``1105`` the same on a card whose rows have numbers. Columns
from 100 on are ``A0``, ``A1``, ... (707B/708B manual, channel specifiers).
"""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

_CHANNEL = re.compile(r"([1-6])([A-Z1-9])([0-9A-Z][0-9])")
_SLOT = re.compile(r"slot([1-6])")

ROWS, COLUMNS = 8, 12
"""Of a 7174A card."""


class NoChannel(Exception):
    """A text that names no channel of this mainframe."""


class Channel(NamedTuple):
    """A relay; sorted as the mainframe lists them."""

    slot: int
    row: str
    column: int

    def __str__(self) -> str:
        tens, ones = divmod(self.column, 10)
        high = str(tens) if tens < 10 else chr(ord("A") + tens - 10)
        return f"{self.slot}{self.row}{high}{ones}"


def cards(slots: Sequence[int]) -> tuple[Channel, ...]:
    """Every channel of the cards in these slots."""
    return tuple(
        Channel(slot, chr(ord("A") + row), column + 1)
        for slot in sorted(slots)
        for row in range(ROWS)
        for column in range(COLUMNS)
    )


def channels_in(
    text: str, known: Sequence[Channel], patterns: Mapping[str, tuple[Channel, ...]]
) -> list[Channel]:
    """The channels of a list, each once.

    Raises
    ------
    NoChannel
        One item names none.
    """
    found: dict[Channel, None] = {}
    for item in re.split("[,;]", text):
        found.update(dict.fromkeys(_of_item(item.strip(), known, patterns)))
    return list(found)


def _of_item(
    item: str, known: Sequence[Channel], patterns: Mapping[str, tuple[Channel, ...]]
) -> Sequence[Channel]:
    if item in patterns:
        return patterns[item]
    if item.casefold() == "allslots":
        return known
    match = _SLOT.fullmatch(item.casefold())
    if match is not None:
        of_slot = [one for one in known if one.slot == int(match[1])]
        if not of_slot:
            raise NoChannel(f"{item}: empty slot")
        return of_slot
    first, colon, last = item.partition(":")
    if not colon:
        return [_channel(item, known)]
    low, high = _channel(first, known), _channel(last, known)
    if high < low:
        raise NoChannel(f"{item}: the lowest channel comes first")
    return [one for one in known if low <= one <= high]


def _channel(text: str, known: Sequence[Channel]) -> Channel:
    match = _CHANNEL.fullmatch(text.strip().upper())
    if match is None:
        raise NoChannel(f"{text}: no channel")
    row = match[2] if match[2].isalpha() else chr(ord("A") + int(match[2]) - 1)
    high = match[3][0]
    tens = int(high) if high.isdigit() else ord(high) - ord("A") + 10
    channel = Channel(int(match[1]), row, 10 * tens + int(match[3][1]))
    if channel not in known:
        raise NoChannel(f"{text}: not on a card")
    return channel
