"""What an analysis is made of, and what it gives."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mho.errors import Problem, SettingsError
from mho.figure import Figure, Panel
from mho.quantities import AMPERE, SECOND, SIEMENS, VOLT, Unit
from mho.recording.folder import HDF5, read_run
from mho.result import Result
from mho.summary import Summary


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A column that analyses know: its unit (None: a plain number or a word), other names of it."""

    unit: Unit | None
    also: tuple[str, ...] = ()


COLUMNS: Mapping[str, Wanted] = {
    "voltage": Wanted(unit=VOLT, also=("v", "u", "volt", "volts", "bias", "spannung", "av")),
    "current": Wanted(unit=AMPERE, also=("i", "amp", "amps", "strom", "ai")),
    "conductance": Wanted(unit=SIEMENS, also=("g", "leitwert")),
    "time": Wanted(unit=SECOND, also=("t", "zeit", "timestamp")),
    "cycle": Wanted(unit=None, also=("cycles", "zyklus", "sweep", "loop")),
    "lifetime": Wanted(
        unit=None, also=("life", "cycles to failure", "failure", "lebensdauer", "n", "cycles")
    ),
    "censored": Wanted(unit=None, also=("survived", "suspended")),
    "level": Wanted(unit=None, also=("state", "niveau")),
    "pulse": Wanted(unit=None, also=("pulses", "pulse number", "n", "puls")),
    "direction": Wanted(unit=None, also=("branch", "polarity")),
}
"""Columns by the name that options and analyses have for them."""

WORDS = ("level", "direction")
"""Columns that may hold words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Data:
    """Measured columns by name, in SI units.

    Attributes
    ----------
    place
        The run folder or the file.
    name
        What stands in titles.
    columns
        What each column was called where it comes from.
    titles
        What the columns of a file are called, those that are not taken as well.
    notes
        What somebody should know of how it was read.
    """

    place: Path
    name: str
    frame: pd.DataFrame
    columns: Mapping[str, str] = field(default_factory=dict)
    titles: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def need(self, analysis: str, *names: str) -> None:
        """Refuse data without these columns.

        Raises
        ------
        SettingsError
            Says what is needed, what there is, and how to name it.
        """
        missing = [name for name in names if name not in self.frame]
        if missing:
            there = ", ".join(map(str, self.frame.columns)) or "none of those it knows"
            if self.titles:
                there = ", ".join(f'"{title}"' for title in self.titles)
            message = (
                f"has no column {', '.join(missing)}, which {analysis} needs; it has {there}. "
                "mho analyse --help tells how a column of a file is named"
            )
            raise SettingsError([Problem(str(self.place), message)])

    def where(self, chosen: Mapping[str, str]) -> "Data":
        """The rows in which each of these columns has that value.

        Raises
        ------
        SettingsError
            There is no such column, or no such row; says what there is.
        """
        frame = self.frame
        for name, value in chosen.items():
            if name not in frame:
                there = ", ".join(map(str, self.frame.columns))
                raise SettingsError(
                    [Problem(f"--where {name}={value}", f"there is no such column, but {there}")]
                )
            kept = frame[[_same(cell, value) for cell in frame[name]]]
            if kept.empty:
                known = ", ".join(map(str, list(dict.fromkeys(frame[name]))[:12]))
                raise SettingsError(
                    [Problem(f"--where {name}={value}", f"no row has this; there are {known}")]
                )
            frame = kept
        told = "".join(f", {name} {value}" for name, value in chosen.items())
        return replace(self, name=self.name + told, frame=frame)


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """What came of it: a table for people, results for programs, a figure."""

    summary: Summary
    results: tuple[Result, ...]
    figure: Figure


def of_run(path: Path) -> Data:
    """The rows of a recorded run; raises as `mho.recording.read_run`."""
    run = read_run(path)
    columns = {column.name: f"{column.name} ({column.units})" for column in run.start.columns}
    return Data(
        place=run.folder,
        name=run.start.run_id,
        frame=run.rows,
        columns=columns,
        notes=run.differences,
    )


def is_run(path: Path) -> bool:
    """Whether this is the folder of a run, or the HDF5 file in it."""
    return path.is_dir() or path.name == HDF5


def finite(data: Data, names: Collection[str]) -> Data:
    """The rows in which these columns hold numbers; how many were left out is noted.

    Raises
    ------
    SettingsError
        There is none.
    """
    numbers = data.frame[list(names)].apply(pd.to_numeric, errors="coerce")
    kept = np.isfinite(numbers.to_numpy(dtype=float)).all(axis=1)
    columns = ", ".join(names)
    return only(
        data,
        kept,
        f"holds a number in {columns}",
        f"hold no number in {columns}: they are left out",
    )


def only(data: Data, kept: NDArray[np.bool_], wanted: str, lacking: str) -> Data:
    """The rows that are kept, shape (rows,); a note says how many are not.

    ``wanted`` says what none of the rows does, ``lacking`` what those that are left out do.

    Raises
    ------
    SettingsError
        There is none.
    """
    if kept.all():
        return data
    if not kept.any():
        raise SettingsError([Problem(str(data.place), f"none of its {len(kept)} rows {wanted}")])
    note = f"{int((~kept).sum())} of {len(kept)} rows {lacking}"
    return replace(data, frame=data.frame[kept], notes=(*data.notes, note))


def figure_of(title: str, panels: tuple[Panel, ...]) -> Figure:
    """Panels beneath one another, each with an x axis of its own."""
    return Figure(title=title, panels=panels)


def _same(cell: object, value: str) -> bool:
    if str(cell) == value:
        return True
    try:
        return float(str(cell)) == float(value)
    except ValueError:
        return False
