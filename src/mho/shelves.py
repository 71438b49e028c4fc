"""Where settings files are found by name: the folder of a lab, packages, what is shipped.

A lab folder has ``benches``, ``devices``, ``recipes`` or ``instruments`` in it, and one works
there; recipes stand in a folder of their protocol. A package brings its own through an entry point
of the group ``mho.data``, whose value is the package with these folders.
"""

from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from mho import plugins

ENDING = ".toml"


def own(folder: str, protocol: str | None = None) -> dict[str, Traversable]:
    """Files of the lab folder one works in, by name."""
    return dict(_files(Path(), folder, protocol))


def shipped(folder: str, protocol: str | None = None) -> dict[str, Traversable]:
    """Files that come with mho and with installed packages, by name; ours go first."""
    return dict(_shipped(plugins.names(plugins.DATA), folder, protocol))


def protocols_with_recipes(recipes: str, *, is_own: bool) -> list[str]:
    """Protocols that have a folder of recipes."""
    roots = (Path(),) if is_own else _roots(plugins.names(plugins.DATA))
    tops = [root / recipes for root in roots]
    return sorted({entry.name for top in tops if top.is_dir() for entry in top.iterdir()
                   if entry.is_dir() and not entry.name.startswith((".", "_"))})  # fmt: skip


def _files(
    root: Traversable, folder: str, protocol: str | None
) -> Iterator[tuple[str, Traversable]]:
    top = root / folder
    if protocol is not None:
        top = top / protocol
    if top.is_dir():
        for entry in top.iterdir():
            if entry.name.endswith(ENDING):
                yield entry.name.removesuffix(ENDING), entry


@cache  # what is installed stays while a process lasts
def _shipped(
    packages: tuple[str, ...], folder: str, protocol: str | None
) -> dict[str, Traversable]:
    found: dict[str, Traversable] = {}
    for root in _roots(packages):
        for name, file in _files(root, folder, protocol):
            found.setdefault(name, file)
    return found


@cache
def _roots(packages: tuple[str, ...]) -> tuple[Traversable, ...]:
    return (files("mho.data"), *(plugins.data_folder(name) for name in packages))
