"""The text of a bench file that reaches what is served, as it is wired."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from mho.keys import written_key
from mho.quantities import AMPERE, HERTZ, OHM, VOLT
from mho.sim_instruments.ni_daqmx.settings import (
    DEFAULT_AMPLIFIER,
    AmplifierSettings,
    is_line,
)
from mho.sim_instruments.ni_device_server.options import NiOptions
from mho.sim_instruments.ni_switch.bench_file import select_table
from mho.sim_instruments.ni_switch.settings import is_point

FAST = 1e6
"""What is said of an amplifier without a bandwidth (Hz)."""


@dataclass
class _Table:
    """A table of the file, by what follows the name of its instrument or terminal."""

    keys: list[str]
    beneath: dict[str, list[str]] = field(default_factory=dict)


@dataclass
class _Instrument:
    name: str
    table: _Table
    terminals: dict[str, _Table]


def bench_file(wiring: Mapping[str, str], options: NiOptions, address: str) -> str:
    """For modules, cards and the matrix behind them: one file that holds all that is wired."""
    matrix = select_table(wiring, options.switches, address)
    wiring = {channel: terminal for channel, terminal in wiring.items() if not is_point(channel)}
    modules = {channel: terminal for channel, terminal in wiring.items() if not is_line(channel)}
    lines = {channel: terminal for channel, terminal in wiring.items() if is_line(channel)}
    found = [*_modules(modules, options, address), *_cards(lines, options, address)]
    if not found:
        return "# Nothing that is wired here can drive a terminal and measure its current.\n"
    text = [*_instruments(found), *_terminals(found), *matrix]
    return "\n".join(text) + "\n"


def _instruments(found: list[_Instrument]) -> Iterator[str]:
    """One stands at the top of the file, several have tables by their names."""
    for number, one in enumerate(found):
        above = "" if len(found) == 1 else f"instruments.{one.name}"
        if number:
            yield ""
        if above:
            yield f"[{above}]"
        yield from one.table.keys
        for name, keys in one.table.beneath.items():
            yield from ("", f"[{above}.{name}]" if above else f"[{name}]", *keys)


def _terminals(found: list[_Instrument]) -> Iterator[str]:
    for one in found:
        for terminal, table in one.terminals.items():
            key = f"terminals.{written_key(terminal)}"
            yield from ("", f"[{key}]")
            if len(found) > 1:
                yield f'on = "{one.name}"'
            yield from table.keys
            for name, keys in table.beneath.items():
                yield from ("", f"[{key}.{name}]", *keys)


def _modules(modules: Mapping[str, str], options: NiOptions, address: str) -> Iterator[_Instrument]:
    terminals = {}
    for resource, terminal in modules.items():
        slot = resource.partition("/")[0]
        strong = {slot, resource} & set(options.version_40w)
        model = "40 W" if strong else "20 W"
        terminals[terminal] = _Table([f'resource = "{resource}"', f'model = "{model}"'])
    if terminals:
        keys = ['kind = "ni-pxie-4139"', f'target = "{address}"']
        yield _Instrument("smus", _Table(keys), terminals)


def _cards(lines: Mapping[str, str], options: NiOptions, address: str) -> Iterator[_Instrument]:
    """The cards on the clock of the first that has inputs; those of another one are left out."""
    names = {name.lower(): name for name in options.cards}
    at = {
        (names[channel.partition("/")[0].lower()], channel.partition("/")[2].lower()): terminal
        for channel, terminal in lines.items()
    }
    first = next((card for card, line in at if line.startswith("ai")), None)
    outputs = {terminal: place for place, terminal in at.items() if place[1].startswith("ao")}
    if first is None or not outputs:
        return
    read = {
        terminal: line
        for (card, line), terminal in at.items()
        if card == first and line.startswith("ai")
    }
    others = dict.fromkeys(card for card, _ in outputs.values() if card != first)
    models = {name: card.product for name, card in options.cards.items()}
    keys = [
        'kind = "ni-daq"', f'target = "{address}"', f'card = "{first}"',
        f'model = "{models[first]}"',
    ]  # fmt: skip
    beneath = {"other_cards": [f'{written_key(name)} = "{models[name]}"' for name in others]}
    table = _Table(keys, beneath if others else {})
    yield _Instrument("daq", table, _lines(first, outputs, read, options))


def _lines(
    first: str,
    outputs: Mapping[str, tuple[str, str]],
    read: Mapping[str, str],
    options: NiOptions,
) -> dict[str, _Table]:
    amplifiers = {line.lower(): one for line, one in options.amplifiers.items()}
    silent = [terminal for terminal in outputs if terminal not in read]
    grounded = [terminal for terminal in read if terminal not in outputs]
    found = {}
    for terminal, (card, line) in outputs.items():
        output = line if card == first else f"{card}/{line}"
        current = AMPERE.show(options.cards[card].ao_current)
        found[terminal] = _Table(
            [f'output = "{output}"', "current_unlimited = true", f'max_current = "{current}"']
        )
        elsewhere = silent == [terminal] and len(grounded) == 1
        measured_at = read.get(terminal) or (read[grounded[0]] if elsewhere else "")
        if measured_at:
            one = amplifiers.get(f"{first}/{measured_at}".lower(), DEFAULT_AMPLIFIER)
            found[terminal].beneath.update(_input(measured_at, one, -1 if elsewhere else 1))
    for terminal in grounded:
        by = read[terminal] if len(silent) == len(grounded) == 1 else "wire"
        found[terminal] = _Table([f'grounded_by = "{by}"'])
    return found


def _input(line: str, one: AmplifierSettings, sign: int) -> dict[str, list[str]]:
    """What measures at a terminal; with ``sign`` -1 it is at the other end of the device."""
    if one.measures == "voltage":
        return {"voltage": [f'input = "{line}"', f'offset = "{VOLT.show(one.offset)}"']}
    return {
        "current": [
            f'input = "{line}"', f'gain = "{OHM.show(sign * one.gain)}"',
            f'bandwidth = "{HERTZ.show(one.bandwidth or FAST)}"',
            f'saturation = "{VOLT.show(min(one.saturation, 10.0))}"',
            f'offset = "{VOLT.show(one.offset)}"', f'resistance = "{OHM.show(one.shunt)}"',
        ]
    }  # fmt: skip
