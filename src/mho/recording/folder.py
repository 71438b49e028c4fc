"""The run folder: ``start.json``, ``rows.csv``, ``stop.json`` and what is made from them.

That is ``results.json``, the figures of merit, and ``run.h5``, all of it in one file.
"""

import json
import logging
import secrets
import shutil
from base64 import b32encode
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import pandas as pd

from mho.errors import RecordingError, SettingsError
from mho.recording import hdf5_file
from mho.recording.documents import (
    RESULTS,
    STOP,
    RunResults,
    RunStart,
    RunStop,
    cell_of_run,
    read_results,
    read_start,
    read_stop,
    sync_folder,
    write_results,
    write_start,
    write_stop,
)
from mho.recording.frame import frame_of
from mho.recording.journal import Journal
from mho.recording.rows_file import Block, RowsFile
from mho.recording.rows_in_memory import RowsInMemory

ROWS, HDF5 = "rows.csv", "run.h5"

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedRun:
    """What a run folder holds, read once.

    Attributes
    ----------
    stop
        None while the run goes on, where its process died, and where it cannot be read.
    rows
        Every whole row; see `load`.
    results
        The figures of merit written at its end; None where there are none, or none that can be
        read: `mho.results_of` makes them.
    differences
        What in the folder does not agree with the rest of it, in sentences.
    """

    folder: Path
    start: RunStart
    stop: RunStop | None
    rows: pd.DataFrame
    results: RunResults | None
    differences: tuple[str, ...]


def run_name(protocol: str, moment: datetime) -> str:
    """A folder name that sorts by time and meets no other, however many begin in one second."""
    chance = b32encode(secrets.token_bytes(5)).decode().lower()
    return f"{moment:%Y%m%dT%H%M%S}{moment.microsecond // 1000:03d}_{protocol}_{chance}"


def create(folder: Path, start: RunStart, *, durable: bool = True) -> Journal:
    """Make a run folder and open its journal; ``durable`` as in `write_start`.

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
    if durable:
        sync_folder(folder.parent)
    write_start(folder, start, durable=durable)
    return Journal(folder / ROWS, start.columns, durable=durable)


def discard(folder: Path, within: Path) -> None:
    """Remove the folder of a run that never came to a bench, and empty ones up to ``within``."""
    shutil.rmtree(folder, ignore_errors=True)
    for around in folder.parents:
        if around == within:
            return
        with suppress(OSError):
            around.rmdir()


Maker = Callable[[RecordedRun], RunResults]
"""Makes the results of a run from its rows and its recipe."""


def finish(
    folder: Path,
    stop: RunStop,
    make: Maker,
    *,
    durable: bool = True,
    size: int = -1,
    kept: RowsInMemory | None = None,
) -> RecordedRun:
    """Write the stop of a run, make its results, build ``run.h5`` from what the folder holds.

    ``durable`` as in `write_start`. The rows that were ``kept`` are taken for those of the journal
    if that is of the ``size`` (bytes) that it had after the last of them.

    Returns
    -------
    RecordedRun
        What the folder holds now.

    Raises
    ------
    MhoError
        Of the disk, or of a journal that cannot be read.
    BaseException
        An interrupt of ``make``; the stop is written, and ``run.h5`` without results.
    """
    write_stop(folder, stop, durable=durable)
    few: list[Block] = []
    try:
        block = None if kept is None or not _is_of_size(folder / ROWS, size) else kept.block()
        if block is not None:
            few.append(block)
        recorded = _read_run(folder, few)
        results = make(recorded)
    except MemoryError as error:
        rebuild(folder)
        raise RecordingError(
            f"the rows of {folder} do not fit into the memory that is left, so {RESULTS} was not "
            "made; mho show makes the results where there is more"
        ) from error
    except BaseException:
        rebuild(folder)
        raise
    _build(folder, recorded.start, recorded.stop, results, few)
    write_results(folder, results, durable=durable)
    return replace(recorded, results=results)


def rebuild(folder: Path, results: RunResults | None = None) -> Path:
    """Build ``run.h5`` from start, journal and stop, block by block; returns its path.

    Parameters
    ----------
    results
        Its figures of merit; those of ``results.json`` unless given.

    Raises
    ------
    SettingsError
        Not a run folder, or a line of its journal is no row.
    RecordingError
        The file cannot be written.
    """
    start = read_start(folder)
    stop, _ = _document(folder, read_stop)
    written, _ = _document(folder, read_results)
    return _build(folder, start, stop, results or written, ())


def _is_of_size(path: Path, size: int) -> bool:
    try:
        return path.stat().st_size == size
    except OSError:
        return False


def _build(
    folder: Path,
    start: RunStart,
    stop: RunStop | None,
    results: RunResults | None,
    few: Sequence[Block],
) -> Path:
    """``few`` are its rows where they were read already."""
    path = folder / HDF5
    try:
        hdf5_file.write(
            path,
            start.columns,
            few or RowsFile(folder / ROWS, start.columns).blocks(),
            lambda n: _attributes(start, stop, n),
            start.settings,
            () if results is None else results.results,
        )
    except RecordingError as error:
        raise RecordingError(
            f"{error}; every row is safe in {ROWS}, and mho export {folder} --hdf5 builds the file "
            "again once there is space"
        ) from error
    return path


def read_run(run: str | Path) -> RecordedRun:
    """All of a recorded run, or of one that goes on; nothing in its folder is changed.

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
    return _read_run(folder.parent if folder.name == HDF5 else folder, [])


