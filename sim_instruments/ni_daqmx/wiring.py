"""Which lines of which cards are wired to which terminals."""

from collections.abc import Mapping
from typing import TypeVar

from mho.errors import Problem
from mho.sim_instruments.ni_daqmx.card import Card, card
from mho.sim_instruments.ni_daqmx.settings import (
    ANALOG_LINE,
    AmplifierSettings,
    CardSettings,
)
from mho.sim_instruments.ni_daqmx.specifications import SPECIFICATIONS

T = TypeVar("T")


def wired_lines(
    wiring: Mapping[str, str],
    amplifiers: Mapping[str, AmplifierSettings],
    cards: Mapping[str, CardSettings],
    terminals: tuple[str, ...],
) -> list[Problem]:
    """What is wrong with wiring and amplifiers.

    A terminal has at most one output and, for each quantity, as many inputs as anybody likes.
    """
    problems = []
    driven: dict[str, str] = {}
    for channel, terminal in wiring.items():
        place = f"wiring.{channel}"
        wrong = _wrong(channel, cards)
        if wrong:
            problems.append(Problem(place, wrong))
        elif terminal not in terminals:
            known = ", ".join(terminals)
            problems.append(
                Problem(place, f'the device has no terminal "{terminal}"; it has {known}')
            )
        elif channel.partition("/")[2].lower().startswith("ao"):
            if terminal in driven:
                told = f'{driven[terminal]} is wired to "{terminal}" already: two sources meet'
                problems.append(Problem(place, told))
            driven.setdefault(terminal, channel)
    for channel in amplifiers:
        if _wrong(channel, cards) or not channel.partition("/")[2].lower().startswith("ai"):
            told = 'is no analogue input of a card here; write it as "Dev1/ai0"'
            problems.append(Problem(f"amplifiers.{channel}", told))
    return problems


def _wrong(channel: str, cards: Mapping[str, CardSettings]) -> str:
    device, _, line = channel.partition("/")
    settings = {name.lower(): settings for name, settings in cards.items()}.get(device.lower())
    if settings is None:
        return f'there is no card "{device}"; there are: {", ".join(cards) or "none"}'
    what = SPECIFICATIONS[settings.product]
    match = ANALOG_LINE.fullmatch(line.lower())
    if match is None:
        return 'write an analogue line as "Dev1/ao0" or "Dev1/ai0"'
    count = what.ao if match[1] == "ao" else what.ai
    if int(match[2]) >= count:
        return f"a {settings.product} has {count} of {match[1]}, counted from 0"
    return ""


def all_cards(
    cards: Mapping[str, CardSettings],
    wiring: Mapping[str, str],
    amplifiers: Mapping[str, AmplifierSettings],
) -> dict[str, Card]:
    """The cards, by name."""
    return {
        name: card(name, number, settings, _of(name, wiring), _of(name, amplifiers))
        for number, (name, settings) in enumerate(cards.items())
    }


def _of(device: str, table: Mapping[str, T]) -> dict[str, T]:
    """The rows of one card, by the short names of its lines."""
    return {
        line.lower(): value
        for channel, value in table.items()
        for name, _, line in (channel.partition("/"),)
        if name.lower() == device.lower()
    }
