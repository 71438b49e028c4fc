"""The simulated cells of a device: banks of the model that its profile names."""

from collections.abc import Callable, Mapping
from typing import Any

from mho import plugins, settings
from mho.device.bank import CellBank
from mho.device.profile import DeviceProfile
from mho.errors import Problem, SettingsError
from mho.frozen import Frozen
from mho.plugin_kinds import DeviceKind

_PRESET = "preset"


def banks_of(profile: DeviceProfile, preset: str | None) -> Callable[[int, int], CellBank]:
    """``cells(count, seed)`` of the model of a profile, with another preset if one is named.

    Raises
    ------
    SettingsError
        The profile names no model, the model has no bank or no preset, or its parameters are wrong.
    """
    place = f"device {profile.name}"
    if profile.model is None:
        message = "names no simulated device ([model]); the arena has nothing to programme"
        raise SettingsError([Problem(place, message)])
    kind: DeviceKind = plugins.load(plugins.DEVICES, profile.model.kind)
    bank = kind.bank
    if bank is None:
        have = [name for name in plugins.names(plugins.DEVICES) if _has_bank(name)]
        message = (
            f"its model {profile.model.kind} cannot be had many at once; "
            f"models that can: {', '.join(have)}"
        )
        raise SettingsError([Problem(place, message)])
    data: Mapping[str, Any] = profile.model.parameters
    if preset is not None:
        data = _with_preset(data, kind.parameters, preset, profile.model.kind)
    parameters = settings.parse(place, data, kind.parameters, ("model", "parameters"))
    return lambda count, seed: bank(parameters, count, seed)


def _has_bank(name: str) -> bool:
    kind: DeviceKind = plugins.load(plugins.DEVICES, name)
    return kind.bank is not None


def _with_preset(
    data: Mapping[str, Any], model: type[Frozen], preset: str, kind: str
) -> dict[str, Any]:
    """The parameters with that preset, where the model or a part of it has one."""
    if _PRESET in model.model_fields:
        return {**data, _PRESET: preset}
    for name, field in model.model_fields.items():
        part = field.annotation
        if isinstance(part, type) and issubclass(part, Frozen) and _PRESET in part.model_fields:
            return {**data, name: {**data.get(name, {}), _PRESET: preset}}
    raise SettingsError([Problem("--preset", f"the model {kind} has no presets; leave it out")])
