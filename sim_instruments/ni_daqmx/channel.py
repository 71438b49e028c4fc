"""Virtual channels: what a task has added, and which lines of a card they are."""

import re
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mho.sim_instruments.ni_daqmx import names
from mho.sim_instruments.ni_daqmx.card import Card, no_such_channel
from mho.sim_instruments.ni_daqmx.errors import INVALID_DEVICE_ID, DaqError
from mho.sim_instruments.ni_daqmx.line import DigitalPort, InputLine, OutputLine
from mho.sim_instruments.ni_daqmx.scale import Scale

_LINE = re.compile(r"(?:port(\d{1,2})/)?line(\d{1,3})", re.ASCII)
_INTERNAL_OUTPUT = re.compile(r"_ao(\d{1,2})_vs_aognd", re.ASCII)
GROUND = "_aignd_vs_aignd"


@dataclass
class Channel:
    """A channel of a task.

    Which of ``output``, ``input``, ``follows``, ``lines`` and ``counter`` it has depends on its
    kind. ``low`` and ``high`` are its limits (V, or as its
    ``scale`` has it), None once somebody has reset them. ``signals``
    are the places of its lines in a waveform: as named, those of a whole port highest first.
    """

    name: str
    kind: int
    card: Card
    physical: str
    low: float | None = None
    high: float | None = None
    output: OutputLine | None = None
    input: InputLine | None = None
    follows: OutputLine | None = None
    lines: list[tuple[DigitalPort, int]] = field(default_factory=list)
    signals: list[int] = field(default_factory=list)
    is_port: bool = False
    counter: int = 0
    scale: Scale | None = None
    settings: dict[str, Any] = field(default_factory=dict)

    @property
    def full_scale(self) -> float:
        """Of the converter, by the limits or as somebody chose it (V)."""
        if self.output is not None:
            return self.output.full_scale
        chosen = self.settings.get("AI_RNG_HIGH")
        if chosen is not None:
            return self.card.ai_range(0.0, float(chosen))
        ends = np.array([self.low or 0.0, self.high or 0.0])
        return self.card.ai_range(*(ends if self.scale is None else self.scale.volts(ends)))

    def named(self, volts: NDArray[np.float64]) -> NDArray[np.float64]:
        """Volts on the scale of the channel."""
        return volts if self.scale is None else self.scale.scaled(volts)


def device_of(text: str, cards: dict[str, Card]) -> Card:
    """The card of a name, in any case.

    Raises
    ------
    DaqError
        There is none.
    """
    wanted = text.strip().lower()
    for name, card in cards.items():
        if name.lower() == wanted:
            return card
    raise DaqError(INVALID_DEVICE_ID, f"Device: {text.strip() or '(none)'}.")


def split(text: str, cards: dict[str, Card]) -> tuple[Card, str]:
    """The card of a physical channel and the rest of its name, in lower case."""
    device, slash, rest = text.strip().lstrip("/").partition("/")
    if not slash:
        raise DaqError(INVALID_DEVICE_ID, f"Physical Channel: {text.strip()}.")
    return device_of(device, cards), rest.lower()


def analog_input(
    text: str, cards: dict[str, Card]
) -> tuple[Card, InputLine | None, OutputLine | None]:
    """Card, and the input line, or the output whose voltage an internal channel reads."""
    card, rest = split(text, cards)
    if rest in card.inputs:
        return card, card.inputs[rest], None
    internal = _INTERNAL_OUTPUT.fullmatch(rest)
    if internal is not None and f"ao{internal[1]}" in card.outputs and card.inputs:
        return card, None, card.outputs[f"ao{internal[1]}"]
    if rest == GROUND and card.inputs:
        return card, None, None
    raise no_such_channel(text, card)


def analog_output(text: str, cards: dict[str, Card]) -> tuple[Card, OutputLine]:
    """Card and output line."""
    card, rest = split(text, cards)
    if rest not in card.outputs:
        raise no_such_channel(text, card)
    return card, card.outputs[rest]


def digital(text: str, cards: dict[str, Card]) -> tuple[Card, list[tuple[DigitalPort, int]], bool]:
    """Card and lines of one line or port, the lowest first; whether it is a port."""
    card, rest = split(text, cards)
    if rest in card.ports:
        port = card.ports[rest]
        return card, [(port, bit) for bit in range(port.lines)], True
    match = _LINE.fullmatch(rest)
    port_name = f"port{match[1] or 0}" if match else ""
    if match is None or port_name not in card.ports or int(match[2]) >= card.ports[port_name].lines:
        raise no_such_channel(text, card)
    return card, [(card.ports[port_name], int(match[2]))], False


def places(parts: list[tuple[int, bool]]) -> list[int]:
    """For each signal of a waveform which line it is; ``parts``: so many lines, whether a port."""
    found: list[int] = []
    for count, is_port in parts:
        own = range(len(found), len(found) + count)
        found += reversed(own) if is_port else own
    return found


def counter(text: str, cards: dict[str, Card]) -> tuple[Card, int]:
    """Card and number of a counter."""
    card, rest = split(text, cards)
    number = rest.removeprefix("ctr")
    if not rest.startswith("ctr") or number not in map(str, range(card.what.counters)):
        raise no_such_channel(text, card)
    return card, int(number)


def named(channels: list[Channel], text: str) -> list[Channel]:
    """The channels that a text means: all if it is empty, by name or in ranges of names."""
    if not text.strip():
        return channels
    by_name = {channel.name.lower(): channel for channel in channels}
    found = []
    for part in names.split(text):
        whole = by_name.get(part.lower())
        if whole is not None:
            found.append(whole)
            continue
        for name in names.expand(part):
            one = by_name.get(name.lower())
            if one is None:
                return []
            found.append(one)
    return found
