"""The selection: which source is to be on which line of the array for one cell."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from mho.device.layout import Address


class RelayPath(NamedTuple):
    """A source and a line, by the addresses that the selector has for them."""

    source: str
    line: str

    def __str__(self) -> str:
        return f"{self.source}-{self.line}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """One cell, and the paths that make the plain names of terminals mean its lines.

    Attributes
    ----------
    driven
        One path for each terminal of the cell: instruments drive these.
    paths
        All of them: also those that ground lines of other cells, or hold them at a bias.
    said
        What is connected, in the words of the bench file, for people.
    """

    cell: Address
    driven: tuple[RelayPath, ...]
    paths: tuple[RelayPath, ...]
    said: str = ""


def meetings(paths: Iterable[RelayPath]) -> Iterator[str]:
    """Lines on which two sources would meet, each as a sentence."""
    at: dict[str, str] = {}
    for path in paths:
        other = at.setdefault(path.line, path.source)
        if other != path.source:
            yield f"the sources at {other} and {path.source} would meet on the line at {path.line}"


def listed(paths: Iterable[RelayPath]) -> str:
    """Paths for people, sorted."""
    return ", ".join(map(str, sorted(paths))) or "nothing"
