"""What a bench file says of the card it is for, to set up the simulated one of a rehearsal."""

from collections.abc import Mapping
from typing import Any

from mho.device.profile import DeviceProfile
from mho.drivers.ni_daq.settings import NiDaqSettings


def wiring(settings: NiDaqSettings, profile: DeviceProfile) -> Mapping[str, str]:
    """Which output of the card is wired to which terminal of the device."""
    return {
        f"{settings.card}/{terminal.output}": name
        for name, terminal in settings.driven.items()
        if name in profile.terminals
    }


def simulated(settings: NiDaqSettings, profile: DeviceProfile) -> dict[str, Any]:
    """Card and amplifiers as plain data, keys of the instrument's settings."""
    return {}
