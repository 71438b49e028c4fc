"""Rows of a cell of an array: those of the protocol, with the address of the cell behind them."""

from collections import namedtuple
from collections.abc import Generator, Hashable
from contextlib import closing
from functools import lru_cache
from typing import Annotated, Any, cast, get_type_hints

from mho.device.layout import Address
from mho.recording.columns import LongName

_ADDRESS = {
    "row": Annotated[int, LongName("row of the cell in its array, from 0")],
    "column": Annotated[int, LongName("column of the cell in its array, from 0")],
}


def addressed_row(row: type[Any]) -> type[Any]:
    """The class of rows that have a row and a column besides what ``row`` has.

    What the protocol itself calls so keeps its name, and is not told twice.
    """
    return _addressed_row(cast("Hashable", row))


@lru_cache(maxsize=100)
def _addressed_row(row: Any) -> type[Any]:
    hints = get_type_hints(row, include_extras=True)
    fields = {**hints, **{name: kind for name, kind in _ADDRESS.items() if name not in hints}}
    made = namedtuple(row.__name__, fields)  # type: ignore[misc]
    made.__annotations__ = fields
    made.__doc__ = row.__doc__
    return made


def addressed(
    rows: Generator[Any, None, None], row: type[Any], at: Address
) -> Generator[Any, None, None]:
    """The rows as they come, with the address; their generator is closed with this one."""
    with closing(rows) as coming:
        for one in coming:
            behind = {"row": at.row, "column": at.column}
            left = row._fields[len(one) :]
            yield row(*one, *(behind[name] for name in left))
