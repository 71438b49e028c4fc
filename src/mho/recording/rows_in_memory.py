"""The rows of a short run as they were written: who needs them again does not read them back."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from mho.recording.columns import Column
from mho.recording.rows_file import Block, Cells, choice_dtype

Row = tuple[Any, ...]

_MOST = 10_000
"""Rows; of more than these none is kept, so that memory stays flat."""

_AS_READ: dict[str, set[type]] = {
    "float": {float, int, np.float64, np.int64},
    "int": {int, np.int64},
    "bool": {bool, np.bool_},
    "text": {str},
}
"""What a cell may be for its text to be read as the same again."""


class RowsInMemory:
    """Takes rows once they are in the journal."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self._columns = columns
        self._rows: list[Row] = []
        self._count = 0

    def add(self, rows: Sequence[Row]) -> None:
        """Keep rows, unless they become too many."""
        self._count += len(rows)
        if self._count <= _MOST:
            self._rows.extend(rows)
        else:
            self._rows.clear()

    def block(self) -> Block | None:
        """All rows, as reading the journal gives them; None where that is not certain."""
        if self._count != len(self._rows):
            return None
        found: Block = {}
        by_column = zip(*self._rows, strict=True) if self._rows else ((),) * len(self._columns)
        for column, values in zip(self._columns, by_column, strict=True):
            cells = _cells(column, values)
            if cells is None:
                return None
            found[column.name] = cells
        return found


def _cells(column: Column, values: Sequence[Any]) -> Cells | None:
    if column.kind == "choice":
        places = {choice: place for place, choice in enumerate(column.choices)}
        found = [places.get(value, -1) for value in values]
        if -1 in found:
            return None
        codes = np.array(found, np.int16)
        return pd.Categorical.from_codes(codes, dtype=choice_dtype(column.choices))
    if not set(map(type, values)) <= _AS_READ[column.kind]:
        return None
    try:
        match column.kind:
            case "float":
                return np.array(values, np.float64)
            case "int":
                return np.array(values, np.int64)
            case "bool":
                return np.array(values, np.bool_)
    except OverflowError:
        return None
    places = {text: place for place, text in enumerate(dict.fromkeys(values))}
    codes = np.array([places[text] for text in values], np.int64)
    return pd.Categorical.from_codes(codes, categories=pd.Index(list(places), dtype=object))