def _read_run(folder: Path, few: list[Block]) -> RecordedRun:
    """As `read_run`.

    ``few`` are its rows where they are known already; of a short journal they are put there, for
    who needs them again.
    """
    start = read_start(folder)
    stop, differences = _document(folder, read_stop)
    results, unreadable = _document(folder, read_results)
    differences += unreadable
    if few:
        rows = frame_of(start.columns, few)
    elif (folder / ROWS).exists() or not (folder / HDF5).exists():
        file = RowsFile(folder / ROWS, start.columns)
        if file.is_short:
            few += file.blocks()
        rows = frame_of(start.columns, few or file.blocks())
        differences += file.differences
    else:
        rows = frame_of(start.columns, hdf5_file.read(folder / HDF5, start.columns))
        differences.append(f"there is no {ROWS}; the rows are those of {HDF5}")
    if stop is not None and stop.rows != len(rows):
        fewer = "fewer" if len(rows) < stop.rows else "more"
        differences.append(
            f"{STOP} says {stop.rows} rows, there are {len(rows)}: {abs(stop.rows - len(rows))} "
            f"{fewer}"
        )
    if results is not None and results.rows != len(rows):
        differences.append(f"{RESULTS} was made from {results.rows} rows, there are {len(rows)}")
    rows.attrs["differences"] = tuple(differences)
    return RecordedRun(
        folder=folder,
        start=start,
        stop=stop,
        rows=rows,
        results=results,
        differences=tuple(differences),
    )


def load(run: str | Path) -> pd.DataFrame:
    """The rows of a recorded run, one column each, indexed by ``seq``.

    ``frame.attrs`` holds ``units`` and ``long_names`` by column, and under ``differences`` what in
    the folder does not agree with the rest of it (also logged as a warning). Choices come as
    categories. The folder of a run that goes on may be read at any time; nothing in it changes.

    Parameters
    ----------
    run
        The run folder, or the ``run.h5`` in it.

    Raises
    ------
    SettingsError
        Not a recorded run, or a line of its journal is no row.
    """
    recorded = read_run(run)
    for difference in recorded.differences:
        _LOG.warning("%s: %s", recorded.folder, difference)
    return recorded.rows


Document = TypeVar("Document")


def _document(
    folder: Path, read: Callable[[Path], Document | None]
) -> tuple[Document | None, list[str]]:
    """What a run says at its end; what cannot be read hides no row."""
    try:
        return read(folder), []
    except SettingsError as error:
        return None, [f"{problem.place}: {problem.message}" for problem in error.problems]


def _attributes(start: RunStart, stop: RunStop | None, rows: int) -> Mapping[str, str | int]:
    return {
        "schema": start.schema,
        "Conventions": "CF-1.11",
        "run_id": start.run_id,
        "protocol": start.protocol,
        "bench": start.bench,
        "device": start.device,
        "start_time": start.start_time,
        "time_source": start.time_source,
        "seed": start.seed if abs(start.seed) < 2**63 else str(start.seed),
        "instruments": json.dumps([asdict(one) for one in start.instruments]),
        "versions": json.dumps(start.versions),
        "stop_time": stop.stop_time if stop else "",
        "exit_status": stop.exit_status if stop else "fail",
        "reason": stop.reason if stop else "the process ended without writing a stop, or goes on",
        "rows": rows,
        "sample": start.cell.sample if start.cell else "",
        "cell": cell_of_run(start),
        "operator": start.operator,
        "note": start.note,
        "tags": ", ".join(start.tags),
        "campaign": start.campaign.name if start.campaign else "",
        "step": start.campaign.step if start.campaign else "",
    }
