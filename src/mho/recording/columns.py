"""Columns: what each field of a row class is called, measured in, and stored as."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Annotated, Any, Literal, cast, get_args, get_origin, get_type_hints

from mho.errors import MhoError
from mho.quantities import Unit

ROW_NUMBER = "seq"
"""The number of a row, from 0: what readers of a run find its rows by; no column of the journal."""

Kind = Literal["float", "int", "bool", "text", "choice"]

_REMEMBERED = 1000

_KINDS: dict[type, Kind] = {float: "float", int: "int", bool: "bool", str: "text"}


@dataclass(frozen=True, slots=True)
class LongName:
    """What a column is, in words; stands in the annotation of a row's field."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column; ``choices`` are the values of one of the kind choice."""

    name: str
    kind: Kind
    units: str
    long_name: str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Curves:
    """How rows are taken apart into curves: one pair of columns for each value of ``each``.

    Rows whose ``without`` column has that value belong to no curve.
    """

    each: str
    x: str
    y: str
    without: tuple[str, str] | None = None


def columns(row: type[Any]) -> tuple[Column, ...]:
    """The columns of a row class (a NamedTuple), read from its annotations.

    Raises
    ------
    MhoError
        A field without a long name, of a type that no file column can hold, or named ``seq``.
    """
    return _columns(cast("Hashable", row))


@lru_cache(maxsize=_REMEMBERED)
def _columns(row: Any) -> tuple[Column, ...]:
    hints = get_type_hints(row, include_extras=True)
    return tuple(_column(row, name, hint) for name, hint in hints.items())


def _column(row: type[Any], name: str, hint: Any) -> Column:
    if name == ROW_NUMBER:
        raise MhoError(f"{row.__name__}.seq: the row number of run.h5 has this name; take another")
    plain, metadata = (get_args(hint)[0], hint.__metadata__) if _annotated(hint) else (hint, ())
    long_names = [item.text for item in metadata if isinstance(item, LongName)]
    if not long_names:
        raise MhoError(f"{row.__name__}.{name} has no LongName in its annotation")
    units = next((item.symbol for item in metadata if isinstance(item, Unit)), "")
    if isinstance(plain, type) and issubclass(plain, StrEnum):
        choices = tuple(str(choice) for choice in plain)
        return Column(name=name, kind="choice", units="", long_name=long_names[0], choices=choices)
    if plain not in _KINDS:
        raise MhoError(f"{row.__name__}.{name}: no column can hold {plain}")
    return Column(name=name, kind=_KINDS[plain], units=units, long_name=long_names[0])


def _annotated(hint: Any) -> bool:
    return get_origin(hint) is Annotated


def line_writer(columns: Sequence[Column]) -> Callable[[tuple[Any, ...]], bytes]:
    """A function from a row to its line of CSV, UTF-8, newline included.

    Floats are written with the digits that read back to the same float.
    """
    # One formatting operation and one look at each text: this stands between two pulses.
    template = ",".join(["%s"] * len(columns)) + "\n"
    texts = tuple(number for number, column in enumerate(columns) if column.kind == "text")
    plain: set[str] = {""}

    def line(row: tuple[Any, ...]) -> bytes:
        for number in texts:
            if row[number] not in plain:
                row = _quoted(row, texts, plain)
                break
        return (template % row).encode()

    return line


def _quoted(row: tuple[Any, ...], texts: Sequence[int], plain: set[str]) -> tuple[Any, ...]:
    """The row with its texts quoted where CSV needs it; remembers texts that need nothing."""
    cells = list(row)
    for number in texts:
        cell = cells[number]
        if any(mark in cell for mark in ',"\n\r'):
            cells[number] = '"' + cell.replace('"', '""') + '"'
        elif len(plain) < _REMEMBERED:
            plain.add(cell)
    return tuple(cells)
