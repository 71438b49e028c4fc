"""The journal ``rows.csv``: each row is in the file before the next stimulus is applied."""

import csv
from array import array
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from sys import intern
from typing import Any

import numpy as np
import pandas as pd

from mho.errors import Problem, RecordingError, SettingsError
from mho.recording.columns import Column, line_writer


class Journal:
    """Appends rows to a CSV file, one unbuffered write a row.

    A row that was written survives the death of this process; it is handed to the operating
    system, not forced to the disk, so a power cut may take the last seconds.
    """

    def __init__(self, path: Path, columns: Sequence[Column]) -> None:
        self._path = path
        self._line = line_writer(columns)
        try:
            self._file = path.open("xb", buffering=0)
        except OSError as error:
            raise _failure(path, error) from error
        self.rows = 0
        self._append((",".join(column.name for column in columns) + "\n").encode())

    def write(self, row: tuple[Any, ...]) -> None:
        """Append one row.

        Raises
        ------
        RecordingError
            The row could not be written whole (disk full, folder gone).
        """
        self._append(self._line(row))
        self.rows += 1

    def _append(self, line: bytes) -> None:
        try:
            written = self._file.write(line)
        except OSError as error:
            raise _failure(self._path, error) from error
        if written != len(line):
            raise RecordingError(
                f"only {written} of {len(line)} bytes of a row went into {self._path}: the disk "
                "is full. The rows before it are safe; free some space and run again"
            )

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _failure(path: Path, error: OSError) -> RecordingError:
    return RecordingError(
        f"{path} cannot be written: {error.strerror or error}. "
        "The rows before it are safe; see to the disk and run again"
    )


def read_journal(path: Path, columns: Sequence[Column]) -> pd.DataFrame:
    """The rows of a journal, typed by its columns; a torn last line is left out.

    Millions of rows are ordinary, so each goes at once into arrays of its columns' types.

    Raises
    ------
    SettingsError
        The file cannot be read, or a line of it is no row; says which.
    """
    cells = [_empty(column) for column in columns]
    number = 0

    def whole_lines() -> Iterator[str]:
        nonlocal number
        for line in file:
            if line.endswith(b"\n"):
                number += 1
                yield line.decode()

    try:
        with path.open("rb") as file:
            rows = csv.reader(whole_lines(), strict=True)
            next(rows, None)  # the names of the columns
            _fill(cells, columns, rows)
    except OSError as error:
        message = f"cannot be read: {error.strerror or error}"
        raise SettingsError([Problem(str(path), message)]) from error
    except (ValueError, csv.Error) as error:
        raise SettingsError([Problem(str(path), f"line {number}: {error}")]) from error
    return pd.DataFrame(
        {
            column.name: _series(column, values)
            for column, values in zip(columns, cells, strict=True)
        }
    )


def _fill(cells: list[Any], columns: Sequence[Column], rows: Iterator[list[str]]) -> None:
    fields = [
        (column, _parser(column), values.append)
        for column, values in zip(columns, cells, strict=True)
    ]
    try:
        for row in rows:
            if len(row) != len(fields):
                raise ValueError(f"{len(row)} cells for {len(fields)} columns")
            for (column, parse, append), cell in zip(fields, row, strict=True):
                try:
                    append(parse(cell))
                except (ValueError, KeyError, OverflowError):
                    what = f'"{cell}" in the column {column.name} is no {column.kind}'
                    raise ValueError(what) from None
    except csv.Error as error:
        if "unexpected end of data" not in str(error):  # torn within a text of several lines
            raise


def _parser(column: Column) -> Callable[[str], Any]:
    match column.kind:
        case "float":
            return float
        case "int":
            return int
        case "bool":
            return {"True": True, "False": False}.__getitem__
        case "choice":
            return {choice: choice for choice in column.choices}.__getitem__
    return intern


def _empty(column: Column) -> Any:
    code = {"float": "d", "int": "q", "bool": "b"}.get(column.kind)
    return [] if code is None else array(code)


def _series(column: Column, values: Any) -> "pd.Series[Any]":
    dtype = {"float": np.float64, "int": np.int64, "bool": np.bool_}.get(column.kind, np.object_)
    return pd.Series(np.array(values, dtype=dtype))
