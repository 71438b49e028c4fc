"""``mho list`` and ``mho new``: what is on the shelves, and a copy of one's own."""

from pathlib import Path

import click

from mho import plugins, settings
from mho.cli.exit_codes import DONE
from mho.cli.screen import console, table
from mho.errors import MhoError, Problem, SettingsError
from mho.plugin_kinds import InstrumentKind, MeasurementProtocol

_FOLDERS = {
    "bench": settings.BENCHES,
    "device": settings.DEVICES,
    "recipe": settings.RECIPES,
    "instrument": settings.INSTRUMENTS,
}
_DEFAULTS = {
    "bench": "ni-pxie-4139",
    "device": "cu-te-1t1r",
    "recipe": "ispp/nine-targets",
    "instrument": "keithley-4200a",
}
_PLUGINS = {"protocols": plugins.PROTOCOLS, "instruments": plugins.INSTRUMENTS}


def show_shelves(what: str | None) -> int:
    """Print one shelf, or all of them."""
    to = console()
    for shelf in ("protocols", "benches", "devices", "recipes", "instruments"):
        if what in (None, shelf):
            to.print(table(shelf, ("name", "what it is"), _rows(shelf)))
    return DONE


def write_new(what: str, name: str, source: str | None) -> int:
    """Write a copy of a shipped settings file and print its path."""
    path = Path(name if name.endswith(".toml") else f"{name}.toml")
    if path.exists():
        message = "exists already; choose another name, or delete it first"
        raise SettingsError([Problem(str(path), message)])
    text = _shipped_text(what, source or _DEFAULTS[what])
    try:
        path.write_text(text, "utf-8", newline="\n")
    except OSError as error:
        message = f"cannot be written: {error.strerror or error}"
        raise SettingsError([Problem(str(path), message)]) from error
    click.echo(str(path))
    return DONE


def _shipped_text(what: str, source: str) -> str:
    protocol: str | None = None
    if what == "recipe":
        protocol, slash, name = source.partition("/")
        if not slash:
            name = source
            owners = [p for p, recipe in settings.shipped_recipes() if recipe == name]
            if len(owners) != 1:
                known = [f"{p}/{recipe}" for p, recipe in settings.shipped_recipes()]
                raise SettingsError([plugins.unknown("recipe", source, known, "--from")])
            protocol = owners[0]
        source = name
    return settings.read(_FOLDERS[what], source, protocol).text


def _rows(shelf: str) -> tuple[tuple[str, str], ...]:
    if shelf in _PLUGINS:
        group = _PLUGINS[shelf]
        return tuple((name, _title(group, name)) for name in plugins.names(group))
    if shelf == "recipes":
        return tuple(
            (f"{protocol}/{name}", _first_line(settings.read(shelf, name, protocol).text))
            for protocol, name in settings.shipped_recipes()
        )
    return tuple(
        (name, _first_line(settings.read(shelf, name).text)) for name in settings.shipped(shelf)
    )


def _title(group: str, name: str) -> str:
    """The title of a plug-in; of one that is broken, why. The others are listed all the same."""
    try:
        loaded: MeasurementProtocol | InstrumentKind = plugins.load(group, name)
    except MhoError as error:
        return str(error)
    return loaded.title


def _first_line(text: str) -> str:
    return text.partition("\n")[0].lstrip("# ").strip()
