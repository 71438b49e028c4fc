"""What a bench file says of the cards it is for, to set up the simulated ones of a rehearsal."""

from collections.abc import Mapping
from typing import Any

from mho.device.profile import DeviceProfile
from mho.drivers.ni_daq.cards import CARDS
from mho.drivers.ni_daq.settings import NiDaqSettings
from mho.drivers.ni_daq.terminals import CurrentInput, GroundedTerminal, OutputTerminal
from mho.errors import Problem, SettingsError
from mho.quantities import AMPERE, HERTZ, OHM, VOLT


def wiring(settings: NiDaqSettings, profile: DeviceProfile) -> Mapping[str, str]:
    """Which channel of which card is wired to which terminal of the device.

    A terminal that a wire grounds stands at an output that is not used: at 0 V.

    Raises
    ------
    SettingsError
        There are not as many outputs.
    """
    found, driven, grounds = {}, _driven(settings, profile), _grounds(settings, profile)
    for name, terminal in driven.items():
        found["/".join(settings.place(terminal))] = name
        for channel in terminal.inputs:
            found[f"{settings.card}/{channel}"] = grounds.get(channel, name)
    outputs = [
        f"{card}/ao{number}"
        for card, model in settings.models.items()
        for number in range(CARDS[model].outputs)
    ]
    free = [output for output in outputs if output not in found]
    for name in profile.terminals:
        wired = settings.terminals.get(name)
        if not isinstance(wired, GroundedTerminal) or name in found.values():
            continue
        if not free:
            message = "a rehearsal needs an unused output to stand for ground, and all are wired"
            raise SettingsError([Problem(f"terminals.{name}", message)])
        found[free.pop(0)] = name
    return found


def simulated(settings: NiDaqSettings, profile: DeviceProfile) -> dict[str, Any]:
    """Cards and amplifiers as plain data, keys of the instrument's settings."""
    driven, grounds = _driven(settings, profile), _grounds(settings, profile)
    amplifiers: dict[str, dict[str, Any]] = {}
    for terminal in driven.values():
        if terminal.current is not None:
            meter = terminal.current
            amplifiers[f"{settings.card}/{meter.input}"] = _amplifier(meter, meter.input in grounds)
        if terminal.voltage is not None:
            amplifiers[f"{settings.card}/{terminal.voltage.input}"] = {
                "measures": "voltage",
                "offset": VOLT.show(terminal.voltage.offset),
            }
    largest = max(terminal.max_current for terminal in driven.values())
    return {
        "slots": [],
        "cards": {
            card: {"product": model, "ao_current": AMPERE.show(largest)}
            for card, model in settings.models.items()
        },
        "amplifiers": amplifiers,
    }


def _amplifier(meter: CurrentInput, is_ground: bool) -> dict[str, Any]:
    """At the other end of the device the same current flows the other way."""
    return {
        "measures": "current",
        "gain": OHM.show(-meter.gain if is_ground else meter.gain),
        "shunt": OHM.show(meter.resistance),
        "offset": VOLT.show(meter.offset),
        "saturation": VOLT.show(meter.saturation),
        "bandwidth": HERTZ.show(meter.bandwidth),
    }


def _driven(settings: NiDaqSettings, profile: DeviceProfile) -> dict[str, OutputTerminal]:
    return {name: one for name, one in settings.driven.items() if name in profile.terminals}


def _grounds(settings: NiDaqSettings, profile: DeviceProfile) -> dict[str, str]:
    """The terminals of the device at virtual grounds, by the input of the amplifier."""
    return {
        terminal.grounded_by: name
        for name, terminal in settings.terminals.items()
        if isinstance(terminal, GroundedTerminal) and name in profile.terminals
    }
