"""Which channels of which cards are wired, and what is wrong with that."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated

from pydantic import Field

from mho.drivers.ni_daq.cards import CARDS, Model
from mho.drivers.ni_daq.terminals import GroundedTerminal, OutputTerminal, Terminal

CardName = Annotated[str, Field(pattern=r"^[^\s,:/]+$")]


def place_of(terminal: OutputTerminal, card: str) -> tuple[str, str]:
    """The card of an output, ``card`` unless it says another, and the output's name there."""
    other, _, line = terminal.output.rpartition("/")
    return other or card, line


def wrong_channels(cards: Mapping[str, Model], terminals: Mapping[str, Terminal]) -> Iterator[str]:
    """Channels that are not there or taken twice, cards that share no clock, in sentences.

    The first of the ``cards`` is the one whose inputs measure.
    """
    card, model = next(iter(cards.items()))
    own = CARDS[model]
    driven = {name: one for name, one in terminals.items() if isinstance(one, OutputTerminal)}
    if not own.inputs:
        yield (
            f"a {model} has outputs and no input, so nothing could be measured, and there is no "
            "clock of inputs that others could run on; make a card with inputs `card`, and write "
            f'{card} = "{model}" under [other_cards]'
        )
    yield from _without_a_clock(cards)
    yield from _taken_twice(("/".join(place_of(one, card)), name) for name, one in driven.items())
    for name, one in driven.items():
        at, line = place_of(one, card)
        if at not in cards:
            yield f"{name}: there is no card {at} here; name it under [other_cards]"
        elif int(line.removeprefix("ao")) >= CARDS[cards[at]].outputs:
            most = CARDS[cards[at]].outputs
            yield f"{name}: a {cards[at]} has ao0 to ao{most - 1}, no {line}"
    inputs = [(line, name) for name, one in driven.items() for line in one.inputs]
    yield from _taken_twice(inputs)
    for line, name in inputs:
        if own.inputs and int(line.removeprefix("ai")) >= own.inputs:
            yield f"{name}: a {model} has ai0 to ai{own.inputs - 1}, no {line}"
    yield from _wrong_partners(driven)
    yield from _wrong_grounds(terminals, driven)
    if not driven:
        yield "no terminal has an output, so nothing could be driven"
    elif own.inputs and not any(one.current for one in driven.values()):
        yield "no terminal has a current input, so nothing could be measured"


def _without_a_clock(cards: Mapping[str, Model]) -> Iterator[str]:
    (card, model), *others = cards.items()
    for name, other in others:
        if CARDS[other].bus != CARDS[model].bus:
            yield (
                f"other_cards: {name} is a {other} and {card} a {model}: no clock goes from one to "
                "the other; take two in one PXI chassis, or two with an RTSI cable"
            )


def _wrong_grounds(
    terminals: Mapping[str, Terminal], driven: Mapping[str, OutputTerminal]
) -> Iterator[str]:
    meters = {one.current.input for one in driven.values() if one.current is not None}
    for name, terminal in terminals.items():
        if isinstance(terminal, GroundedTerminal) and terminal.grounded_by not in ("wire", *meters):
            yield (
                f"{name} is grounded by {terminal.grounded_by}, which is the current input of no "
                "terminal"
            )


def _taken_twice(wired: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Channels that are at two terminals, or twice at one."""
    seen: dict[str, str] = {}
    for channel, name in wired:
        if channel in seen:
            short = channel.rpartition("/")[2]
            yield f"{short} is at both {seen[channel]} and {name}; one each"
        seen.setdefault(channel, name)


def _wrong_partners(driven: Mapping[str, OutputTerminal]) -> Iterator[str]:
    """Differential inputs without a partner, or whose partner is taken."""
    inputs = {
        int(one.input.removeprefix("ai")): (name, one.wiring)
        for name, terminal in driven.items()
        for one in (terminal.current, terminal.voltage)
        if one is not None
    }
    for number, (name, wiring) in inputs.items():
        partner = number + 8
        if wiring != "differential":
            continue
        if number % 16 >= 8:
            yield (
                f"{name}: ai{number} is no differential input but the partner of ai{number - 8}; "
                'take ai0 to ai7 or ai16 to ai23, or wiring = "RSE"'
            )
        elif partner in inputs:
            yield (
                f"{name}: ai{number} is differential and takes ai{partner} as its partner, which "
                f"is at {inputs[partner][0]}"
            )
