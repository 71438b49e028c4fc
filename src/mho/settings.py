"""Settings: TOML files into frozen models, every problem at once, each with file and key."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from mho import shelves
from mho.device.profile import DeviceProfile
from mho.errors import Problem, SettingsError
from mho.frozen import Frozen
from mho.plugins import unknown
from mho.settings_problems import problems_of
from mho.settings_text import place_of, printable, shown, table_of, text_of, value_of

Settings = TypeVar("Settings", bound=Frozen)

BENCHES, DEVICES, RECIPES, INSTRUMENTS = "benches", "devices", "recipes", "instruments"
REQUIREMENTS = "requirements"
_NOUNS = {
    BENCHES: "bench",
    DEVICES: "device",
    RECIPES: "recipe",
    INSTRUMENTS: "settings of an instrument",
    REQUIREMENTS: "requirements",
}
_FILES = {
    BENCHES: "bench file",
    DEVICES: "device file",
    RECIPES: "recipe",
    INSTRUMENTS: "file of a simulated instrument",
    REQUIREMENTS: "file of requirements",
}
_MARKS: tuple[tuple[str, frozenset[str]], ...] = (
    (DEVICES, frozenset({"set_polarity", "contact_floor"})),
    (BENCHES, frozenset({"kind", "terminals"})),
    (BENCHES, frozenset({"instruments", "terminals"})),
    (INSTRUMENTS, frozenset({"chassis"})),
    (INSTRUMENTS, frozenset({"slots"})),
)
"""Keys that together stand in one kind of file only."""

_LONGEST_PLACE = 200


@dataclass(frozen=True, slots=True)
class SettingsFile:
    """A settings file as it was read: where it is from, its text verbatim, its data.

    ``overrides`` are the ``key=value`` options that were laid over it.
    """

    place: str
    text: str
    data: Mapping[str, Any]
    overrides: tuple[str, ...] = ()


def shipped(folder: str, protocol: str | None = None) -> tuple[str, ...]:
    """Names of the settings files that come with mho and its plug-ins, sorted."""
    return tuple(sorted(shelves.shipped(folder, protocol)))


def named(folder: str, protocol: str | None = None) -> tuple[str, ...]:
    """Names by which a settings file can be had here: those of this lab folder, too."""
    return tuple(sorted({*shelves.shipped(folder, protocol), *shelves.own(folder, protocol)}))


def shipped_recipes() -> tuple[tuple[str, str], ...]:
    """Protocol and name of every shipped recipe."""
    protocols = shelves.protocols_with_recipes(RECIPES, is_own=False)
    return tuple((p, name) for p in protocols for name in shipped(RECIPES, p))


def named_recipes() -> tuple[tuple[str, str], ...]:
    """Protocol and name of every recipe that can be had here."""
    protocols = {
        *shelves.protocols_with_recipes(RECIPES, is_own=False),
        *shelves.protocols_with_recipes(RECIPES, is_own=True),
    }
    return tuple((p, name) for p in sorted(protocols) for name in named(RECIPES, p))


def read(folder: str, name: str, protocol: str | None = None) -> SettingsFile:
    """Read a settings file by name or by path; a file of this lab folder goes before a shipped one.

    Raises
    ------
    SettingsError
        Unknown name (the known ones are listed), unreadable file, not TOML, not UTF-8.
    """
    if name.endswith(".toml") or "/" in name or "\\" in name:
        place = printable(name, _LONGEST_PLACE)
        text = text_of(place, Path(name))
        data = table_of(place, text)
        _refuse_another_kind(folder, place, data)
        return SettingsFile(place, text, data)
    mine = shelves.own(folder, protocol).get(name)
    if mine is not None:
        return read(folder, Path(str(mine)).as_posix(), protocol)
    return read_shipped(folder, name, protocol)


def read_shipped(folder: str, name: str, protocol: str | None = None) -> SettingsFile:
    """Read a settings file that comes with mho or a plug-in; raises as `read`."""
    theirs = shelves.shipped(folder, protocol).get(name)
    if theirs is None:
        raise SettingsError([_not_shipped(folder, name, named(folder, protocol))])
    place, text = f"{_NOUNS[folder]} {name}", theirs.read_text("utf-8")
    return SettingsFile(place, text, table_of(place, text))


def _not_shipped(folder: str, name: str, known: tuple[str, ...]) -> Problem:
    """A name that is none; it may be that of a file here, without its ending."""
    message = unknown(_NOUNS[folder], name, known).message
    if Path(f"{name}.toml").is_file():
        return Problem("", f"{message}; for the file of that name write {name}.toml")
    return Problem("", f"{message}; or give the path of a .toml file")


def _refuse_another_kind(folder: str, place: str, data: Mapping[str, Any]) -> None:
    """Refuse a file that is plainly of another kind; better than all its keys, one by one."""
    found = next((kind for kind, marks in _MARKS if marks <= data.keys()), folder)
    if found != folder:
        message = f"is a {_FILES[found]}, given as {_FILES[folder]}; they may have been swapped"
        raise SettingsError([Problem(place, message)])
    if folder == DEVICES and len(data) > 1 and not data.keys() & DeviceProfile.model_fields.keys():
        message = "has no key of a device file; it may have been swapped with another file"
        raise SettingsError([Problem(place, message)])


def read_recipe(name: str, protocol: str) -> SettingsFile:
    """Read a recipe of a protocol: by path, by shipped name, or by the name that mho list prints.

    Raises
    ------
    SettingsError
        As `read`; or the recipe is one of another protocol, which is named.
    """
    of_all = named_recipes()
    owner, _, own = name.partition("/")
    owners = [owner] if (owner, own) in of_all else [p for p, recipe in of_all if recipe == name]
    if not owners:
        return read(RECIPES, name, protocol)
    if protocol not in owners:
        others = " or ".join(owners)
        known = ", ".join(named(RECIPES, protocol)) or "none"
        message = f"is a recipe of {others}, not of {protocol}, which has: {known}"
        raise SettingsError([Problem(f"recipe {name}", message)])
    return read(RECIPES, own or name, protocol)


def override(file: SettingsFile, options: Iterable[str]) -> SettingsFile:
    """Lay ``key=value`` options over a file; keys may be dotted, values are TOML or plain text.

    Raises
    ------
    SettingsError
        An option without ``=``, or a key that runs through something that is not a table.
    """
    laid, found = overridden(file, options)
    if found:
        raise SettingsError(found)
    return laid


def overridden(
    file: SettingsFile, options: Iterable[str], owner: str = ""
) -> tuple[SettingsFile, tuple[Problem, ...]]:
    """As `override`, but with what is wrong in the options: the others are laid all the same.

    So that all problems of a file can be told at once. ``owner`` is what stood before each option.
    """
    options = tuple(options)
    data = _copy(file.data)
    found: list[Problem] = []
    for option in options:
        place = f"--set {owner}{printable(option)}"
        key, separator, written = option.partition("=")
        path = key.strip().split(".")
        if not separator or not all(path):
            found.append(Problem(place, "write it as key=value, or table.key=value"))
            continue
        try:
            _lay(data, path, value_of(place, written.strip()))
        except SettingsError as error:
            found += (Problem(place, problem.message) for problem in error.problems)
    return SettingsFile(file.place, file.text, data, options), tuple(found)


def _lay(data: dict[str, Any], path: list[str], value: Any) -> None:
    """Lay one value over the data."""
    table: Any = data
    for number, part in enumerate(path[:-1], start=1):
        table = table.setdefault(part, {})
        if not isinstance(table, dict):
            what = place_of("", tuple(path[:number])).removeprefix(": ")
            message = f"{what} is not a table but {shown(table)}; it has no keys of its own"
            if isinstance(table, list):
                message = f"{what} is a list; give all of it: --set '{what}=[...]'"
            raise SettingsError([Problem("", message)])
    table[path[-1]] = value


def unchanged(file: SettingsFile) -> SettingsFile:
    """A file as it was before options were laid over it."""
    return SettingsFile(file.place, file.text, table_of(file.place, file.text))


def overlaid(data: Mapping[str, Any], upper: Mapping[str, Any]) -> dict[str, Any]:
    """``data`` with ``upper`` laid over it, table by table; a list is replaced as a whole."""
    laid = _copy(data)
    for key, value in upper.items():
        below = laid.get(key)
        if isinstance(value, Mapping) and isinstance(below, Mapping):
            value = overlaid(below, value)
        laid[key] = value
    return laid


def validate(file: SettingsFile, model: type[Settings], leave: Iterable[str] = ()) -> Settings:
    """Turn a file into its model; keys in ``leave`` belong to somebody else.

    Raises
    ------
    SettingsError
        Every unknown key, missing or wrong unit and value out of range, with file and key.
    """
    data = {key: value for key, value in file.data.items() if key not in set(leave)}
    return parse(file.place, data, model)


def parse(
    place: str,
    data: Mapping[str, Any],
    model: type[Settings],
    above: tuple[str | int, ...] = (),
) -> Settings:
    """Turn data read from a settings file into a model; see `validate`.

    ``above`` is where in the file the data stand.
    """
    try:
        return model.model_validate(data, context={"quoted_units": True})
    except ValidationError as error:
        raise SettingsError(problems_of(place, data, model, error, above)) from None
    except ArithmeticError:  # two numbers, each of which could be meant, but not both
        message = "has numbers that cannot stand together: what follows from them has no size"
        raise SettingsError([Problem(place_of(place, above), message)]) from None


def read_device(name: str, options: Iterable[str] = ()) -> tuple[SettingsFile, DeviceProfile]:
    """A device file and its profile; the profile takes the name of the file if it gives none."""
    file, found = overridden(read(DEVICES, name), options, "device.")
    return file, validate_all(file, DeviceProfile, found)


def validate_all(
    file: SettingsFile, model: type[Settings], problems: Iterable[Problem]
) -> Settings:
    """As `validate`, after ``problems`` that were found before.

    Raises
    ------
    SettingsError
        All of them, if there is any.
    """
    found = list(problems)
    try:
        chosen = validate(file, model)
    except SettingsError as error:
        raise SettingsError([*found, *error.problems]) from None
    if found:
        raise SettingsError(found)
    return chosen


def _is_toml(name: str) -> bool:
    return name.endswith(".toml")


def _copy(data: Mapping[str, Any]) -> dict[str, Any]:
    return {k: _copy(v) if isinstance(v, dict) else v for k, v in data.items()}
