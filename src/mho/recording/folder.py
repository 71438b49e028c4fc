"""The run folder: ``start.json``, ``rows.csv``, ``stop.json`` and, made from them, ``run.h5``.

Words follow event-model: a run has a start, a stop with exit status and reason, and streams.
"""

import io
import json
import secrets
from base64 import b32encode
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from mho.errors import Problem, RecordingError, SettingsError
from mho.recording import hdf5_file
from mho.recording.columns import Column
from mho.recording.journal import Journal, read_journal

SCHEMA = "mho run, version 1"
START, ROWS, STOP, HDF5 = "start.json", "rows.csv", "stop.json", "run.h5"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStart:
    """Who, what, with which settings, on which instruments. Times are ISO 8601, UTC."""

    run_id: str
    protocol: str
    start_time: str
    time_source: str
    seed: int
    bench: str
    device: str
    settings: dict[str, str]
    """Bench, device and recipe: the files' text verbatim, options laid over, resolved values."""
    instruments: list[dict[str, str]]
    versions: dict[str, str]
    columns: list[dict[str, Any]]
    schema: str = SCHEMA


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStop:
    """How and why a run ended."""

    stop_time: str
    exit_status: Literal["success", "abort", "fail", "killed"]
    """``killed``: the process died, and somebody else wrote this."""
    reason: str
    rows: int
    duration: float = field(metadata={"unit": "s"})
    outputs_off: bool = True
    observers_failed: list[str] = field(default_factory=list)
    """Who only looked on, a progress bar for example, and failed; it saw no row after that."""


def run_name(protocol: str, moment: datetime) -> str:
    """A folder name that sorts by time and meets no other, however many begin in one second."""
    chance = b32encode(secrets.token_bytes(5)).decode().lower()
    return f"{moment:%Y%m%dT%H%M%S}_{protocol}_{chance}"


def create(folder: Path, start: RunStart) -> Journal:
    """Make a run folder and open its journal.

    Raises
    ------
    RecordingError
        The folder cannot be made or written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=False)
    except OSError as error:
        raise RecordingError(
            f"the run folder {folder} cannot be made: {error.strerror or error}; "
            "choose another place with --out"
        ) from error
    write_start(folder, start)
    return Journal(folder / ROWS, _columns(start))


def write_start(folder: Path, start: RunStart) -> None:
    """Write (or write again, now knowing the instruments) the start of a run."""
    _write_json(folder / START, asdict(start))


def finish(folder: Path, stop: RunStop) -> None:
    """Write the stop of a run and build ``run.h5`` from what the folder holds."""
    write_stop(folder, stop)
    rebuild(folder)


def write_stop(folder: Path, stop: RunStop) -> None:
    """Write the stop of a run."""
    _write_json(folder / STOP, asdict(stop))


def read_start(folder: Path) -> RunStart:
    """The start of a recorded run.

    Raises
    ------
    SettingsError
        Not a run folder, or its start cannot be read.
    """
    path = folder / START
    try:
        start = RunStart(**json.loads(path.read_text("utf-8")))
        _columns(start)
    except FileNotFoundError:
        message = f"is not a run folder: it has no {START}"
        raise SettingsError([Problem(str(folder), message)]) from None
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise SettingsError([Problem(str(path), f"cannot be read: {error}")]) from error
    return start


def read_stop(folder: Path) -> RunStop | None:
    """The stop of a recorded run; None if the process died before it could write one."""
    path = folder / STOP
    if not path.exists():
        return None
    try:
        return RunStop(**json.loads(path.read_text("utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise SettingsError([Problem(str(path), f"cannot be read: {error}")]) from error


def read_rows(folder: Path) -> pd.DataFrame:
    """The rows of the journal, typed by its columns; a torn last line is left out."""
    return read_journal(folder / ROWS, _columns(read_start(folder)))


def rebuild(folder: Path) -> Path:
    """Build ``run.h5`` from start, journal and stop; returns its path.

    Raises
    ------
    SettingsError
        Not a run folder, or a line of its journal is no row.
    RecordingError
        The file cannot be written.
    """
    made = _hdf5_of(folder)
    try:
        hdf5_file.write(folder / HDF5, made)
    except OSError as error:
        raise RecordingError(
            f"{folder / HDF5} cannot be written: {error}; every row is safe in {ROWS}, "
            f"and mho show {folder} builds the file again once there is space"
        ) from error
    return folder / HDF5


def load(run: str | Path) -> pd.DataFrame:
    """The rows of a recorded run, one column each, indexed by ``seq``.

    ``frame.attrs`` holds ``units`` and ``long_names`` by column. Choices come as categories. Of a
    run that goes on, or whose process died, the rows come from its journal.

    Parameters
    ----------
    run
        The run folder, or the ``run.h5`` in it.

    Raises
    ------
    SettingsError
        Not a recorded run, or a line of its journal is no row.
    """
    folder = Path(run)
    folder = folder.parent if folder.name == HDF5 else folder
    columns = _columns(read_start(folder))
    stored = _whole(folder)
    frame = pd.DataFrame({column.name: _loaded(column, stored[column.name]) for column in columns})
    frame.index.name = "seq"
    frame.attrs["units"] = {column.name: column.units for column in columns}
    frame.attrs["long_names"] = {column.name: column.long_name for column in columns}
    return frame


def _hdf5_of(folder: Path) -> bytes:
    start, stop, rows = read_start(folder), read_stop(folder), read_rows(folder)
    attributes: dict[str, str | int | float] = {
        "schema": start.schema,
        "Conventions": "CF-1.11",
        "run_id": start.run_id,
        "protocol": start.protocol,
        "bench": start.bench,
        "device": start.device,
        "start_time": start.start_time,
        "time_source": start.time_source,
        "seed": start.seed,
        "instruments": json.dumps(start.instruments),
        "versions": json.dumps(start.versions),
        "stop_time": stop.stop_time if stop else "",
        "exit_status": stop.exit_status if stop else "fail",
        "reason": stop.reason if stop else "the process ended without writing a stop, or goes on",
        "rows": len(rows),
    }
    return hdf5_file.made_of(_columns(start), rows, attributes, start.settings)


def _whole(folder: Path) -> dict[str, Any]:
    """The columns of ``run.h5``, which is built anew unless it has every row of the journal."""
    stop = read_stop(folder)
    with suppress(OSError, KeyError, ValueError, RuntimeError):  # there is none, or it is broken
        stop_time, stored = hdf5_file.read(folder / HDF5)
        # One that somebody's look at the run built before its end lacks the rows that came later.
        if (stop is not None and stop_time == stop.stop_time) or not (folder / ROWS).exists():
            return stored
    made = _hdf5_of(folder)
    with suppress(OSError):  # the rows can be had all the same
        hdf5_file.write(folder / HDF5, made)
    return hdf5_file.read(io.BytesIO(made))[1]


def _columns(start: RunStart) -> tuple[Column, ...]:
    return tuple(
        Column(**{**column, "choices": tuple(column["choices"])}) for column in start.columns
    )


def _loaded(column: Column, values: Any) -> Any:
    match column.kind:
        case "bool":
            return values.astype(bool)
        case "choice":
            return pd.Categorical.from_codes(values, categories=pd.Index(column.choices))
        case "text":
            return pd.array(list(values), dtype="str")
    return values


def _write_json(path: Path, data: dict[str, Any]) -> None:
    unfinished = path.with_suffix(".json.part")
    try:
        unfinished.write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n", "utf-8")
        unfinished.replace(path)
    except OSError as error:
        raise RecordingError(f"{path} cannot be written: {error.strerror or error}") from error
