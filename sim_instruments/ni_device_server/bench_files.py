"""The bench file that reaches what a served chassis is wired to: modules, cards, or both."""

from collections.abc import Iterable, Mapping

from mho.keys import written_key
from mho.quantities import AMPERE, HERTZ, OHM, VOLT
from mho.sim_instruments.ni_daqmx.settings import DEFAULT_AMPLIFIER, AmplifierSettings, is_line
from mho.sim_instruments.ni_device_server.options import NiOptions

_FAST = 10e6
"""Hz, of an amplifier whose bandwidth is not simulated."""


def bench_file(wiring: Mapping[str, str], options: NiOptions, address: str) -> str:
    """The text; a chassis with modules and a card, or several cards, is several instruments."""
    modules = {channel: terminal for channel, terminal in wiring.items() if not is_line(channel)}
    cards = dict.fromkeys(channel.partition("/")[0] for channel in wiring if is_line(channel))
    parts: dict[str, tuple[list[str], dict[str, list[str]]]] = {}
    if modules:
        head = ['kind = "ni-pxie-4139"', f'target = "{address}"']
        parts["smus"] = head, dict(_modules(modules, options))
    for card in cards:
        product = options.cards[card].product
        head = ['kind = "ni-daq"', f'target = "{address}"', f'card = "{card}"']
        tables = dict(_card(card, wiring, options))
        if tables:
            parts[card] = [*head, f'model = "{product}"'], tables
    if not parts:
        return "# none: no terminal is wired to a PXIe-4139 or to an output of a card\n"
    if len(parts) == 1:
        ((head, tables),) = parts.values()
        return _text([*head, *_tables(tables)])
    lines: list[str] = []
    for name, (head, _) in parts.items():
        lines += [f"[instruments.{written_key(name)}]", *head, ""]
    for name, (_, tables) in parts.items():
        lines += _tables(tables, on=name)
    return _text(lines)


def _text(lines: Iterable[str]) -> str:
    return "\n".join(lines) + "\n"


def _tables(tables: Mapping[str, list[str]], on: str = "") -> Iterable[str]:
    for terminal, keys in tables.items():
        yield ""
        yield f"[terminals.{written_key(terminal)}]"
        if on:
            yield f'on = "{on}"'
        yield from keys


def _modules(modules: Mapping[str, str], options: NiOptions) -> Iterable[tuple[str, list[str]]]:
    for resource, terminal in modules.items():
        strong = {resource.partition("/")[0], resource} & set(options.version_40w)
        yield terminal, [f'resource = "{resource}"', f'model = "{"40 W" if strong else "20 W"}"']


def _card(
    card: str, wiring: Mapping[str, str], options: NiOptions
) -> Iterable[tuple[str, list[str]]]:
    """The terminals that an output of a card is wired to, with the inputs that are, too."""
    lines = {
        channel: terminal
        for channel, terminal in wiring.items()
        if is_line(channel) and channel.partition("/")[0] == card
    }
    for channel, terminal in lines.items():
        output = channel.partition("/")[2].lower()
        if not output.startswith("ao"):
            continue
        keys = [
            f'output = "{output}"',
            "current_unlimited = true",
            f'max_current = "{AMPERE.show(options.cards[card].ao_current)}"',
        ]
        for other, at in lines.items():
            name = other.partition("/")[2].lower()
            if at == terminal and name.startswith("ai"):
                amplifier = options.amplifiers.get(other, DEFAULT_AMPLIFIER)
                keys += _input(terminal, name, amplifier)
        yield terminal, keys


def _input(terminal: str, name: str, amplifier: AmplifierSettings) -> list[str]:
    table = f"[terminals.{written_key(terminal)}.{amplifier.measures}]"
    keys = ["", table, f'input = "{name}"', f'offset = "{VOLT.show(amplifier.offset)}"']
    if amplifier.measures == "voltage":
        return keys
    return [
        *keys,
        f'gain = "{OHM.show(amplifier.gain)}"',
        f'resistance = "{OHM.show(amplifier.shunt)}"',
        f'saturation = "{VOLT.show(min(amplifier.saturation, 10.0))}"',
        f'bandwidth = "{HERTZ.show(amplifier.bandwidth or _FAST)}"',
    ]
