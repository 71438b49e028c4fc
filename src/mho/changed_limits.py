"""Limits of a device that are not those of its file, or of the shipped profile of its name."""

from collections.abc import Callable, Iterator

from mho import settings
from mho.device.profile import DeviceProfile
from mho.errors import SettingsError
from mho.quantities import AMPERE, COULOMB, VOLT
from mho.settings import SettingsFile

_ABSENT = "none"


def changed_limits(file: SettingsFile, profile: DeviceProfile) -> list[str]:
    """What a person should know before a device is energised within limits of somebody's own.

    One sentence for each limit that ``--set`` laid over the file, and for each that differs from
    the shipped profile with the same ``name``.
    """
    limits = _limits(profile)
    found: list[str] = []
    written = _profile(settings.unchanged(file)) if file.overrides else None
    if written is not None:
        found += _differences(limits, _limits(written), f"{file.place} has")
    for name in settings.shipped(settings.DEVICES):
        shipped = settings.read_shipped(settings.DEVICES, name)
        if shipped.place == file.place or shipped.data.get("name") != profile.name:
            continue
        like = _profile(shipped)
        if like is not None:
            found += _differences(limits, _limits(like), f"the shipped device {name} has")
    return found


def _profile(file: SettingsFile) -> DeviceProfile | None:
    try:
        return settings.validate(file, DeviceProfile)
    except SettingsError:  # what is laid over it may be what makes it right
        return None


def _differences(limits: dict[str, str], others: dict[str, str], whose: str) -> Iterator[str]:
    for key in dict.fromkeys((*limits, *others)):
        ours, theirs = limits.get(key, _ABSENT), others.get(key, _ABSENT)
        if ours != theirs:
            yield f"{key} is {ours}; {whose} {theirs}"


def _limits(profile: DeviceProfile) -> dict[str, str]:
    """Every limit of a profile by its key, as people write it."""
    found = {
        "dose.max_pulses": str(profile.dose.max_pulses),
        "dose.max_charge": COULOMB.show(profile.dose.max_charge),
    }
    for name, charge in profile.dose.max_charge_at.items():
        found[f"dose.max_charge_at.{name}"] = COULOMB.show(charge)
    for name, terminal in profile.terminals.items():
        values: tuple[tuple[str, float | None, Callable[[float], str]], ...] = (
            ("min_voltage", terminal.min_voltage, VOLT.show),
            ("max_voltage", terminal.max_voltage, VOLT.show),
            ("max_compliance", terminal.max_compliance, AMPERE.show),
            ("bias", terminal.bias, VOLT.show),
            ("bias_compliance", terminal.bias_compliance, AMPERE.show),
        )
        for key, value, show in values:
            if value is not None:
                found[f"terminals.{name}.{key}"] = show(value)
        found[f"terminals.{name}.rests"] = terminal.rests
    for across in profile.across:
        window = f"{VOLT.show(across.min_voltage)} to {VOLT.show(across.max_voltage)}"
        found[f"across {' to '.join(across.terminals)}"] = window
    return found
