"""The recorder of a run: rows to the journal, and a note before what is long.

Satisfies `mho.bench.Recorder`. Rows of a trace of many readings are written together, as soon as
the protocol asks the bench, or the clock, for anything else; every other row at once.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from mho.clock import Clock
from mho.interrupts import deferred
from mho.readings import Trace
from mho.recording.columns import Column, line_writer
from mho.recording.journal import Journal
from mho.recording.rows_in_memory import RowsInMemory
from mho.recording.stimuli_file import StimuliFile
from mho.stimuli import Stimulus

Row = tuple[Any, ...]

_MOST_BYTES = 1_000_000
"""Of rows that wait: what a protocol makes of a trace of millions is written in several goes."""


class RunRecorder:
    """Writes what a protocol yields, and what it is about to have applied.

    Parameters
    ----------
    journal, folder, columns
        Where it goes, and what a row is.
    clock
        That of the bench.
    show
        Told of each row that is safe.
    """

    def __init__(
        self,
        journal: Journal,
        folder: Path,
        columns: tuple[Column, ...],
        clock: Clock,
        show: Callable[[Row], None],
    ) -> None:
        self._journal, self._clock, self._show = journal, clock, show
        self._line = line_writer(columns)
        self._stimuli = StimuliFile(folder)
        self._rows: list[Row] = []
        self._lines: list[bytes] = []
        self._bytes = 0
        self._together = self._noted = self._afresh = False
        self._conductance_at = next(
            (at for at, column in enumerate(columns) if column.name == "conductance"), None
        )
        self.conductance: float | None = None
        """Siemens, of the last row that has one."""
        self.attends = False
        self.kept = RowsInMemory(columns)
        """The rows that were written, if they are few."""

    def write(self, row: Row) -> None:
        """Make a row safe: now, or with the others of its trace.

        Raises
        ------
        RecordingError
            It could not be written whole (disk full, folder gone).
        """
        line = self._line(row)
        at = self._conductance_at
        if at is not None and row[at] == row[at]:  # not NaN
            self.conductance = row[at]
        if self._together:
            self._rows.append(row)
            self._lines.append(line)
            self._bytes += len(line)
            if self._bytes > _MOST_BYTES:
                self._write_waiting()
            return
        self._journal.append((line,))
        self.kept.add((row,))
        self.attends = False
        self._show(row)

    def flush(self) -> None:
        """Write the rows that wait; those that still come of their trace are written one by one."""
        self._write_waiting()
        self._together = False

    def _write_waiting(self) -> None:
        if not self._lines:
            return
        with deferred():  # an interrupt between the two lines would lose them
            rows, lines = self._rows, self._lines
            self._rows, self._lines, self._bytes = [], [], 0
            self._journal.append(lines)
            self.kept.add(rows)
            self.attends = False
        for row in rows:
            self._show(row)

    def before(self, stimulus: Stimulus, *, short: bool) -> None:
        """Write what waits; note the stimulus unless it is short and the first after a row."""
        self.flush()
        self._noted = self.attends or not short
        self._together = not short
        if self._noted:
            self._afresh = not self.attends
            now, rows = self._clock.now(), self._journal.rows
            self._stimuli.note(stimulus, stimulus.score(), now, rows)

    def before_holding(self, terminal: str, level: float | None, compliance: float) -> None:
        """Write what waits, and note the level."""
        self.flush()
        now, rows = self._clock.now(), self._journal.rows
        self._stimuli.note_held(terminal, level, compliance, now, rows)

    def paused(self, *, goes_on: bool) -> None:
        """Write what waits, and note that the run pauses, or that it goes on."""
        self.flush()
        self._stimuli.note_pause(self._clock.now(), self._journal.rows, goes_on=goes_on)

    def refused(self) -> None:
        """Take the last note back."""
        if self._noted:
            self._stimuli.refused(self._clock.now(), self._journal.rows)
            self._noted = False

    def after(self, trace: Trace) -> None:
        """Keep the readings of a stimulus that was noted until its rows are written."""
        if self._noted:
            self._stimuli.keep(trace, afresh=self._afresh)
            self._noted = False

    def close(self, *, complete: bool) -> None:
        """Write what waits and close all files; ``complete``: the protocol came to its end."""
        try:
            self.flush()
        finally:
            self._stimuli.close(forget=complete)
            self._journal.close()
