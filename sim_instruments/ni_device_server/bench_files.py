"""The text of a bench file that reaches what is served, as it is wired."""

from collections.abc import Mapping

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


def bench_file(wiring: Mapping[str, str], options: NiOptions, address: str) -> str:
    """For the modules, and the matrix behind them; or for the card where no module is wired."""
    matrix = select_table(wiring, options.switches, address)
    wiring = {channel: terminal for channel, terminal in wiring.items() if not is_point(channel)}
    modules = {channel: terminal for channel, terminal in wiring.items() if not is_line(channel)}
    lines = {channel: terminal for channel, terminal in wiring.items() if is_line(channel)}
    if modules or not lines:
        return "\n".join([_of_modules(modules, options, address).rstrip(), *matrix]) + "\n"
    return _of_card(lines, options, address)


def _of_modules(modules: Mapping[str, str], options: NiOptions, address: str) -> str:
    text = ['kind = "ni-pxie-4139"', f'target = "{address}"']
    for resource, terminal in modules.items():
        slot = resource.partition("/")[0]
        strong = {slot, resource} & set(options.version_40w)
        text += [
            "",
            f"[terminals.{written_key(terminal)}]",
            f'resource = "{resource}"',
            f'model = "{"40 W" if strong else "20 W"}"',
        ]
    return "\n".join(text) + "\n"


def _of_card(lines: Mapping[str, str], options: NiOptions, address: str) -> str:
    name = next(iter(lines)).partition("/")[0]
    card = next(one for other, one in options.cards.items() if other.lower() == name.lower())
    own = {
        channel.partition("/")[2].lower(): terminal
        for channel, terminal in lines.items()
        if channel.lower().startswith(f"{name.lower()}/")
    }
    driven = {terminal: line for line, terminal in own.items() if line.startswith("ao")}
    read = {terminal: line for line, terminal in own.items() if line.startswith("ai")}
    amplifiers = {line.lower(): one for line, one in options.amplifiers.items()}
    text = [
        'kind = "ni-daq"', f'target = "{address}"', f'card = "{name}"', f'model = "{card.product}"',
    ]  # fmt: skip
    silent = [terminal for terminal in driven if terminal not in read]
    grounded = [terminal for terminal in read if terminal not in driven]
    for terminal, output in driven.items():
        key = f"terminals.{written_key(terminal)}"
        text += [
            "", f"[{key}]", f'output = "{output}"', "current_unlimited = true",
            f'max_current = "{AMPERE.show(card.ao_current)}"',
        ]  # fmt: skip
        elsewhere = silent == [terminal] and len(grounded) == 1
        line = read.get(terminal) or (read[grounded[0]] if elsewhere else "")
        if line:
            one = amplifiers.get(f"{name.lower()}/{line}", DEFAULT_AMPLIFIER)
            text += _input(key, line, one, -1 if elsewhere else 1)
    for terminal in grounded:
        by = read[terminal] if len(silent) == len(grounded) == 1 else "wire"
        text += ["", f"[terminals.{written_key(terminal)}]", f'grounded_by = "{by}"']
    return "\n".join(text) + "\n"


def _input(key: str, line: str, one: AmplifierSettings, sign: int) -> list[str]:
    """What measures at a terminal; with ``sign`` -1 it is at the other end of the device."""
    if one.measures == "voltage":
        return ["", f"[{key}.voltage]", f'input = "{line}"', f'offset = "{VOLT.show(one.offset)}"']
    return [
        "", f"[{key}.current]", f'input = "{line}"', f'gain = "{OHM.show(sign * one.gain)}"',
        f'bandwidth = "{HERTZ.show(one.bandwidth or FAST)}"',
        f'saturation = "{VOLT.show(min(one.saturation, 10.0))}"',
        f'offset = "{VOLT.show(one.offset)}"', f'resistance = "{OHM.show(one.shunt)}"',
    ]  # fmt: skip
