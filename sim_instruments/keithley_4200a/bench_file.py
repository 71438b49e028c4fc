"""The bench file that reaches a served 4200A: which channel is at each terminal, and through what.

It is written from the wiring alone and shares nothing with the driver that reads it.
"""

from collections.abc import Iterator, Mapping

from mho.keys import written_key
from mho.sim_instruments.keithley_4200a.chassis import Chassis
from mho.sim_instruments.keithley_4200a.options import KeithleyOptions

_MAINS = (50, 60)


def bench_file(wiring: Mapping[str, str], options: KeithleyOptions, address: str) -> str:
    """The text; an SMU where there is one, and what to write for pulses of the card instead."""
    lines = ['kind = "keithley-4200a"', f'connection = "{address}"']
    if options.over_gpib:
        lines.insert(
            0, '# mho\'s driver needs transport = "ethernet" on a socket; this is for others'
        )
    if options.line_frequency in _MAINS:
        lines.append(f"line_frequency = {options.line_frequency:.0f}")
    terminals = dict.fromkeys(wiring.values())
    for terminal in terminals:
        channels = [channel for channel, end in wiring.items() if end == terminal]
        lines += ["", *_terminal(terminal, channels, options.chassis)]
    return "\n".join(lines) + "\n"


def _terminal(terminal: str, channels: list[str], chassis: Chassis) -> Iterator[str]:
    smu = next((channel for channel in channels if channel.startswith("SMU")), None)
    pulse = next((channel for channel in channels if channel.startswith("PMU")), None)
    yield f"[terminals.{written_key(terminal)}]"
    if smu is not None:
        card = chassis.smus[int(smu.removeprefix("SMU")) - 1]
        yield f'channel = "{smu}"'
        if card.high_power:
            yield "high_power = true"
        if card.preamplifier:
            yield "preamp = true"
        if pulse is not None:
            yield f'through_rpm = "{pulse}"   # its RPM, which both share'
            yield "# For pulses of the card, write instead, from channel on:"
    if pulse is not None:
        before = "" if smu is None else "# "
        yield f'{before}channel = "{pulse}"'
        yield f"{before}current_unlimited = true   # a pulse card does not limit the current"
        if pulse not in chassis.rpm_channels:
            yield f"{before}rpm = false"
