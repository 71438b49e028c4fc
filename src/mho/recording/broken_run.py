"""A run that broke off: what is in its folder, and how it is opened again."""

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from mho.dose import Dose
from mho.errors import Problem, RecordingError, SettingsError
from mho.readings import Answer
from mho.recording.answers_file import read_answers
from mho.recording.cell_state import CellState, forget_cell_state, read_cell_state
from mho.recording.documents import RESULTS, STOP, RunStart, read_start, read_stop
from mho.recording.dose_file import dose_of, read_dose
from mho.recording.folder import HDF5, ROWS
from mho.recording.resumed_journal import ResumedJournal
from mho.recording.stimuli_file import READINGS, STIMULI


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenRun:
    """A run that did not come to its end.

    Attributes
    ----------
    answers
        What a real bench answered, see `mho.recording.answers_file`; None in a rehearsal, which is
        played again from its seed.
    dose
        What it did to its cell at most, where it had one.
    passed
        Seconds since it began, where it goes on on a real bench.
    before
        In a rehearsal on a cell: how this was before; None where it was new.
    """

    folder: Path
    start: RunStart
    answers: tuple[Answer, ...] | None
    dose: Dose
    passed: float
    before: CellState | None

    def journal(self) -> ResumedJournal:
        """Its journal, to be gone on with; raises RecordingError if it cannot be."""
        return ResumedJournal(self.folder / ROWS, self.start.columns)

    def reopen(self, start: RunStart, moment: datetime) -> RunStart:
        """Take away what only a run that ended has; gives the start that says it goes on.

        Raises
        ------
        RecordingError
            It cannot be taken away.
        """
        try:
            for name in (STOP, RESULTS, HDF5, STIMULI, READINGS):
                (self.folder / name).unlink(missing_ok=True)
            forget_cell_state(self.folder, "after")
        except OSError as error:
            raise RecordingError(
                f"{self.folder} cannot be written: {error.strerror or error}"
            ) from error
        return replace(start, resumed=(*start.resumed, moment.isoformat()))


def read_broken_run(folder: Path, now: datetime, *, rehearsed: bool) -> BrokenRun:
    """What is in the folder of a run that broke off.

    Raises
    ------
    SettingsError
        It came to its end, is no run, or is damaged.
    """
    start, stop = read_start(folder), read_stop(folder)
    if stop is not None and stop.exit_status == "success":
        message = "came to its end; there is nothing to go on with"
        raise SettingsError([Problem(str(folder), message)])
    dose: Dose | None = Dose()
    if start.cell is not None:
        if stop is not None and stop.dose is not None:
            dose = dose_of(stop.dose)
        else:
            dose = read_dose(folder)
    if dose is None:
        message = "does not say what it did to its cell: a part of the folder is missing"
        raise SettingsError([Problem(str(folder), message)])
    began = datetime.fromisoformat(start.start_time)
    return BrokenRun(
        folder=folder,
        start=start,
        answers=None if rehearsed else read_answers(folder),
        dose=dose,
        passed=max(0.0, (now - began).total_seconds()),
        before=read_cell_state(folder, "before"),
    )
