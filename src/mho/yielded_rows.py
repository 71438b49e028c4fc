"""The rows that a protocol yields, held against the row class that it promised.

What a plug-in yields wrongly is told with its name, the row and the field, before it is recorded.
"""

from collections.abc import Generator, Iterable
from contextlib import closing
from enum import StrEnum
from numbers import Integral, Real
from typing import Any, cast

from mho.errors import MhoError
from mho.plugin_kinds import MeasurementProtocol
from mho.recording.columns import Column, columns
from mho.settings_text import shown

_WORDS = {"float": "a number", "int": "a whole number", "bool": "true or false", "text": "a text"}


def yielded_rows(protocol: MeasurementProtocol, rows: Iterable[Any]) -> Generator[Any, None, None]:
    """The rows as they come; the generator that yields them is closed with this one.

    Raises
    ------
    MhoError
        A row is of another class, or a value in it is not what its column holds.
    """
    promised, kinds = protocol.row, columns(protocol.row)
    right: set[tuple[type, ...]] = set()  # rows come between two pulses: one look at the types
    with closing(cast("Generator[Any, None, None]", rows)) as coming:
        for number, row in enumerate(coming, start=1):
            if type(row) is not promised:
                raise MhoError(
                    f'the protocol "{protocol.name}" yields a {type(row).__name__} as row '
                    f"{number}, "
                    f"where a {promised.__name__} was promised"
                )
            types = tuple(map(type, row))
            if types not in right:
                _see(protocol, number, row, kinds)
                if not any(_may_vary(kind, at) for kind, at in zip(kinds, types, strict=True)):
                    right.add(types)
            yield row


def _see(
    protocol: MeasurementProtocol, number: int, row: tuple[Any, ...], kinds: Iterable[Column]
) -> None:
    for column, value in zip(kinds, row, strict=True):
        if not _holds(column, value):
            wanted = _WORDS.get(column.kind) or f"one of {', '.join(column.choices)}"
            raise MhoError(
                f'the protocol "{protocol.name}" yields row {number} with {column.name} = '
                f"{shown(value)}; the column of {protocol.row.__name__} holds {wanted}"
            )


def _holds(column: Column, value: Any) -> bool:
    match column.kind:
        case "float":
            return isinstance(value, Real) and not isinstance(value, bool)
        case "int":
            return isinstance(value, Integral) and not isinstance(value, bool)
        case "bool":
            return isinstance(value, bool) or type(value).__name__ in ("bool_", "bool")
        case "choice":
            return value in column.choices
    return isinstance(value, str)


def _may_vary(column: Column, kind: type) -> bool:
    """Whether another value of this type may be wrong in the column: a text for a choice."""
    return column.kind == "choice" and not issubclass(kind, StrEnum)
