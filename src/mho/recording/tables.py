"""Tables for spreadsheets and plotting programs: numbers in SI, names and units in rows above."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mho.errors import Problem, SettingsError
from mho.recording.columns import Column, Curves
from mho.recording.folder import RecordedRun
from mho.result import Result


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Columns with three rows above them, in the order in which Origin expects them.

    ``cells`` has as many columns as each of these has texts; where there is nothing, it has NaN.
    """

    name: str
    long_names: tuple[str, ...]
    units: tuple[str, ...]
    comments: tuple[str, ...]
    """What tells a column from others of its long name: its own name, the number of its curve."""
    cells: pd.DataFrame

    @property
    def heads(self) -> tuple[tuple[str, ...], ...]:
        """The three rows."""
        return self.long_names, self.units, self.comments


def rows_table(run: RecordedRun) -> Table:
    """Every row of a run; booleans as 0 and 1."""
    columns = run.start.columns
    truths = {column.name: np.int8 for column in columns if column.kind == "bool"}
    return _table("rows", columns, [column.name for column in columns], run.rows.astype(truths))


def curves_table(run: RecordedRun, curves: Curves) -> Table:
    """The curves of a run side by side, each a pair of columns as long as it is.

    Raises
    ------
    SettingsError
        The run lacks a column that the curves need.
    """
    known = {column.name: column for column in run.start.columns}
    needed = [curves.each, curves.x, curves.y, *(curves.without or ())[:1]]
    missing = [name for name in needed if name not in known]
    if missing:
        message = f"has no column {', '.join(missing)}, of which its curves are made"
        raise SettingsError([Problem(str(run.folder), message)])
    rows = run.rows
    if curves.without is not None:
        name, other = curves.without
        rows = rows[rows[name] != other]
    pairs: list[pd.Series[float]] = []
    comments: list[str] = []
    for value, curve in rows.groupby(curves.each, sort=True, observed=True):
        pairs += (curve[name].reset_index(drop=True) for name in (curves.x, curves.y))
        comments += [f"{curves.each} {value}"] * 2
    columns = [known[curves.x], known[curves.y]] * (len(pairs) // 2)
    cells = pd.concat(pairs, axis=1, keys=range(len(pairs))) if pairs else pd.DataFrame()
    return _table("curves", columns, comments, cells)


def results_table(results: Sequence[Result]) -> Table:
    """The figures of merit, one line each; an end of an interval that is open is left empty."""
    columns = {
        "name": "figure of merit",
        "part": "part of the run",
        "value": "value, in the unit beside it",
        "low": "low end of the 95 % interval",
        "high": "high end of the 95 % interval",
        "word": "value that is a word",
        "unit": "SI unit",
        "method": "how it was made",
        "source": "rows it was made from",
        "undetermined": "why there is no value",
    }
    lines = [
        (
            one.name,
            one.part,
            one.value if isinstance(one.value, float) else np.nan,
            *(np.nan if end is None else end for end in one.interval or (None, None)),
            one.value if isinstance(one.value, str) else "",
            one.unit,
            one.method,
            one.source,
            one.undetermined,
        )
        for one in results
    ]
    return Table(
        name="results",
        long_names=tuple(columns.values()),
        units=("",) * len(columns),
        comments=tuple(columns),
        cells=pd.DataFrame(lines, columns=list(columns)),
    )


def _table(
    name: str, columns: Sequence[Column], comments: Sequence[str], cells: pd.DataFrame
) -> Table:
    return Table(
        name=name,
        long_names=tuple(column.long_name for column in columns),
        units=tuple(column.units for column in columns),
        comments=tuple(comments),
        cells=cells,
    )
