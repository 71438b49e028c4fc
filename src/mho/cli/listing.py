"""``mho list`` and ``mho new``: what is on the kinds, and a copy of one's own."""

from importlib.resources import files
from pathlib import Path

import click

from mho import plugins, settings
from mho.cli.exit_codes import DONE
from mho.cli.lines import named, width
from mho.errors import MhoError, Problem, SettingsError
from mho.plugin_kinds import InstrumentKind, MeasurementProtocol
from mho.programming.algorithm import AlgorithmKind
from mho.settings_text import text_of

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
_TEMPLATES = {"sample": ("samples", "sample.toml"), "campaign": ("campaigns", "campaign.toml")}
_NAMED = 'name = "NAME"                 '
_LAB = ("benches", "devices", "recipes", "instruments", "samples", "campaigns")
KINDS = ("protocols", "algorithms", "benches", "devices", "recipes", "instruments")
_OWN = ("samples", "campaigns")
"""None is shipped: those of the lab folder are listed."""

_PLUGINS = {
    "protocols": plugins.PROTOCOLS,
    "algorithms": plugins.ALGORITHMS,
    "instruments": plugins.INSTRUMENTS,
}


def show_list(what: str | None) -> int:
    """Print one kind, or all of them."""
    for kind in (*KINDS, *_OWN):
        rows = _own_rows(kind) if kind in _OWN else _rows(kind)
        if what == kind and not rows:
            click.echo(f"there are none in {kind}/ here; mho new {kind.removesuffix('s')} NAME")
        elif rows and what in (None, kind):
            click.echo("\n".join([kind, *named(rows, width()), ""]))
    return DONE


def write_new(what: str, name: str, source: str | None) -> int:
    """Write a copy of a shipped settings file and print its path."""
    if what == "lab":
        return write_lab(name)
    path = Path(name if name.endswith(".toml") else f"{name}.toml")
    text = _text(what, path.stem, source)
    try:
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        other = f"{path.with_suffix('')}-{what}"
        begun = "" if source is None else f" --from {source}"
        message = f"exists already; take another name: mho new {what} {other}{begun}"
        raise SettingsError([Problem(str(path), message)]) from None
    except ValueError as error:  # a NUL in it
        raise SettingsError([Problem(repr(name), "no file can have this name")]) from error
    except OSError as error:
        message = f"cannot be written: {error.strerror or error}"
        raise SettingsError([Problem(str(path), message)]) from error
    click.echo(str(path))
    return DONE


def _text(what: str, name: str, source: str | None) -> str:
    if what not in _TEMPLATES:
        return _shipped_text(what, source or _DEFAULTS[what])
    if source is not None:
        raise SettingsError([Problem("--from", f"no {what} is shipped; take it out")])
    text = files("mho.data").joinpath(*_TEMPLATES[what]).read_text("utf-8")
    named = f'name = "{name}"'.ljust(len(_NAMED))
    return text.replace(_NAMED, named).replace("NAME", name)


def write_lab(name: str) -> int:
    """Make the folder of a lab: in it, its own files are found by their names."""
    top = Path(name)
    try:
        top.mkdir(parents=True)
        for folder in _LAB:
            (top / folder).mkdir()
        readme = files("mho.data").joinpath("lab", "README.md").read_text("utf-8")
        (top / "README.md").write_text(readme, "utf-8")
    except FileExistsError:
        raise SettingsError([Problem(name, "exists already; take another name")]) from None
    except ValueError as error:  # a NUL in it
        raise SettingsError([Problem(repr(name), "no folder can have this name")]) from error
    except OSError as error:
        message = f"cannot be made: {error.strerror or error}"
        raise SettingsError([Problem(name, message)]) from error
    click.echo(str(top))
    return DONE


def _shipped_text(what: str, source: str) -> str:
    protocol: str | None = None
    if what == "recipe":
        protocol, slash, name = source.partition("/")
        if not slash:
            name = source
            owners = [p for p, recipe in settings.named_recipes() if recipe == name]
            if len(owners) != 1:
                raise SettingsError([_which_recipe(source, owners)])
            protocol = owners[0]
        source = name
    return settings.read(_FOLDERS[what], source, protocol).text


def _which_recipe(name: str, owners: list[str]) -> Problem:
    """A name that several recipes have, or none."""
    of_protocol = [f"{p}/{recipe}" for p, recipe in settings.named_recipes() if p == name]
    choice = [f"{owner}/{name}" for owner in owners] or of_protocol
    if choice:
        message = f'"{name}" alone does not say which recipe; write one of {", ".join(choice)}'
        return Problem("--from", message)
    known = sorted({recipe for _, recipe in settings.named_recipes()})
    return plugins.unknown("recipe", name, known, "--from")


def _rows(kind: str) -> tuple[tuple[str, str], ...]:
    if kind in _PLUGINS:
        group = _PLUGINS[kind]
        return tuple((name, _title(group, name)) for name in plugins.names(group))
    if kind == "recipes":
        return tuple(
            (f"{protocol}/{name}", _first_line(settings.read(kind, name, protocol).text))
            for protocol, name in settings.named_recipes()
        )
    return tuple(
        (name, _first_line(settings.read(kind, name).text)) for name in settings.named(kind)
    )


def _own_rows(kind: str) -> tuple[tuple[str, str], ...]:
    """The files of a folder of the lab, by name, with their first lines."""
    found = sorted(Path(kind).glob("*.toml"))
    return tuple((path.stem, _first_line(text_of(str(path), path))) for path in found)


def _title(group: str, name: str) -> str:
    """The title of a plug-in; of one that is broken, why. The others are listed all the same."""
    try:
        loaded: MeasurementProtocol | AlgorithmKind | InstrumentKind = plugins.load(group, name)
    except MhoError as error:
        return str(error)
    return loaded.title


def _first_line(text: str) -> str:
    return text.partition("\n")[0].lstrip("# ").strip()
