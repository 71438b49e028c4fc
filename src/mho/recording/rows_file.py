"""Reading ``rows.csv``: in blocks of whole lines, strictly, and quickly where that is safe.

The file is plain CSV that mho wrote, but disks fill, power is cut, people edit. Each block without
a quote goes through the parser of pandas; what that does not take, and blocks with quotes, go cell
by cell through Python's, which is the one that decides and names the line that is no row.
"""

import csv
import io
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mho.errors import Problem, SettingsError
from mho.recording.columns import Column

if TYPE_CHECKING:
    Categories = pd.Categorical[Any]
else:
    Categories = pd.Categorical

Cells = NDArray[Any] | Categories
"""float64, int64 or bool; choices and texts are categories."""

Block = dict[str, Cells]
"""Some rows, by column in the order of the run's columns."""

BLOCK_BYTES = 8_000_000
_LONGEST_ROW = 2_000_000
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_TRUTH = ("False", "True")

_PANDAS = tuple(int(part) for part in pd.__version__.split(".")[:2])
# What pandas does by itself from 3.1 on.
_TO_THE_LAST_DIGIT: dict[str, Any] = {} if _PANDAS >= (3, 1) else {"float_precision": "round_trip"}


class RowsFile:
    """The rows of a journal from where one last looked; it may still grow."""

    def __init__(self, path: Path, columns: Sequence[Column]) -> None:
        self._path, self._columns = path, columns
        self._written = tuple(columns)
        self._offset = 0
        self._line = 0
        self._reordered = False
        self._rest = 0

    @property
    def has_names(self) -> bool:
        """Whether the names of the columns stand in it, as far as it was read."""
        return self._line > 0

    @property
    def is_short(self) -> bool:
        """Whether all that is in it now makes one block."""
        try:
            return self._path.stat().st_size <= BLOCK_BYTES
        except OSError:
            return False  # `blocks` says why

    @property
    def differences(self) -> list[str]:
        """What of the file is not as the start of the run says, as far as it was read."""
        name, found = self._path.name, []
        if self._reordered:
            found.append(
                f"the columns of {name} stand in another order than start.json says; each was read "
                "by its name"
            )
        if not self.has_names:
            found.append(f"{name} does not even hold the names of its columns")
        elif self._rest:
            found.append(f"{name} ends with half a line of {self._rest} bytes, which is left out")
        return found

    def blocks(self) -> Iterator[Block]:
        """The rows that came since the last look, in blocks of whole rows; half a line waits.

        Raises
        ------
        SettingsError
            The file cannot be read, has other columns, or a line of it is no row; says which.
        """
        try:
            with self._path.open("rb") as file:
                file.seek(self._offset)
                rest = b""
                while piece := file.read(BLOCK_BYTES):
                    rest += piece
                    if not self._line:
                        rest = self._without_header(rest)
                    end = _end_of_rows(rest)
                    if end:
                        yield self._block(rest[:end])
                        self._passed(rest[:end])
                        rest = rest[end:]
                    if len(rest) > _LONGEST_ROW:
                        raise self._problem(0, "a row without end")
        except OSError as error:
            message = f"cannot be read: {error.strerror or error}"
            raise SettingsError([Problem(str(self._path), message)]) from error
        self._look_at_rest(rest)

    def _passed(self, data: bytes) -> None:
        self._offset += len(data)
        self._line += data.count(b"\n")

    def _without_header(self, data: bytes) -> bytes:
        """What follows the names of the columns; they are held against those of the start."""
        header, newline, rest = data.partition(b"\n")
        if not newline:
            return data
        found = header.decode(errors="replace").split(",")
        names = [column.name for column in self._columns]
        if sorted(found) != sorted(names):
            raise self._problem(0, _other_columns(found, names))
        if found != names:
            self._written = tuple(self._columns[names.index(name)] for name in found)
            self._reordered = True
        self._passed(header + newline)
        return rest

    def _look_at_rest(self, rest: bytes) -> None:
        self._rest = len(rest)
        # A quote that nobody closed takes in all that follows it: that is more than half a line.
        for number, line in enumerate(rest.split(b"\n")[1:-1], start=1):
            if line.count(b",") == len(self._columns) - 1 and b'"' not in line:
                raise self._problem(number - 1, "a quote that is never closed")

    def _block(self, data: bytes) -> Block:
        cells = self._parsed_quickly(data)
        if cells is None:
            cells = self._parsed(data)
        return {column.name: cells[column.name] for column in self._columns}

    def _parsed_quickly(self, data: bytes) -> Block | None:
        """The cells by the parser of pandas; None for what is not certain to be plain."""
        if any(mark in data for mark in (b'"', b"\r", b"\0")) or data[:3] == _BYTE_ORDER_MARK:
            return None
        # Cells that are missing pandas takes for empty ones; of too many it warns.
        if data.count(b",") != data.count(b"\n") * (len(self._written) - 1):
            return None
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")  # so it says of what it is not sure about
                frame = pd.read_csv(
                    io.BytesIO(data),
                    header=None,
                    names=[column.name for column in self._written],
                    dtype={column.name: _DTYPES[column.kind](column) for column in self._written},
                    na_values={c.name: ["nan"] for c in self._written if c.kind == "float"},
                    keep_default_na=False,
                    skip_blank_lines=False,
                    quoting=csv.QUOTE_NONE,
                    index_col=False,
                    **_TO_THE_LAST_DIGIT,
                )
        except (ValueError, TypeError, OverflowError, Warning):
            return None
        cells: Block = {}
        for column in self._written:
            found = _quick_cells(column, frame[column.name].array)
            if found is None:
                return None
            cells[column.name] = found
        return cells

    def _parsed(self, data: bytes) -> Block:
        try:
            text = data.decode()
        except UnicodeDecodeError as error:
            raise self._problem(data.count(b"\n", 0, error.start), str(error)) from None
        rows, lines = [], []
        reader = csv.reader((line + "\n" for line in text.split("\n")[:-1]), strict=True)
        try:
            for row in reader:
                if len(row) != len(self._written):
                    if row or len(self._written) > 1:
                        raise ValueError(f"{len(row)} cells for {len(self._written)} columns")
                    row = [""]
                rows.append(row)
                lines.append(reader.line_num)
        except (ValueError, csv.Error) as error:
            raise self._problem(reader.line_num - 1, str(error)) from None
        return {
            column.name: self._column(column, [row[number] for row in rows], lines)
            for number, column in enumerate(self._written)
        }

    def _column(self, column: Column, cells: list[str], lines: list[int]) -> Cells:
        if column.kind == "text":
            return pd.Categorical(cells, categories=pd.Index(dict.fromkeys(cells), dtype=object))
        parse, values = _parser(column), []
        for cell, line in zip(cells, lines, strict=True):
            try:
                values.append(parse(cell))
            except (ValueError, OverflowError):
                what = f'"{cell[:80]}" in the column {column.name} is no {column.kind}'
                raise self._problem(line - 1, what) from None
        if column.kind == "choice":
            return pd.Categorical.from_codes(values, dtype=choice_dtype(column.choices))
        return np.array(values, dtype=_ARRAYS[column.kind])

    def _problem(self, further: int, message: str) -> SettingsError:
        return SettingsError(
            [Problem(str(self._path), f"line {self._line + further + 1}: {message}")]
        )


