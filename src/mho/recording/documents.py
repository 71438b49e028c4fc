"""What a run says of itself: ``start.json`` before the first row, ``stop.json`` after the last.

``results.json`` holds what came of it: its figures of merit.

Words follow event-model: a run has a start, a stop with exit status and reason, and streams.
"""

import json
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import TypeAdapter, ValidationError

from mho.errors import Problem, RecordingError, SettingsError
from mho.recording.columns import ROW_NUMBER, Column
from mho.result import Result

SCHEMA, RESULTS_SCHEMA = "mho run, version 1", "mho results, version 1"
START, STOP, RESULTS = "start.json", "stop.json", "results.json"

_LARGEST = 64_000_000
"""Bytes: beside the three settings files, each of which is far smaller, there is little in it."""

_MOST_CHOICES = 128
"""A code is stored in one byte."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedInstrument:
    """One instrument as it named itself."""

    terminal: str
    model: str
    serial: str
    address: str
    firmware: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedCell:
    """The physical cell that a run is made on, and how it stood before."""

    sample: str
    cell: str
    die: str
    row: int | None
    column: int | None
    rehearsed: bool
    """It is a simulated one: what is said of it is never said of the real cell of that name."""
    profile: str
    """Digest of the device profile as it was understood."""
    age: float = field(default=0.0, metadata={"unit": "s"})
    """In a rehearsal, simulated time since the cell was made, when its last run had ended."""
    waited: float = field(default=0.0, metadata={"unit": "s"})
    """In a rehearsal, what passed between that and this run."""
    world: str = ""
    """Whose state a rehearsal keeps, where it is not that of the cell alone: its array's."""
    on_other_profiles: tuple[str, ...] = ()
    """Runs before on the cell for which the device file said something else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedSelection:
    """What a selector connected for a run: the cell of an array, and the paths to its lines."""

    row: int
    column: int
    paths: tuple[str, ...]
    sharing: dict[str, int]
    """How many other cells are on the line of each terminal: they saw half of what was applied."""
    pulsed: str = ""
    """The terminal whose pulses other lines follow; empty where none does."""
    parts: dict[str, float] = field(default_factory=dict)
    """Which part of such a pulse the other cells on the line of each terminal see."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedStep:
    """The step of a campaign that a run is; ``repeat`` is for the how-manieth time, from 1."""

    name: str
    step: str
    repeat: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedDose:
    """What was done at one terminal for one purpose; see `mho.dose.Charge`."""

    terminal: str
    purpose: str
    pulses: int
    charge: float = field(metadata={"unit": "C"})
    charge_either_way: float = field(metadata={"unit": "C"})
    volt_seconds: float = field(metadata={"unit": "V s"})


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
    instruments: tuple[RecordedInstrument, ...]
    versions: dict[str, str]
    columns: tuple[Column, ...]
    short_stimuli: tuple[str, ...] = ()
    """What the plan has of stimuli too short to be noted each time: the worst of each kind."""
    cell: RecordedCell | None = None
    operator: str = ""
    note: str = ""
    tags: tuple[str, ...] = ()
    campaign: RecordedStep | None = None
    selected: RecordedSelection | None = None
    resumed: tuple[str, ...] = ()
    """When it went on after it had broken off."""
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
    dose: tuple[RecordedDose, ...] | None = None
    """What was done to the device; None where nobody was left to count."""
    conductance: float | None = field(default=None, metadata={"unit": "S"})
    """Of the last row that has one."""
    observers_failed: tuple[str, ...] = ()
    """Who only looked on, a progress bar for example, and failed; it saw no row after that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResults:
    """The figures of merit of a run, with what one must know to quote them.

    Attributes
    ----------
    rows
        How many rows they were made from.
    exit_status
        Of the run; None where no stop was written: it goes on, or its process died.
    results
        Those of the run as a whole have an empty ``part``.
    problem
        Why there are no results, or no more of them; empty where nothing failed.
    """

    run_id: str
    protocol: str
    device: str
    bench: str
    seed: int
    start_time: str
    exit_status: str | None
    rows: int
    results: tuple[Result, ...]
    problem: str = ""
    schema: str = RESULTS_SCHEMA


def cell_of_run(start: RunStart) -> str:
    """The cell that a run was made on: of a sample, or of an array; empty if on neither."""
    if start.cell is not None:
        return start.cell.cell
    if start.selected is not None and any(one.name == "column" for one in start.columns):
        return f"r{start.selected.row}c{start.selected.column}"
    return ""


def write_start(folder: Path, start: RunStart, *, durable: bool = True) -> None:
    """Write (or write again, now knowing the instruments) the start of a run.

    ``durable``: it survives a power cut, and not only the death of this process.

    Raises
    ------
    RecordingError
        It cannot be written; one that was there before still is.
    """
    _write(folder / START, start, durable=durable)


def write_stop(folder: Path, stop: RunStop, *, durable: bool = True) -> None:
    """Write the stop of a run; as `write_start`."""
    _write(folder / STOP, stop, durable=durable)


def write_results(folder: Path, results: RunResults, *, durable: bool = True) -> None:
    """Write the results of a run; as `write_start`."""
    _write(folder / RESULTS, results, durable=durable)


def read_start(folder: Path) -> RunStart:
    """The start of a recorded run.

    Raises
    ------
    SettingsError
        Not a run folder, or its start is not what mho writes.
    """
    path = folder / START
    start = _read(path, _START)
    if start is None:
        raise SettingsError([Problem(str(folder), f"is not a run folder: it has no {START}")])
    faults = [Problem(str(path), fault) for fault in _faults(start)]
    if faults:
        raise SettingsError(faults)
    return start


def read_stop(folder: Path) -> RunStop | None:
    """The stop of a recorded run; None if the process died before it could write one.

    Raises
    ------
    SettingsError
        There is one, and it is not what mho writes.
    """
    return _read(folder / STOP, _STOP)


def read_results(folder: Path) -> RunResults | None:
    """The results of a recorded run; None where none were written.

    Raises
    ------
    SettingsError
        There are some, and they are not what mho writes.
    """
    return _read(folder / RESULTS, _RESULTS)


def results_text(results: RunResults) -> str:
    """The text of ``results.json``: JSON as RFC 8259 has it, without NaN."""
    return _text(results)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder survive a power cut, where the operating system can."""
    with suppress(OSError):  # Windows opens no folder; its file systems keep a journal of names
        number = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)


