"""Results of an endurance run from its rows: window, cycles survived, progress."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from math import inf, isnan

import numpy as np
import pandas as pd

from mho.merit.endurance import CyclesToFailure, cycles_to_failure
from mho.merit.estimate import Estimate, deviation
from mho.merit.reporting import (
    COUNT,
    RATIO,
    measured,
    middle,
    outcome,
    taken_from,
)
from mho.merit.samples import FloatArray, usable
from mho.merit.window import CycleWindow, window_over_cycles
from mho.protocols.breakdown import breakdown_notes
from mho.protocols.delivered import delivered_notes, delivered_results
from mho.protocols.endurance.recipe import EnduranceRecipe
from mho.protocols.endurance.row import END_REASONS, State
from mho.protocols.quoting import INTERVALS, NONE, brief, limited_reads, quoted, value_or_reason
from mho.quantities import OHM, SIEMENS
from mho.result import Result
from mho.summary import Summary


def checked_cycles(rows: pd.DataFrame) -> pd.DataFrame:
    """One line a checked cycle that has both states: ``on``, ``off`` (S) and ``window``."""
    on, off = (rows[rows["state"] == state].set_index("cycle") for state in State)
    found = pd.DataFrame(
        {"on": on["conductance"], "off": off["conductance"], "window": off["window"]}
    )
    return found.loc[found.index.isin(on.index) & found.index.isin(off.index)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """How long the cell lived, and its window until then.

    ``cycles`` has a line per check; ``survived`` is the last cycle whose check passed before the
    cell failed, 0 if there is none. None where the data cannot answer.
    """

    cycles: pd.DataFrame
    lived: pd.DataFrame
    survived: int
    failure: CyclesToFailure | None
    windows: CycleWindow | None
    reasons: tuple[str, ...]


def life(rows: pd.DataFrame, recipe: EnduranceRecipe) -> Life:
    """What the checks say about the life of the cell."""
    cycles = checked_cycles(rows)
    reasons: list[str] = []
    failure = value_or_reason(
        lambda: cycles_to_failure(
            cycles.index.to_numpy(),
            _margin(cycles, recipe),
            minimum_ratio=1.0,
            in_a_row=recipe.failure.in_a_row,
        ),
        reasons,
    )
    died = failure is not None and not failure.censored
    before = cycles[cycles.index < failure.cycles] if failure is not None and died else cycles
    passed = before.index[_margin(before, recipe) >= 1]
    survived = int(passed.max()) if len(passed) else 0
    lived = before[before.index <= survived]
    return Life(
        cycles=cycles,
        lived=lived,
        survived=survived,
        failure=failure,
        windows=value_or_reason(lambda: window_over_cycles(lived["on"], lived["off"]), reasons),
        reasons=tuple(reasons),
    )


def summary(rows: pd.DataFrame, recipe: EnduranceRecipe) -> Summary:
    """The states at the first check and the last, the window, and how long the cell lived."""
    found = life(rows, recipe)
    notes = []
    if found.failure is not None and found.survived == found.cycles.index[-1]:
        notes.append(f"survived all {found.survived} cycles that were applied")
    elif found.failure is not None and found.failure.censored:
        notes.append(
            f"survived {found.survived} cycles; the checks after them failed, though fewer than "
            f"{recipe.failure.in_a_row} in a row"
        )
    elif found.failure is not None:
        notes.append(
            f"survived {found.survived} cycles; the check of cycle {found.failure.cycles} was the "
            f"first of {recipe.failure.in_a_row} in a row that failed"
        )
    ended = str(rows["verdict"].iloc[-1])
    notes.append(f"ended: {ended if ended in END_REASONS else 'before its end'}")
    windows = found.windows
    notes += breakdown_notes(rows)
    if windows is not None:
        notes.append(
            f"window while it lived: median {quoted(windows.spread.median)}, smallest "
            f"{windows.smallest:.4g}, smallest LRS over largest HRS {windows.worst_case:.4g}"
        )
    failing = [f"LRS/HRS below {recipe.failure.window:g}"]
    if recipe.failure.lowest_on is not None:
        failing.append(f"LRS below {SIEMENS.show(recipe.failure.lowest_on)}")
    if recipe.failure.highest_off is not None:
        failing.append(f"HRS above {SIEMENS.show(recipe.failure.highest_off)}")
    notes.append(f"a check fails where {' or '.join(failing)}; {INTERVALS}")
    if windows is not None:
        notes.append(f"source: {windows.source}")
    return Summary(
        title="Endurance: both states against the cycle",
        headers=("check", "cycle", "LRS", "HRS", "LRS", "HRS", "window"),
        rows=tuple(_lines(found.cycles, found.lived)),
        notes=(*notes, *limited_reads(rows), *delivered_notes(rows), *found.reasons),
    )


def results(rows: pd.DataFrame, recipe: EnduranceRecipe) -> Iterator[Result]:
    """Cycles survived, and the window while the cell lived."""
    found = life(rows, recipe)
    ended = str(rows["verdict"].iloc[-1])
    whole = f"{len(rows)} rows of checks"
    yield outcome(ended if ended in END_REASONS else None, source=whole)
    told = "last checked cycle that passed before the cell failed"
    if found.failure is not None and found.failure.censored:
        told += "; it had not failed: at least so many"
    survived = Estimate(
        value=float(found.survived), low=float(found.survived), high=_failed_by(found)
    )
    yield measured(
        "cycles_survived",
        COUNT,
        survived if len(found.cycles) else None,
        method=f"{told}; interval: up to the check that failed",
        source=whole,
        why=" ".join(found.reasons) or "no cycle has checks of both states",
    )
    lived = rows[rows["cycle"].isin(found.lived.index)]
    source = taken_from(lived, "checks while the cell lived")
    why = f"{len(found.lived)} checks passed"
    for name, place in (("first", 0), ("last", -1)):
        window = float(found.lived["window"].iloc[place]) if len(found.lived) else None
        method = f"LRS over HRS conductance of the {name} check that passed"
        yield measured(f"window_{name}", RATIO, window, method=method, source=source, why=why)
    windows, cycles = found.windows, f"of {len(found.lived)} checks"
    median = None if windows is None else windows.spread.median
    smallest, worst = None, None
    if windows is not None:
        smallest, worst = windows.smallest, windows.worst_case
    why = " ".join(found.reasons)
    method = f"median {cycles}, interval of order statistics"
    yield measured("window_median", RATIO, median, method=method, source=source, why=why)
    method = f"smallest {cycles}"
    yield measured("window_smallest", RATIO, smallest, method=method, source=source, why=why)
    method = f"smallest LRS over largest HRS conductance {cycles}"
    yield measured("window_worst_case", RATIO, worst, method=method, source=source, why=why)
    for name, column in (("lrs", "on"), ("hrs", "off")):
        values = found.lived[column].to_numpy(dtype=float)
        resistances = 1 / np.where(values > 0, values, np.nan)
        yield measured(
            name,
            "ohm",
            partial(middle, f"the median {name.upper()}", resistances),
            method=f"median {cycles}, interval of order statistics",
            source=source,
        )
        yield measured(
            f"{name}_scatter",
            RATIO,
            partial(_scatter, f"the scatter of the {name.upper()}", resistances),
            method=f"standard deviation of ln of the resistance {cycles}; interval: chi square",
            source=source,
        )
        yield measured(
            f"{name}_change",
            RATIO,
            partial(_change, f"the change of the {name.upper()}", resistances),
            method="median resistance of the last fifth of the checks over that of the first, less "
            "1",
            source=source,
        )
    yield from delivered_results(rows)


def _scatter(what: str, resistances: FloatArray) -> Estimate:
    (positive,), _ = usable(what, 2, positive=("resistances",), resistances=resistances)
    return deviation(float(np.std(np.log(positive), ddof=1)), len(positive) - 1)


def _change(what: str, resistances: FloatArray) -> float:
    (known,), _ = usable(what, 10, resistances=resistances)
    part = len(known) // 5
    return float(np.median(known[-part:]) / np.median(known[:part])) - 1


def _failed_by(found: Life) -> float:
    """The check that failed, infinite where none did."""
    failure = found.failure
    return inf if failure is None or failure.censored else float(failure.cycles)


def _margin(cycles: pd.DataFrame, recipe: EnduranceRecipe) -> FloatArray:
    """Margin of each check against the strictest criterion; below 1 it failed, NaN counts as 0."""
    failure = recipe.failure
    margins = [cycles["window"] / failure.window]
    if failure.lowest_on is not None:
        margins.append(cycles["on"] / failure.lowest_on)
    if failure.highest_off is not None:
        margins.append(failure.highest_off / cycles["off"].clip(lower=1e-30))
    least: FloatArray = np.nan_to_num(np.min(margins, axis=0), nan=0.0)
    return least


def _lines(cycles: pd.DataFrame, lived: pd.DataFrame) -> list[tuple[str, ...]]:
    wanted = {}
    if len(cycles):
        wanted["first"] = cycles.index[0]
    if len(lived) > 1:
        wanted["last while it lived"] = lived.index[-1]
    if len(cycles) > max(len(lived), 1):
        wanted["last"] = cycles.index[-1]
    lines: list[tuple[str, ...]] = []
    for name, cycle in wanted.items():
        on, off, window = (float(cycles.loc[cycle, column]) for column in ("on", "off", "window"))
        lines.append(
            (
                name,
                str(cycle),
                brief(on, SIEMENS),
                brief(off, SIEMENS),
                brief(1 / on if on else float("nan"), OHM),
                brief(1 / off if off else float("nan"), OHM),
                NONE if isnan(window) else f"{window:.4g}",
            )
        )
    return lines
