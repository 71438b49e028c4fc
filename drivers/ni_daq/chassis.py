"""What a bench file says of the card it is for, to set up the simulated one of a rehearsal."""

from collections.abc import Mapping
from typing import Any

from mho.device.profile import DeviceProfile
from mho.drivers.ni_daq.cards import CARDS
from mho.drivers.ni_daq.settings import GroundedTerminal, NiDaqSettings
from mho.errors import Problem, SettingsError
from mho.quantities import AMPERE, HERTZ, OHM, VOLT


def wiring(settings: NiDaqSettings, profile: DeviceProfile) -> Mapping[str, str]:
    """Which channel of the card is wired to which terminal of the device.

    A terminal at a virtual ground stands at an output that is not used: at 0 V.

    Raises
    ------
    SettingsError
        There are not as many outputs.
    """
    found = {}
    driven = settings.driven
    for name in profile.terminals:
        if name in driven:
            for channel in (driven[name].output, *driven[name].inputs):
                found[f"{settings.card}/{channel}"] = name
    used = {one.output for name, one in driven.items() if name in profile.terminals}
    free = [
        f"ao{number}"
        for number in range(CARDS[settings.model].outputs)
        if f"ao{number}" not in used
    ]
    for name in profile.terminals:
        if isinstance(settings.terminals.get(name), GroundedTerminal):
            if not free:
                raise SettingsError(
                    [
                        Problem(
                            f"terminals.{name}",
                            "a rehearsal needs an unused output to stand for a virtual ground, and "
                            "all are wired; take one out",
                        )
                    ]
                )
            found[f"{settings.card}/{free.pop(0)}"] = name
    return found


def simulated(settings: NiDaqSettings, profile: DeviceProfile) -> dict[str, Any]:
    """Card and amplifiers as plain data, keys of the instrument's settings."""
    amplifiers: dict[str, dict[str, Any]] = {}
    driven = [one for name, one in settings.driven.items() if name in profile.terminals]
    for terminal in driven:
        if terminal.current is not None:
            meter = terminal.current
            amplifiers[f"{settings.card}/{meter.input}"] = {
                "measures": "current",
                "gain": OHM.show(meter.gain),
                "shunt": OHM.show(meter.resistance),
                "offset": VOLT.show(meter.offset),
                "saturation": VOLT.show(meter.saturation),
                "bandwidth": HERTZ.show(meter.bandwidth),
            }
        if terminal.voltage is not None:
            amplifiers[f"{settings.card}/{terminal.voltage.input}"] = {
                "measures": "voltage",
                "offset": VOLT.show(terminal.voltage.offset),
            }
    largest = max(terminal.max_current for terminal in driven)
    return {
        "slots": [],
        "cards": {settings.card: {"product": settings.model, "ao_current": AMPERE.show(largest)}},
        "amplifiers": amplifiers,
    }
