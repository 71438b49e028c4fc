"""What a bench file says of the 4200A it is for, to set up the simulated one of a rehearsal."""

from typing import Any

from mho.drivers.keithley_4200a.settings import KeithleySettings, PulseTerminal, SmuTerminal


def simulated(settings: KeithleySettings) -> dict[str, Any]:
    """Chassis, line frequency and terminator as plain data, keys of the instrument's settings.

    Slots up to the last one that the file names are filled with plain cards.
    """
    terminals = settings.terminals.values()
    smus = {
        terminal.number: terminal for terminal in terminals if isinstance(terminal, SmuTerminal)
    }
    rpms = [terminal.through_rpm for terminal in smus.values() if terminal.through_rpm is not None]
    cards = {int(channel[3]) for channel in rpms}
    for terminal in terminals:
        if isinstance(terminal, PulseTerminal):
            cards.add(terminal.card)
            if terminal.rpm:
                rpms.append(terminal.channel)
    found: dict[str, Any] = {
        "chassis": {
            "smus": [_smu(smus.get(number)) for number in range(1, max(smus, default=0) + 1)],
            "pmus": [
                {"rpms": sorted({int(rpm[-1]) for rpm in rpms if int(rpm[3]) == card})}
                for card in range(1, max(cards, default=0) + 1)
            ],
        },
        "line_frequency": settings.line_frequency,
    }
    if settings.terminator != "auto":
        found["string_terminator"] = settings.terminator
    return found


def _smu(terminal: SmuTerminal | None) -> dict[str, Any]:
    if terminal is None:
        return {}
    return {
        "model": "4211" if terminal.high_power else "4201",
        "preamplifier": terminal.preamp,
    }
