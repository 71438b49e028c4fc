"""Results of settling: what is seen in excess at first, and when it is gone."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from math import isfinite, nan

import numpy as np
import pandas as pd

from mho.merit.estimate import Estimate
from mho.merit.reporting import RATIO, measured, middle, taken_from
from mho.merit.samples import FloatArray, NotEnoughData
from mho.protocols.breakdown import breakdown_notes
from mho.protocols.delivered import delivered_notes, delivered_results
from mho.protocols.quoting import INTERVALS, NONE, limited_reads, quoted, value_or_reason
from mho.protocols.settling.recipe import SettlingRecipe
from mho.protocols.settling.row import Phase, Verdict
from mho.quantities import MICROSIEMENS, MILLISECONDS, PERCENT
from mho.result import Result
from mho.summary import Summary

_END = 0.3
"""The state in which a write ends: mean of the reads of the last half decade (log10 0.5 = -0.3)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """One write that was watched.

    Attributes
    ----------
    age, conductance
        Of the reads after it (s, S).
    before, end
        S: the state before it, and that in which it ends.
    """

    age: FloatArray
    conductance: FloatArray
    before: float
    end: float

    @property
    def excess(self) -> FloatArray:
        """What is seen beyond the end, as a part of the change; shape of ``age``.

        NaN where nothing has changed.
        """
        change = self.end - self.before
        return (self.conductance - self.end) / (change if change else nan)

    def settled(self, tolerance: float) -> float:
        """The age (s) of the first read after which all excess stays within the tolerance.

        Raises
        ------
        NotEnoughData
            None does.
        """
        outside = np.flatnonzero(~(np.abs(self.excess) <= tolerance))
        first = outside[-1] + 1 if len(outside) else 0
        if first >= len(self.age):
            raise NotEnoughData("the device has not settled within the time that was watched")
        return float(self.age[first])


def watched(rows: pd.DataFrame, write: int) -> list[Watched]:
    """Every repeat of a write that has reads before and after."""
    found = []
    for _, part in rows[rows["write"] == write].groupby("repeat", sort=True):
        before = part.loc[part["phase"] == Phase.BEFORE, "conductance"]
        after = part[part["phase"] == Phase.AFTER].sort_values("age")
        age, conductance = (
            after[name].to_numpy(dtype=np.float64) for name in ("age", "conductance")
        )
        if not len(age) or not len(before):
            continue
        late = age >= age[-1] * 10**-_END
        found.append(
            Watched(
                age=age,
                conductance=conductance,
                before=float(np.mean(before)),
                end=float(np.mean(conductance[late])),
            )
        )
    return found


def first_excess(found: Sequence[Watched]) -> Estimate:
    """Excess at the first read, the median over repeats; raises NotEnoughData where none."""
    return middle("the excess at the first read", [one.excess[0] for one in found])


def settled_after(found: Sequence[Watched], tolerance: float) -> Estimate:
    """Settling time (s), the median over repeats; NotEnoughData where none of them settled."""
    times = []
    for one in found:
        times.append(one.settled(tolerance))
    return middle("the settling time", times)


def summary(rows: pd.DataFrame, recipe: SettlingRecipe) -> Summary:
    """One line a write: its change, the excess at the first read, and when it is gone."""
    reasons: list[str] = []
    lines = []
    for index, write in enumerate(recipe.writes):
        found = watched(rows, index)
        if not found:
            continue
        changes = [one.end - one.before for one in found]
        excess = value_or_reason(partial(first_excess, found), reasons)
        settled = value_or_reason(partial(settled_after, found, recipe.tolerance), reasons)
        lines.append(
            (
                write.name,
                str(len(found)),
                f"{MICROSIEMENS.of(float(np.median(changes))):.4g}",
                f"{MILLISECONDS.of(float(np.median([one.age[0] for one in found]))):.4g}",
                NONE if excess is None else quoted(excess, PERCENT),
                NONE if settled is None else quoted(settled),
            )
        )
    notes = [
        "excess: beyond the mean of the reads of the last half of the time, a part of the change; "
        f"settled: from then on within {PERCENT.of(recipe.tolerance):g} %; medians over repeats; "
        f"{INTERVALS}"
    ]
    if (rows["verdict"] == Verdict.CONTACT_LOST).any():
        notes.append("the run ended early: contact lost")
    notes += breakdown_notes(rows)
    return Summary(
        title="Settling",
        headers=("write", "repeats", "change (uS)", "first (ms)", "excess (%)", "settled (s)"),
        rows=tuple(lines),
        notes=(*notes, *delivered_notes(rows), *limited_reads(rows), *reasons),
    )


def results(rows: pd.DataFrame, recipe: SettlingRecipe) -> Iterator[Result]:
    """Of each write: change (S), excess at the first read, its age (s), settling time (s)."""
    for index, write in enumerate(recipe.writes):
        found = watched(rows, index)
        part = rows[rows["write"] == index]
        source = taken_from(part, "reads")
        yield measured(
            "change",
            "S",
            partial(middle, "the change", [one.end - one.before for one in found]),
            method="last half of the time watched less the state before, median over repeats",
            source=source,
            part=write.name,
        )
        yield measured(
            "excess_at_first_read",
            RATIO,
            partial(first_excess, found),
            method="(first read - end) / change, median over repeats",
            source=source,
            part=write.name,
        )
        first = float(np.median([one.age[0] for one in found])) if found else float("nan")
        yield measured(
            "first_read_after",
            "s",
            first if isfinite(first) else None,
            method="end of the first read after the end of the last pulse",
            source=source,
            part=write.name,
            why="no read after a write",
        )
        yield measured(
            "settling_time",
            "s",
            partial(settled_after, found, recipe.tolerance),
            method=f"from then on within {PERCENT.of(recipe.tolerance):g} % of the change, median",
            source=source,
            part=write.name,
        )
    yield from delivered_results(rows)