_ARRAYS: Mapping[str, Any] = {"float": np.float64, "int": np.int64, "bool": np.bool_}


@cache
def choice_dtype(choices: tuple[str, ...]) -> pd.CategoricalDtype:
    """The categories of a column of choices; pandas takes long to look at them."""
    return pd.CategoricalDtype(pd.Index(choices))


_DTYPES: Mapping[str, Callable[[Column], Any]] = {
    "float": lambda _: np.float64,
    "int": lambda _: np.int64,
    "bool": lambda _: choice_dtype(_TRUTH),
    "choice": lambda column: choice_dtype(column.choices),
    "text": lambda _: object,  # as categories of its own finding, 01 would become 1
}


def _quick_cells(column: Column, values: pd.api.extensions.ExtensionArray) -> Cells | None:
    """The cells as pandas parsed them; None if one of them may not be what stands in the file."""
    if column.kind == "text":
        codes, texts = pd.factorize(values.to_numpy())
        return pd.Categorical.from_codes(codes, categories=pd.Index(texts, dtype=object))
    if not isinstance(values, pd.Categorical):
        numbers = values.to_numpy()
        return numbers if numbers.dtype == _ARRAYS[column.kind] else None
    if (values.codes < 0).any():
        return None
    return values.codes.astype(bool) if column.kind == "bool" else values


def _parser(column: Column) -> Callable[[str], Any]:
    """From a cell of a column that is no text; raises ValueError or OverflowError."""
    match column.kind:
        case "float":
            return float
        case "int":
            return _whole_number
        case "bool":
            return _TRUTH.index
    return column.choices.index


def _whole_number(cell: str) -> int:
    """Also from 1e5 and 1.0, as pandas takes it."""
    try:
        return int(np.int64(int(cell)))
    except ValueError:
        value = float(cell)
        if not value.is_integer():
            raise
        return int(np.int64(int(value)))


def _other_columns(found: list[str], names: list[str]) -> str:
    missing = [name for name in names if name not in found]
    unknown = [name for name in found if name not in names]
    told = ["its columns are not those that start.json names"]
    if missing:
        told.append(f"missing {', '.join(missing)}")
    if unknown:
        told.append(f"not in start.json: {', '.join(unknown)[:200]}")
    if not missing and not unknown:
        told.append("one stands there twice")
    return "; ".join(told)


def _end_of_rows(data: bytes) -> int:
    """Where the last whole row ends: behind a newline that is not within a quoted text."""
    if b'"' not in data:
        return data.rfind(b"\n") + 1
    letters = np.frombuffer(data, np.uint8)
    newlines, quotes = np.flatnonzero(letters == 10), np.flatnonzero(letters == 34)
    outside = newlines[np.searchsorted(quotes, newlines) % 2 == 0]
    return int(outside[-1]) + 1 if len(outside) else 0
