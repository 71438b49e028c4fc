"""Follows a run while it goes on, from outside: new rows by byte offset, never half a line."""

from collections.abc import Iterator
from math import inf
from pathlib import Path

import pandas as pd

from mho.clock import Clock, RealClock
from mho.recording.documents import STOP, read_start
from mho.recording.folder import ROWS
from mho.recording.frame import frame_of
from mho.recording.rows_file import RowsFile


def follow(
    run: str | Path, *, every: float = 0.2, patience: float = inf, clock: Clock | None = None
) -> Iterator[pd.DataFrame]:
    """The rows of a run that goes on, as they come; nothing in its folder is changed.

    Yields tables like that of `load`, never an empty one, each with the rows that came since the
    one before; the first has those that are there already. Ends when the run has ended.

    Parameters
    ----------
    run
        The run folder.
    every
        Seconds between two looks.
    patience
        Seconds without a new row after which it ends as well; a run whose process was killed may
        never say that it ended.
    clock
        What waits between two looks; the computer's unless given.

    Raises
    ------
    SettingsError
        Not a run folder, or a line of its journal is no row.
    """
    folder, clock = Path(run), clock or RealClock()
    columns = read_start(folder).columns
    file, rows, came = RowsFile(folder / ROWS, columns), 0, clock.now()
    while True:
        ended = (folder / STOP).exists()  # before the look: what is written by then is seen by it
        new = frame_of(columns, file.blocks(), rows)
        if len(new):
            rows, came = rows + len(new), clock.now()
            yield new
        if ended or clock.now() - came > patience:
            return
        clock.sleep(every)
