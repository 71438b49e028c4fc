"""What a run was about to apply: ``stimuli.csv``, and ``readings.csv`` with what came of it last.

A line of ``stimuli.csv`` is written before a stimulus that gives more than one row or lasts long,
before one that follows another without a row in between, and before a terminal is held at another
level. The readings of such a stimulus are written as they come from the instrument, before the
protocol makes rows of them; ``readings.csv`` holds those whose rows ``rows.csv`` may not have yet.
"""

import logging
from collections.abc import Iterable, Mapping
from contextlib import suppress
from io import FileIO
from math import nan
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from mho.errors import Problem, RecordingError, SettingsError
from mho.quantities import AMPERE, SECOND, VOLT
from mho.readings import Reading
from mho.recording.columns import Column, Kind, line_writer
from mho.recording.frame import frame_of
from mho.recording.rows_file import RowsFile
from mho.stimuli import Source, Stimulus
from mho.stimuli.score import Score, Segment

STIMULI, READINGS = "stimuli.csv", "readings.csv"

REFUSED = "refused"
"""The kind of a line that says that the bench refused what the line before it names."""


class Note(NamedTuple):
    """One line: what was about to be applied."""

    number: int
    """From 1."""
    time: float
    """Seconds since the bench was opened."""
    after_row: int
    """How many rows were in ``rows.csv``."""
    kind: str
    drives: str
    """Each terminal with its levels and its limit, for people."""
    duration: float
    """Seconds; NaN for a level that is held until it is changed."""
    readings: int
    """How many it gives, at most."""

    def __str__(self) -> str:
        lasts = (
            f", {SECOND.show(float(f'{self.duration:.4g}'))}"
            if self.duration == self.duration
            else ""
        )
        reads = f", {self.readings} readings" if self.readings else ""
        return f"{self.kind}: {self.drives}{lasts}{reads}"


_LOG = logging.getLogger(__name__)

_KINDS: Mapping[type, Kind] = {int: "int", float: "float", str: "text", bool: "bool"}


def _columns(fields: Mapping[str, type]) -> tuple[Column, ...]:
    return tuple(
        Column(name=name, kind=_KINDS[kind], units="", long_name=name)
        for name, kind in fields.items()
    )


_NOTE = _columns(Note.__annotations__)
_READING = _columns({"stimulus": int, **Reading.__annotations__})


class StimuliFile:
    """Writes both files of a run; they are made when there is something to say."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._note_line, self._reading_line = line_writer(_NOTE), line_writer(_READING)
        self._stimuli: FileIO | None = None
        self._readings: FileIO | None = None
        self._number = _lines(folder / STIMULI)

    def note(self, stimulus: Stimulus, score: Score, time: float, rows: int) -> None:
        """Say what is about to be applied.

        Raises
        ------
        RecordingError
            It could not be written.
        """
        what = "; ".join(drives(score))
        self._say(type(stimulus).__name__, what, score.duration, score.readings, time, rows)

    def note_held(
        self, terminal: str, level: float | None, limit: float, time: float, rows: int
    ) -> None:
        """Say at which level (V) a terminal is about to be held, or that it is opened (None)."""
        what = "open" if level is None else f"{VOLT.show(level)} up to {AMPERE.show(limit)}"
        self._say("held", f"{terminal} {what}", nan, 0, time, rows)

    def note_pause(self, time: float, rows: int, *, goes_on: bool) -> None:
        """Say that everything is switched off for a while, or that the run goes on."""
        self._say("goes on" if goes_on else "paused", "everything off", nan, 0, time, rows)

    def refused(self, time: float, rows: int) -> None:
        """Say that what was noted last was not applied after all."""
        self._say(REFUSED, "", nan, 0, time, rows)

    def keep(self, readings: Iterable[Reading], *, afresh: bool) -> None:
        """Write what came of the stimulus that was noted last; ``afresh``: forget what was kept.

        Where that fails it is said, and the run goes on: it is the rows that must be written.
        """
        line, number = self._reading_line, self._number
        data = b"".join(map(line, ((number, *one) for one in readings)))
        try:
            if self._readings is None:
                self._readings = _opened(self._folder / READINGS, _READING)
                self._header = self._readings.tell()
            if afresh:
                self._readings.seek(self._header)
            _written(self._readings, data)
            self._readings.truncate()
        except RecordingError as error:
            _LOG.warning("readings are not kept until their rows are written: %s", error)

    def close(self, *, forget: bool) -> None:
        """Close both; ``forget`` what was kept, if all its rows are where they belong."""
        for file in (self._stimuli, self._readings):
            if file is not None:
                file.close()
        if forget:
            with suppress(OSError):
                (self._folder / READINGS).unlink(missing_ok=True)

    def _say(
        self, kind: str, drives: str, duration: float, readings: int, time: float, rows: int
    ) -> None:
        if self._stimuli is None:
            self._stimuli = _opened(self._folder / STIMULI, _NOTE)
        self._number += 1
        note = Note(self._number, time, rows, kind, drives, duration, readings)
        _written(self._stimuli, self._note_line(note))


def drives(score: Score) -> Iterable[str]:
    """Each terminal with the span of its levels and its limit, for people."""
    for index, terminal in enumerate(score.terminals):
        found: dict[Source, list[Segment]] = {}
        for bar in score.bars():
            for segment in bar.parts[index]:
                if not segment.rests:
                    found.setdefault(segment.source, []).append(segment)
        for source, segments in found.items():
            level, limit = (AMPERE, VOLT) if source is Source.CURRENT else (VOLT, AMPERE)
            low, high = (end(one.level for one in segments) for end in (min, max))
            levels = f"{level.show(low)} to {level.show(high)}" if low < high else level.show(low)
            yield f"{terminal} {levels} up to {limit.show(max(one.limit for one in segments))}"


def _opened(path: Path, columns: tuple[Column, ...]) -> FileIO:
    """A new file, or that of a run that goes on, to be written at its end."""
    try:
        is_new = not path.exists()
        file = path.open("xb" if is_new else "r+b", buffering=0)
        file.seek(0, 2)
    except OSError as error:
        raise RecordingError(f"{path} cannot be written: {error.strerror or error}") from error
    if is_new:
        _written(file, (",".join(column.name for column in columns) + "\n").encode())
    return file


def _lines(path: Path) -> int:
    """How many lines stand below the names of the columns."""
    try:
        return max(0, path.read_bytes().count(b"\n") - 1)
    except OSError:
        return 0


def _written(file: FileIO, data: bytes) -> None:
    try:
        written = file.write(data)
    except OSError as error:
        raise RecordingError(f"{file.name} cannot be written: {error.strerror or error}") from error
    if written != len(data):
        raise RecordingError(f"{file.name} cannot be written whole: the disk is full")


def read_notes(folder: Path) -> list[Note]:
    """What a run was about to apply; empty if it noted nothing.

    Raises
    ------
    SettingsError
        The file is not what mho writes.
    """
    return [Note(*row) for row in _read(folder / STIMULI, _NOTE).itertuples(index=False)]


def read_kept(folder: Path) -> pd.DataFrame:
    """The readings that were kept, with the number of their stimulus; raises as `read_notes`."""
    return _read(folder / READINGS, _READING)


def _read(path: Path, columns: tuple[Column, ...]) -> pd.DataFrame:
    if not path.exists():
        return frame_of(columns, ())
    file = RowsFile(path, columns)
    frame = frame_of(columns, file.blocks())
    if not file.has_names and path.stat().st_size:
        raise SettingsError([Problem(str(path), "does not begin with the names of its columns")])
    return frame
