"""The file ``run.h5``: one group of 1-D columns over ``seq``, readable by h5py, xarray, pandas.

Figures of merit are the columns of the group ``results``, one line each.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import chain
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pandas as pd
from h5py import h5d, h5ds
from numpy.typing import NDArray

from mho.errors import Problem, RecordingError, SettingsError
from mho.recording.columns import ROW_NUMBER, Column
from mho.recording.hdf5_pieces import TEXT, put_attribute, put_dataset
from mho.recording.rows_file import Block, Cells, choice_dtype
from mho.recording.unfailing_file import UnfailingFile
from mho.result import Result

STREAM, RESULTS = "primary", "results"

Attributes = Mapping[str, str | int | float]

_CHUNK = 65_536
"""Rows that are compressed together: half a megabyte of floats."""

_REFUSALS = (RuntimeError, ValueError, TypeError, KeyError)
"""What h5py raises, besides OSError, where HDF5 refuses something."""

_FEW = 400
"""Rows up to which a column is stored as it is."""

_CACHE = 1_000_000
"""Bytes of chunks of a column that are kept in memory: the last one, which is not full yet."""


def write(
    path: Path,
    columns: Sequence[Column],
    blocks: Iterable[Block],
    attributes: Callable[[int], Attributes],
    settings: Mapping[str, str],
    results: Sequence[Result] = (),
) -> None:
    """Write the file, replacing ``path`` only when everything is in the new one.

    Columns are written block by block, in chunks with shuffle and gzip, which every HDF5 library
    reads. Booleans are the booleans of h5py; choices are an HDF5 enumeration with the words as they
    are, and ``flag_values`` and ``flag_meanings`` beside it (CF conventions, section 3.5), where
    words have no blanks; texts are UTF-8 of one length, with ``_Encoding`` for xarray.

    Parameters
    ----------
    attributes
        Those of the file, for a number of rows.

    Raises
    ------
    RecordingError
        It cannot be written; no part of it is left behind.
    """
    unfinished = path.with_suffix(".h5.part")
    try:
        with unfinished.open("w+b", buffering=0) as raw:
            disk = UnfailingFile(raw)
            try:
                _write(disk, columns, blocks, attributes, settings, results)
            except _REFUSALS:  # perhaps only because of what it could not write
                if disk.failure is None:
                    raise
        if disk.failure is not None:
            raise disk.failure
        unfinished.replace(path)
    except OSError as error:
        raise RecordingError(f"{path} cannot be written: {error.strerror or error}") from error
    except _REFUSALS as error:
        raise RecordingError(f"{path} cannot be written: HDF5 does not take it: {error}") from error
    finally:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)


def _write(
    disk: UnfailingFile,
    columns: Sequence[Column],
    blocks: Iterable[Block],
    attributes: Callable[[int], Attributes],
    settings: Mapping[str, str],
    results: Sequence[Result],
) -> None:
    blocks = iter(blocks)
    first, second = next(blocks, {}), next(blocks, {})
    with _made(disk, in_memory=not second) as file:
        group = file.create_group("settings")
        for name, text in settings.items():
            put_dataset(group, name, np.array(text, dtype=object), TEXT)
        _write_results(file.create_group(RESULTS), results)
        stream = file.create_group(STREAM)
        put_attribute(stream.id, "columns", json.dumps([column.name for column in columns]))
        is_all = not second and _length(first) <= _FEW
        stored = [_Stored(stream, column, first, is_all=is_all) for column in (_NUMBER, *columns)]
        rows = 0
        for block in chain(filter(None, (first, second)), blocks):
            numbers = np.arange(rows, rows + _length(block))
            for one in stored:
                one.append({_NUMBER.name: numbers, **block}[one.column.name])
            rows += len(numbers)
            if disk.failure is not None:
                return
        scale = stored[0].id
        h5ds.set_scale(scale, _NUMBER.name.encode())
        for one in stored[1:]:
            h5ds.attach_scale(one.id, scale, 0)
        for name, value in attributes(rows).items():
            put_attribute(file.id, name, value)


@contextmanager
def _made(disk: UnfailingFile, *, in_memory: bool) -> Iterator[h5py.File]:
    """A new file: written as it grows, or ``in_memory`` first and then at once, which is faster."""
    if not in_memory:
        with h5py.File(disk, "w", rdcc_nbytes=_CACHE) as file:
            yield file
        return
    with h5py.File("in memory", "w", driver="core", backing_store=False) as file:
        yield file
        file.flush()
        disk.write(file.id.get_file_image())


_RESULT_COLUMNS: dict[str, tuple[str, Callable[[Result], float | str]]] = {
    "name": ("figure of merit", lambda one: one.name),
    "part": ("part of the run; empty: the run as a whole", lambda one: one.part),
    "value": (
        "value in SI units; NaN where it is a word or undetermined",
        lambda one: one.value if isinstance(one.value, float) else np.nan,
    ),
    "low": (
        "low end of the 95 % interval; NaN without one, infinite where it is open",
        lambda one: _end(one, 0, -np.inf),
    ),
    "high": (
        "high end of the 95 % interval; NaN without one, infinite where it is open",
        lambda one: _end(one, 1, np.inf),
    ),
    "word": (
        "the value where it is a word",
        lambda one: one.value if isinstance(one.value, str) else "",
    ),
    "unit": ("SI unit of value, low and high", lambda one: one.unit),
    "method": ("how it was made", lambda one: one.method),
    "source": ("the rows that it was made from", lambda one: one.source),
    "undetermined": ("why there is no value", lambda one: one.undetermined),
}
"""What stands for a result, by name: what it is, and how it is had."""


def _end(result: Result, which: int, if_open: float) -> float:
    if result.interval is None:
        return np.nan
    end = result.interval[which]
    return if_open if end is None else end


def _write_results(group: h5py.Group, results: Sequence[Result]) -> None:
    numbers = np.arange(len(results), dtype=np.int64)
    scale = put_dataset(group, "number", numbers, numbers.dtype)
    h5ds.set_scale(scale, b"number")
    for name, (long_name, cell) in _RESULT_COLUMNS.items():
        dtype = np.dtype(np.float64) if name in ("value", "low", "high") else TEXT
        cells = np.array([cell(one) for one in results], dtype=dtype)
        data = put_dataset(group, name, cells, dtype)
        put_attribute(data, "long_name", long_name)
        h5ds.attach_scale(data, scale, 0)


_NUMBER = Column(name=ROW_NUMBER, kind="int", units="1", long_name="row number")


def _length(block: Block) -> int:
    return len(next(iter(block.values()), ()))


class _Stored:
    """A column in the file, and how its cells get there.

    ``first`` are the first cells. Where these are all and few (``is_all``), they are stored as they
    are: chunks and what belongs to them would take more room than they save.
    """

    def __init__(self, stream: h5py.Group, column: Column, first: Block, *, is_all: bool) -> None:
        self._stream, self.column, self._rows = stream, column, 0
        self._is_all, self._chunk = is_all, min(_length(first), _CHUNK)
        self._dtype = _dtype(column, first.get(column.name))
        if not is_all:
            self.data = self._made(self._dtype)
        elif not first:
            self._put(np.empty(0, dtype=self._dtype))

    def append(self, cells: Cells) -> None:
        values = _values(self.column, cells)
        if self._is_all:
            self._put(values)
            return
        if values.dtype.kind == "S" and values.itemsize > self.data.dtype.itemsize:
            self._widen(2 * values.itemsize)
        end = self._rows + len(values)
        self.data.resize((end,))
        self.data[self._rows : end] = values
        self._rows = end

    def _put(self, values: NDArray[Any]) -> None:
        self._name(put_dataset(self._stream, self.column.name, values, self._dtype))

    def _made(self, dtype: np.dtype[Any]) -> h5py.Dataset:
        data = self._stream.create_dataset(
            self.column.name,
            dtype=dtype,
            shape=(0,),
            maxshape=(None,),
            chunks=(self._chunk,),
            shuffle=True,
            compression="gzip",
            compression_opts=1,
        )
        self._name(data.id)
        return data

    def _name(self, made: h5d.DatasetID) -> None:
        self.id = made
        for name, value in _attributes(self.column).items():
            put_attribute(made, name, value)

    def _widen(self, length: int) -> None:
        """Texts longer than any before need a column of longer texts; what is there is copied."""
        name, narrow = self.column.name, self.data
        self._stream.move(name, f"{name} before")
        self.data = self._made(h5py.string_dtype(length=length))
        self.data.resize((len(narrow),))
        for start in range(0, len(narrow), _CHUNK):
            self.data[start : start + _CHUNK] = narrow[start : start + _CHUNK]
        del self._stream[f"{name} before"]


_SHORTEST_TEXT = 2  # xarray takes single letters for the letters of a text
_LONGEST_TEXT = 10_000_000


def _dtype(column: Column, first: Cells | None) -> np.dtype[Any]:
    match column.kind:
        case "float":
            return np.dtype(np.float64)
        case "int":
            return np.dtype(np.int64)
        case "bool":
            return np.dtype(np.bool_)
        case "choice":
            codes = {choice: code for code, choice in enumerate(column.choices)}
            made: np.dtype[Any] = h5py.enum_dtype(codes, np.int8)
            return made
    return _texts(first.categories if isinstance(first, pd.Categorical) else ()).dtype


def _values(column: Column, cells: Cells) -> NDArray[Any]:
    if not isinstance(cells, pd.Categorical):
        return cells
    if column.kind == "choice":
        return np.asarray(cells.codes, np.int8)
    texts: NDArray[Any] = _texts(cells.categories)[np.asarray(cells.codes)]
    return texts


def _texts(texts: Iterable[str]) -> NDArray[Any]:
    """UTF-8 of one length; one empty text where there are none."""
    encoded = [str(text).encode() for text in texts] or [b""]
    length = max(_SHORTEST_TEXT, *map(len, encoded))
    return np.array(encoded, dtype=h5py.string_dtype(length=length))


def _attributes(column: Column) -> dict[str, Any]:
    attributes: dict[str, Any] = {"long_name": column.long_name}
    match column.kind:
        case "text":
            attributes["_Encoding"] = "utf-8"
        case "choice":
            attributes["flag_values"] = np.arange(len(column.choices), dtype=np.int8)
            words = (choice.replace(" ", "_") for choice in column.choices)
            attributes["flag_meanings"] = " ".join(words)
        case "float" | "int":
            attributes["units"] = column.units or "1"
    return attributes


def read(path: Path, columns: Sequence[Column]) -> Iterator[Block]:
    """The rows of a file, for a run whose journal is gone.

    Raises
    ------
    SettingsError
        There is none, or it is not what `write` writes.
    """
    try:
        with h5py.File(path, "r") as file:
            stored = [_found(file, column) for column in columns]
            rows = {len(data) for data in stored}
            if len(rows) > 1:
                raise ValueError("its columns are not of one length")
            for start in range(0, max(rows, default=0), _CHUNK):
                yield {
                    column.name: _cells(column, data[start : start + _CHUNK])
                    for column, data in zip(columns, stored, strict=True)
                }
    except (OSError, RuntimeError, KeyError, ValueError, TypeError, MemoryError) as error:
        why = "there is none" if isinstance(error, FileNotFoundError) else error
        raise SettingsError([Problem(str(path), f"cannot be read: {why}")]) from error


def _found(file: h5py.File, column: Column) -> h5py.Dataset:
    data = file[f"{STREAM}/{column.name}"]
    if not isinstance(data, h5py.Dataset) or data.ndim != 1:
        raise ValueError(f"{column.name} is no column")
    kinds = {"float": "f", "int": "i", "bool": "b", "choice": "i", "text": "S"}
    if data.dtype.kind != kinds[column.kind] or data.dtype.itemsize > _LONGEST_TEXT:
        raise ValueError(f"{column.name} is stored as {data.dtype}, not as {column.kind}")
    return data


def _cells(column: Column, values: NDArray[Any]) -> Cells:
    if column.kind == "choice":
        return pd.Categorical.from_codes(values, dtype=choice_dtype(column.choices))
    if column.kind == "text":
        found, codes = np.unique(values, return_inverse=True)
        texts = pd.Index([text.decode() for text in found.tolist()], dtype=object)
        return pd.Categorical.from_codes(codes, categories=texts)
    return values.astype(values.dtype.newbyteorder("="))
