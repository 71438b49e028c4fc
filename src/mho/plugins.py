"""Plug-ins: protocols, benches, simulated instruments and devices, joined by entry points.

Our own come through the same door as a stranger's. Nothing is imported until it is asked for by
name. What each group must offer stands in `mho.plugin_kinds`.
"""

import difflib
import sys
from collections.abc import Iterable
from functools import cache
from importlib.metadata import EntryPoints, entry_points
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from mho.errors import ConnectionFailed, Problem, SettingsError
from mho.unit_mistakes import quoted

PROTOCOLS = "mho.protocols"
DRIVERS = "mho.drivers"
INSTRUMENTS = "mho.instruments"
DEVICES = "mho.devices"
ACTUATORS = "mho.actuators"
ALGORITHMS = "mho.algorithms"
DATA = "mho.data"

_LONGEST_NAME = 100

_NOUNS = {
    PROTOCOLS: "protocol",
    DRIVERS: "driver",
    INSTRUMENTS: "simulated instrument",
    DEVICES: "device model",
    ACTUATORS: "selector",
    ALGORITHMS: "programming algorithm",
}


def names(group: str) -> tuple[str, ...]:
    """The names offered in an entry-point group, sorted."""
    return tuple(sorted({entry.name for entry in _entries(group, tuple(sys.path))}))


@cache
def _entries(group: str, path: tuple[str, ...]) -> EntryPoints:
    """The entry points that are installed on ``path``: to look costs 5 ms, and many ask."""
    del path
    return entry_points(group=group)


def load(group: str, name: str, place: str = "") -> Any:
    """The object behind ``name``; imports its module.

    Raises
    ------
    SettingsError
        No plug-in of that name; the known ones are listed and the nearest is suggested.
    ConnectionFailed
        The plug-in's module, or something it needs, cannot be imported.
    """
    found = [entry for entry in _entries(group, tuple(sys.path)) if entry.name == name]
    if not found:
        raise SettingsError([unknown(_NOUNS.get(group, group), name, names(group), place)])
    try:
        return found[0].load()
    except ImportError as error:
        needs = "Install that package again"
        if isinstance(error, ModuleNotFoundError) and error.name:
            needs = f"Install what it needs: pip install {error.name.partition('.')[0]}"
        raise ConnectionFailed(
            f'the {_NOUNS.get(group, group)} "{name}" cannot be loaded: {error}. {needs}'
        ) from error
    except AttributeError as error:
        raise ConnectionFailed(
            f'the {_NOUNS.get(group, group)} "{name}" is not where its package says: {error}. '
            "Install that package again"
        ) from error


def data_folder(name: str) -> Traversable:
    """The folder of settings files that a package brings.

    Raises
    ------
    ModuleNotFoundError
        The package is not where its entry point says.
    """
    found = [entry for entry in _entries(DATA, tuple(sys.path)) if entry.name == name]
    return files(found[0].value)


def unknown(noun: str, name: str, known: Iterable[str], place: str = "") -> Problem:
    """The problem of a name that does not exist: what is known, and the nearest to it."""
    known = tuple(known)
    near = nearest(name, known)
    hint = f' Did you mean "{near}"?' if near else ""
    listing = ", ".join(known) if known else "none is installed"
    return Problem(place, f"unknown {noun} {quoted(name)}.{hint} Known: {listing}")


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that was probably meant, whatever its case; None if there is none."""
    folded = {one.casefold(): one for one in known}
    if len(name) > _LONGEST_NAME:
        return None
    alike = 0.5 if len(name) < 4 else 0.6  # one letter of two
    near = difflib.get_close_matches(name.casefold(), folded, n=1, cutoff=alike)
    return folded[near[0]] if near else None