Document = TypeVar("Document", RunStart, RunStop, RunResults)


_START, _STOP = TypeAdapter(RunStart), TypeAdapter(RunStop)
_RESULTS = TypeAdapter(RunResults)


def _read(path: Path, kind: TypeAdapter[Document]) -> Document | None:
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            text = file.read(min(size, _LARGEST))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:  # ValueError: a NUL in its name
        why = getattr(error, "strerror", None) or error
        raise SettingsError([Problem(str(path), f"cannot be read: {why}")]) from error
    if not text.strip():
        message = "is empty: a power cut or a full disk may have emptied it"
        raise SettingsError([Problem(str(path), message)])
    if size > _LARGEST:
        message = f"is larger than {_LARGEST // 1_000_000} MB; mho wrote nothing of that size"
        raise SettingsError([Problem(str(path), message)])
    try:
        return kind.validate_json(text, strict=True)
    except ValidationError as error:
        raise SettingsError(_problems(path, error)) from None


def _problems(path: Path, error: ValidationError) -> Iterator[Problem]:
    for detail in error.errors(include_url=False, include_input=False)[:10]:
        place = ".".join(map(str, detail["loc"]))
        message = detail["msg"]
        if detail["type"] == "json_invalid":
            message = f"it is no JSON, or only a part of it ({message})"
        yield Problem(str(path), f"cannot be read: {place + ': ' if place else ''}{message}")


def _faults(start: RunStart) -> Iterator[str]:
    """What no run of ours says, and what would mislead a reader further on."""
    names = [column.name for column in start.columns]
    if len(set(names)) < len(names):
        yield "two of its columns have one name"
    for column in start.columns:
        if not column.name.isidentifier() or column.name == ROW_NUMBER:
            yield f'"{column.name}" cannot be the name of a column'
        if (column.kind == "choice") is not bool(column.choices):
            yield f"{column.name} is a {column.kind} with {len(column.choices)} choices"
        if len(set(column.choices)) < len(column.choices) or len(column.choices) > _MOST_CHOICES:
            yield f"the choices of {column.name} are too many, or two are the same"
    try:
        if datetime.fromisoformat(start.start_time).tzinfo is None:
            yield f'start_time: "{start.start_time}" does not say in which time zone'
    except ValueError:
        yield f'start_time: "{start.start_time}" is no time'
    for name in start.settings:
        if not name.isidentifier():
            yield f'"{name}" is none of its settings'
    if b"\\u0000" in _START.dump_json(start) and any("\0" in one for one in _texts(_plain(start))):
        yield "there is a NUL in one of its texts"


def _texts(data: object) -> Iterator[str]:
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict):
        yield from _texts(tuple(data.values()))
    elif isinstance(data, list | tuple):
        for item in data:
            yield from _texts(item)


def _text(document: RunStart | RunStop | RunResults) -> str:
    """JSON, an item of a list or a dictionary in it a line."""
    lines = []
    for one in fields(document):  # asdict would copy every text
        value = _plain(getattr(document, one.name))
        if isinstance(value, list) and value:
            text = _lines("[", "]", map(_JSON, value))
        elif isinstance(value, dict) and value:
            text = _lines(
                "{", "}", (f"{_JSON(name)}: {_JSON(item)}" for name, item in value.items())
            )
        else:
            text = _JSON(value)
        lines.append(f"{_JSON(one.name)}: {text}")
    return "{\n " + ",\n ".join(lines) + "\n}\n"


def _lines(before: str, after: str, items: Iterable[str]) -> str:
    return before + "\n  " + ",\n  ".join(items) + "\n " + after


_JSON = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode
"""Without line breaks, which Python's own encoder takes ten times as long for."""


def _plain(value: object) -> object:
    """Dataclasses as dictionaries, for JSON."""
    if is_dataclass(value):
        return {one.name: _plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return value


def _write(path: Path, document: RunStart | RunStop | RunResults, *, durable: bool) -> None:
    """Whole or not at all; on the disk, where it is to be ``durable``."""
    unfinished = path.with_suffix(".json.part")
    text = _text(document)
    try:
        with unfinished.open("wb") as file:
            file.write(text.encode(errors="replace"))  # a file's name may be no text
            if durable:
                file.flush()
                os.fsync(file.fileno())
        unfinished.replace(path)
    except OSError as error:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)
        raise RecordingError(f"{path} cannot be written: {error.strerror or error}") from error
    if durable:
        sync_folder(path.parent)
