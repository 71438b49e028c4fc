"""Settings: TOML files into frozen models, every problem at once, each with file and key."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from mho.device.profile import DeviceProfile
from mho.errors import Problem, SettingsError
from mho.frozen import Frozen
from mho.plugins import unknown

Settings = TypeVar("Settings", bound=Frozen)

BENCHES, DEVICES, RECIPES, INSTRUMENTS = "benches", "devices", "recipes", "instruments"
_NOUNS = {
    BENCHES: "bench",
    DEVICES: "device",
    RECIPES: "recipe",
    INSTRUMENTS: "settings of an instrument",
}
_FILES = {
    BENCHES: "bench file",
    DEVICES: "device file",
    RECIPES: "recipe",
    INSTRUMENTS: "file of a simulated instrument",
}
_MARKS: tuple[tuple[str, frozenset[str]], ...] = (
    (DEVICES, frozenset({"set_polarity", "contact_floor"})),
    (BENCHES, frozenset({"kind", "terminals"})),
    (BENCHES, frozenset({"instruments", "terminals"})),
    (INSTRUMENTS, frozenset({"chassis"})),
    (INSTRUMENTS, frozenset({"slots"})),
)
"""Keys that together stand in one kind of file only."""


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
    """Names of the settings files that come with mho, without ``.toml``, sorted."""
    root = files("mho.data") / folder
    if protocol is not None:
        root = root / protocol
    if not root.is_dir():
        return ()
    return tuple(
        sorted(entry.name.removesuffix(".toml") for entry in root.iterdir() if _is_toml(entry.name))
    )


def shipped_recipes() -> tuple[tuple[str, str], ...]:
    """Protocol and name of every shipped recipe."""
    protocols = sorted(e.name for e in (files("mho.data") / RECIPES).iterdir() if e.is_dir())
    return tuple((p, name) for p in protocols for name in shipped(RECIPES, p))


def read(folder: str, name: str, protocol: str | None = None) -> SettingsFile:
    """Read a settings file by shipped name or by path.

    Raises
    ------
    SettingsError
        Unknown name (the known ones are listed), unreadable file, not TOML, not UTF-8.
    """
    if name.endswith(".toml") or "/" in name or "\\" in name:
        place, text = name, _text(Path(name))
        _refuse_another_kind(folder, place, toml(place, text))
    else:
        known = shipped(folder, protocol)
        if name not in known:
            raise SettingsError([_not_shipped(folder, name, known)])
        root = files("mho.data") / folder
        root = root / protocol if protocol is not None else root
        place, text = f"{_NOUNS[folder]} {name}", (root / f"{name}.toml").read_text("utf-8")
    return SettingsFile(place, text, toml(place, text))


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
    of_all = shipped_recipes()
    owner, _, own = name.partition("/")
    owners = [owner] if (owner, own) in of_all else [p for p, recipe in of_all if recipe == name]
    if not owners:
        return read(RECIPES, name, protocol)
    if protocol not in owners:
        others = " or ".join(owners)
        known = ", ".join(shipped(RECIPES, protocol)) or "none"
        message = f"is a recipe of {others}, not of {protocol}, which has: {known}"
        raise SettingsError([Problem(f"recipe {name}", message)])
    return read(RECIPES, own or name, protocol)


def toml(place: str, text: str) -> dict[str, Any]:
    """The data of a TOML text.

    Raises
    ------
    SettingsError
        It is not TOML.
    """
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError([Problem(place, f"is not valid TOML: {error}")]) from error


def override(file: SettingsFile, options: Iterable[str]) -> SettingsFile:
    """Lay ``key=value`` options over a file; keys may be dotted, values are TOML or plain text.

    Raises
    ------
    SettingsError
        An option without ``=``, or a key that runs through something that is not a table.
    """
    options = tuple(options)
    data = _copy(file.data)
    problems = []
    for option in options:
        key, separator, written = option.partition("=")
        *path, last = key.strip().split(".")
        if not separator or not last:
            problems.append(Problem(f"--set {option}", "write it as key=value"))
            continue
        table = data
        for part in path:
            table = table.setdefault(part, {})
            if not isinstance(table, dict):
                problems.append(Problem(f"--set {option}", f'"{part}" is not a table'))
                break
        else:
            table[last] = _value(written.strip())
    if problems:
        raise SettingsError(problems)
    return SettingsFile(file.place, file.text, data, options)


def unchanged(file: SettingsFile) -> SettingsFile:
    """A file as it was before options were laid over it."""
    return SettingsFile(file.place, file.text, toml(file.place, file.text))


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


def parse(place: str, data: Mapping[str, Any], model: type[Settings]) -> Settings:
    """Turn data read from a settings file into a model; see `validate`."""
    try:
        return model.model_validate(data, context={"quoted_units": True})
    except ValidationError as error:
        raise SettingsError(
            Problem(_place(place, detail["loc"]), _message(detail, model))
            for detail in error.errors()
            if not _follows(detail)
        ) from None


def read_device(name: str, options: Iterable[str] = ()) -> tuple[SettingsFile, DeviceProfile]:
    """A device file and its profile; the profile takes the name of the file if it gives none."""
    file = override(read(DEVICES, name), options)
    return file, validate(file, DeviceProfile)


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")  # editors on Windows like to begin with a mark
    except UnicodeDecodeError as error:
        message = f"is not UTF-8 text, save it as UTF-8: {error}"
        raise SettingsError([Problem(str(path), message)]) from error
    except OSError as error:
        why = error.strerror or str(error)
        raise SettingsError([Problem(str(path), f"cannot be read: {why}")]) from error


def _is_toml(name: str) -> bool:
    return name.endswith(".toml")


def _copy(data: Mapping[str, Any]) -> dict[str, Any]:
    return {k: _copy(v) if isinstance(v, dict) else v for k, v in data.items()}


def _value(written: str) -> Any:
    try:
        return tomllib.loads(f"value = {written}")["value"]
    except tomllib.TOMLDecodeError:
        return written


def _place(place: str, location: tuple[int | str, ...]) -> str:
    key = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)
    return f"{place}: {key.lstrip('.')}" if key else place


def _message(detail: Any, model: type[Frozen]) -> str:
    message = str(detail["msg"]).removeprefix("Value error, ")
    match detail["type"]:
        case "extra_forbidden":
            known = _fields(model, detail["loc"])
            return unknown("key", str(detail["loc"][-1]), known).message
        case "missing":
            return "is missing; it has no default"
        case "value_error":
            return message
        case "dict_type" | "model_type":
            message = "must be a table"
        case "tuple_type" | "list_type":
            message = "must be a list"
    return f"{message} (got {detail['input']!r})"


def _follows(detail: Any) -> bool:
    """Whether a list is called too short only because of items that are told by themselves."""
    short = detail["type"] == "too_short"
    return short and bool(len(detail["input"]) >= detail["ctx"]["min_length"])


def _fields(model: type[Frozen], location: tuple[int | str, ...]) -> tuple[str, ...]:
    """Field names of the model that an unknown key at ``location`` was offered to."""
    fields = model.model_fields
    for part in location[:-1]:
        if isinstance(part, int) or part not in fields:
            continue
        for candidate in _models(fields[part].annotation):
            fields = candidate.model_fields
            break
    return tuple(fields)


def _models(annotation: Any) -> Iterable[type[Frozen]]:
    if isinstance(annotation, type) and issubclass(annotation, Frozen):
        yield annotation
    for argument in getattr(annotation, "__args__", ()):
        yield from _models(argument)
