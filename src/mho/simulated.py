"""What stands in for a device, built from its profile, and for an instrument, from its settings."""

from collections.abc import Mapping
from typing import Any

from mho import plugins, settings
from mho.device.layout import line_name
from mho.device.model import DeviceModel
from mho.device.profile import DeviceProfile
from mho.errors import MhoError, Problem, SettingsError
from mho.frozen import Frozen
from mho.plugin_kinds import DeviceKind, InstrumentKind, RunningInstrument
from mho.rehearsal.world import World
from mho.settings_text import place_of


def simulated_device(profile: DeviceProfile, seed: int, place: str) -> DeviceModel:
    """The device model that stands in for the device of ``profile``, built from ``seed``.

    Raises
    ------
    SettingsError
        As `model_of`; or no device can be built with these parameters.
    MhoError
        As `model_of`.
    """
    kind, parameters = model_of(profile, place)
    try:
        return kind.build(parameters, seed)
    except (ArithmeticError, ValueError) as error:
        message = f"no simulated device can be built with them ({error})"
        raise SettingsError([Problem(place_of(place, _PARAMETERS), message)]) from error


_PARAMETERS = ("model", "parameters")


def model_of(profile: DeviceProfile, place: str) -> tuple[DeviceKind, Frozen]:
    """The kind of the simulated device, and its parameters with what the profile gives.

    Raises
    ------
    SettingsError
        The profile has no model, or a cell's for an array or the reverse; or wrong parameters.
    MhoError
        No such plug-in, or one that is no `DeviceKind`.
    """
    if profile.model is None:
        raise SettingsError([Problem(place, "has no [model], so it cannot be simulated")])
    kind = plugins.load(plugins.DEVICES, profile.model.kind, f"{place}: model.kind")
    if not isinstance(kind, DeviceKind):
        raise MhoError(
            f'the plug-in behind the device model "{profile.model.kind}" is no DeviceKind'
        )
    given: Mapping[str, Any] = profile.model.parameters
    has_lines = kind.is_array and {"rows", "columns", "lines"} <= given.keys()
    if kind.is_array is not (profile.array is not None) and not has_lines:
        message = (
            f'"{profile.model.kind}" is an array; say with a table [array] how many cells it has. '
            "Where no selector connects one cell after the other, but every line has a channel, "
            'write rows, columns and lines in [model.parameters] and name the terminals "TE[0]" ...'
            if kind.is_array
            else f'"{profile.model.kind}" is one cell; for [array] write kind = "array" here, and '
            f'cell = "{profile.model.kind}" in [model.parameters]'
        )
        raise SettingsError([Problem(place_of(place, ("model", "kind")), message)])
    if profile.array is not None:
        layout = profile.array.model_dump(include={"rows", "columns"})
        lines = {name: profile.array.along(name) for name in profile.terminals}
        given = {**given, **layout, "lines": lines}
    return kind, settings.parse(place, given, kind.parameters, _PARAMETERS)


def see_simulable(place: str, profile: DeviceProfile, seed: int) -> None:
    """See that the simulated device of a profile can be built, and has its terminals.

    Raises
    ------
    SettingsError
        It cannot, or there is none.
    """
    if profile.model is None:
        message = "has no [model], so it cannot stand on a simulated bench"
        raise SettingsError([Problem(place, message)])
    known = simulated_device(profile, seed, place).terminals
    problems = [
        Problem(
            place_of(place, ("terminals", name)),
            f'the simulated device has no terminal "{end}"; it has: {", ".join(known)}',
        )
        for name in profile.terminals
        for end in [name if profile.array is None else line_name(name, 0)]
        if end not in known
    ]
    if problems:
        raise SettingsError(problems)


def simulated_instrument(
    kind: InstrumentKind,
    world: World,
    wiring: Mapping[str, str],
    options: Frozen,
    *,
    place: str,
    port: int | None = None,
) -> RunningInstrument:
    """Start a simulated instrument that was set up at ``place``.

    Without ``port`` it is for a rehearsal: in this process if it can, else on a free port.

    Raises
    ------
    SettingsError
        The wiring does not fit the instrument or the device.
    ConnectionFailed
        The port is taken.
    """
    try:
        if port is None and kind.rehearse is not None:
            return kind.rehearse(world, wiring, options)
        return kind.start(world, wiring, port or 0, options)
    except SettingsError as error:
        raise SettingsError(
            Problem(below(place, problem.place), problem.message) for problem in error.problems
        ) from None


def below(place: str, key: str) -> str:
    """The place of a key that an instrument gave, in the file or table where it is set up."""
    return f"{place}.{key}" if ": " in place else f"{place}: {key}"
