"""The file ``run.h5``: one group of 1-D columns over ``seq``, readable by h5py, xarray, pandas."""

import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pandas as pd

from mho.recording.columns import Column

STREAM = "primary"


def made_of(
    columns: Sequence[Column],
    rows: pd.DataFrame,
    attributes: Mapping[str, str | int | float],
    settings: Mapping[str, str],
) -> bytes:
    """The content of ``run.h5`` for a whole run.

    Booleans and choices are stored as small integers with ``flag_values`` and ``flag_meanings``
    (CF conventions, section 3.5); text as UTF-8. The file is made in memory and then written as
    one block: the HDF5 library brings the process down if its own writing meets a full disk.
    """
    made = io.BytesIO()
    with h5py.File(made, "w") as file:
        file.attrs.update(attributes)
        group = file.create_group("settings")
        for name, text in settings.items():
            group.create_dataset(name, data=text, dtype=h5py.string_dtype())
        stream = file.create_group(STREAM)
        stream.attrs["columns"] = json.dumps([column.name for column in columns])
        seq = stream.create_dataset("seq", data=np.arange(len(rows), dtype=np.int64))
        seq.make_scale("seq")
        seq.attrs["long_name"] = "row number"
        seq.attrs["units"] = "1"
        for column in columns:
            data = stream.create_dataset(column.name, **_stored(column, rows[column.name]))
            data.attrs.update(_attributes(column))
            data.dims[0].attach_scale(seq)
    return made.getvalue()


def write(path: Path, content: bytes) -> None:
    """Write the file, replacing ``path`` only when everything is in the new one.

    Raises
    ------
    OSError
        It cannot be written; no part of it is left behind.
    """
    unfinished = path.with_suffix(".h5.part")
    try:
        unfinished.write_bytes(content)
        unfinished.replace(path)
    except OSError:
        unfinished.unlink(missing_ok=True)
        raise


def _stored(column: Column, values: "pd.Series[Any]") -> dict[str, Any]:
    match column.kind:
        case "float":
            return {"data": values.to_numpy(np.float64)}
        case "int":
            return {"data": values.to_numpy(np.int64)}
        case "bool":
            return {"data": values.to_numpy(np.int8)}
        case "choice":
            codes = {choice: code for code, choice in enumerate(column.choices)}
            return {"data": np.array([codes[str(value)] for value in values], dtype=np.int8)}
    text = [str(value) for value in values]
    return {"data": np.array(text, dtype=object), "dtype": h5py.string_dtype()}


def _attributes(column: Column) -> dict[str, Any]:
    attributes: dict[str, Any] = {"long_name": column.long_name, "units": column.units or "1"}
    if column.kind == "text":
        del attributes["units"]
    flags = {"bool": ("false", "true"), "choice": column.choices}.get(column.kind)
    if flags:
        attributes["flag_values"] = np.arange(len(flags), dtype=np.int8)
        attributes["flag_meanings"] = " ".join(flag.replace(" ", "_") for flag in flags)
    return attributes


def read(source: Path | io.BytesIO) -> tuple[str, dict[str, np.ndarray[Any, Any]]]:
    """When the run had ended, and its columns as stored: integers for booleans and choices."""
    with h5py.File(source, "r") as file:
        stream = file[STREAM]
        names = json.loads(stream.attrs["columns"])
        return str(file.attrs["stop_time"]), {
            name: stream[name].asstr()[:]
            if h5py.check_string_dtype(stream[name].dtype)
            else stream[name][:]
            for name in names
        }
