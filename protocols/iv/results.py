"""Results of voltage sweeps from their rows: switching voltages, windows and progress."""

from collections.abc import Iterator, Sequence
from functools import partial
from math import isfinite, nan

import numpy as np
import pandas as pd

from mho.merit.estimate import mean
from mho.merit.half_way import mean_over_cycles
from mho.merit.regression import line
from mho.merit.reporting import (
    OVER_CYCLES,
    RATIO,
    Taken,
    counted,
    measured,
    middle,
    outcome,
    taken_of,
)
from mho.merit.samples import FloatArray, NotEnoughData
from mho.merit.spread import spread
from mho.merit.switching import Rule
from mho.merit.window import window_over_cycles
from mho.protocols.iv.cycles import SideCycles, side_cycles, verify_states
from mho.protocols.iv.recipe import IvRecipe
from mho.protocols.iv.row import Part, Side, Verdict
from mho.quantities import VOLT, WATT
from mho.result import Result
from mho.summary import Summary

MILLIWATTS = WATT.scaled("m")

HEADERS = ("quantity", "mean", "95 % interval", "sd", "median", "cycles")

Cells = tuple[str, ...]


def summary(rows: pd.DataFrame, recipe: IvRecipe) -> Summary:
    """SET and RESET voltage, window and power, over the cycles."""
    found = [side for side in (side_cycles(rows, recipe, name) for name in Side) if side]
    lines: list[Cells] = []
    notes: list[str] = []
    for side in found:
        name = str(side.side).upper()
        lines.append(_spread(f"{name} voltage (V)", side.switching, side.resolution))
        for share, values in (("25 %", side.quarter), ("75 %", side.three_quarters)):
            if np.isfinite(values).any():
                lines.append(_spread(f"{name}, {share} done (V)", values, side.resolution))
        if side.source and recipe.rule == Rule.HALF_WAY.value:
            notes.append(f"{name} voltage: {side.source}")
        elif side.source:
            notes.append(f"{name} voltage: {side.source}; it lies within one step before the value")
    for side in found:
        quantity = f"on/off at {VOLT.show(side.read_voltage)}, {side.side} sweep"
        lines.append(_spread(quantity, side.on / side.off))
    on, off = verify_states(rows)
    if np.isfinite(on / off).any():
        lines.append(_spread("on/off, verify reads", on / off))
    for side in found:
        lines.append(
            _spread(f"largest power, {side.side} sweep (mW)", side.power / MILLIWATTS.factor)
        )
    if not lines:
        lines.append(("cycles with contact", "none", "", "", "", "0"))
    notes += _window_notes(found, on, off)
    verdict = str(rows["verdict"].iloc[-1])
    if verdict == Verdict.CONTACT_LOST:
        notes.append("the contact was lost: a whole cycle drew less than the contact floor lets")
    elif verdict != Verdict.COMPLETE:
        notes.append(f"the run ended in cycle {int(rows['cycle'].iloc[-1])} of {recipe.cycles}")
    return Summary(
        title=f"Voltage sweeps {_corners(recipe)}, {recipe.cycles} cycle(s)",
        headers=HEADERS,
        rows=tuple(lines),
        notes=tuple(notes),
    )


def results(rows: pd.DataFrame, recipe: IvRecipe) -> Iterator[Result]:
    """Medians over the cycles: switching voltages (V), windows, power (W), slopes of log I.

    ``slope_off_low`` and ``slope_off_high`` are those of the RESET side on its way back, where the
    low state no longer switches; ``slope_on`` that of the SET side on its way back.
    """
    verdict = str(rows["verdict"].iloc[-1])
    yield outcome(None if verdict == Verdict.GOING_ON else verdict, source=f"{len(rows)} rows")
    reads = (rows["part"] == Part.READ).to_numpy(bool)
    limited = rows["in_compliance"].to_numpy(bool)
    for side in Side:
        swept = ~reads & (rows["side"] == side).to_numpy(bool)
        yield from _of_side(
            side, side_cycles(rows, recipe, side), taken_of(limited[swept], f"{side} sweeps")
        )
    yield from _slopes(rows)
    on, off = verify_states(rows)
    yield measured(
        "read_window",
        RATIO,
        partial(middle, "the window of the verify reads", on / off),
        method=f"{OVER_CYCLES}, LRS over HRS conductance of the verify reads",
        source=taken_of(limited[reads], "verify reads"),
    )
    yield measured(
        "largest_current",
        "A",
        float(rows["current"].abs().max()),
        method="largest magnitude of all readings",
        source=f"{len(rows)} rows",
    )


def _of_side(side: Side, cycles: SideCycles | None, source: Taken) -> Iterator[Result]:
    empty = np.empty(0)
    switching, windows, power, width = (
        (empty, empty, empty, empty)
        if cycles is None
        else (
            cycles.switching,
            cycles.on / cycles.off,
            cycles.power,
            np.abs(cycles.three_quarters - cycles.quarter),
        )
    )
    rule = "" if cycles is None or not cycles.source else f"; {cycles.source}"
    done = int(np.isfinite(switching).sum())
    of = f"{len(switching)} cycles"
    yield measured(
        f"{side}_voltage",
        "V",
        partial(middle, f"the {side} voltage", switching),
        method=f"{OVER_CYCLES}, {done} of {of}{rule}",
        source=source,
    )
    yield measured(
        f"{side}_voltage_sd",
        "V",
        lambda: spread(switching, what=f"the scatter of the {side} voltage").deviation,
        method=f"standard deviation over {done} of {of}; interval: chi square",
        source=source,
    )
    yield measured(
        f"{side}_width",
        "V",
        partial(middle, f"the width of the {side}", width),
        method=f"{OVER_CYCLES}, between 25 % and 75 % of the change, half-way rule",
        source=source,
    )
    method = f"count of {of} that switched"
    yield counted(f"{side}_cycles", done, method=method, source=source.text)
    yield measured(
        f"{side}_window",
        RATIO,
        partial(middle, f"the window of the {side} sweeps", windows),
        method=f"{OVER_CYCLES}, both ways of a sweep at the read voltage, {of}",
        source=source,
    )
    yield measured(
        f"{side}_power",
        "W",
        partial(middle, f"the power of the {side} sweeps", power),
        method=f"{OVER_CYCLES}, largest product of measured voltage and current, {of}",
        source=source.text,
    )


def _spread(quantity: str, values: FloatArray, resolution: float = nan) -> Cells:
    finite = values[np.isfinite(values)]
    if len(finite) == 0:
        return (quantity, "none", "", "", "", "0")
    if len(finite) == 1:
        bracket = f"1 step: {VOLT.show(round(resolution, 9))}" if isfinite(resolution) else ""
        return (quantity, f"{finite[0]:.4g}", bracket, "", "", "1")
    centre = mean_over_cycles(finite, resolution) if isfinite(resolution) else mean(finite)
    return (
        quantity,
        f"{centre.value:.4g}",
        f"{centre.low:.4g} to {centre.high:.4g}",
        f"{np.std(finite, ddof=1):.2g}",
        f"{np.median(finite):.4g}",
        str(len(finite)),
    )


def _window_notes(found: Sequence[SideCycles], on: FloatArray, off: FloatArray) -> list[str]:
    notes = []
    pairs = [(f"{side.side} sweeps", side.on, side.off) for side in found[:1]]
    if np.isfinite(on / off).any():
        pairs.append(("verify reads", on, off))
    for what, upper, lower in pairs:
        usable = np.isfinite(upper) & np.isfinite(lower) & (upper > 0) & (lower > 0)
        if np.count_nonzero(usable) < 2:
            continue
        window = window_over_cycles(upper[usable], lower[usable])
        notes.append(
            f"{what}: smallest on/off of a cycle {window.smallest:.3g}, worst case over cycles "
            f"{window.worst_case:.3g} ({window.source})"
        )
    return notes


def _corners(recipe: IvRecipe) -> str:
    return " → ".join(f"{corner:g}" for corner in recipe.corners) + " V"


LOW_FIELD, HIGH_FIELD, ON = (0.0, 0.3), (0.9, 1.6), (0.0, 1.2)
"""Magnitudes (V) between which log I is fitted by a line: low state twice, high state once."""


def _slopes(rows: pd.DataFrame) -> Iterator[Result]:
    level, current = (np.abs(rows[name].to_numpy(dtype=float)) for name in ("level", "current"))
    back = (rows["part"] == Part.BACK).to_numpy(bool) & ~rows["in_compliance"].to_numpy(bool)
    numbers = rows["cycle"].to_numpy()
    wanted = {
        "slope_off_low": (Side.RESET, LOW_FIELD),
        "slope_off_high": (Side.RESET, HIGH_FIELD),
        "slope_on": (Side.SET, ON),
    }
    for name, (side, window) in wanted.items():
        of_side = back & (rows["side"] == side).to_numpy(bool)
        cycles = [of_side & (numbers == cycle) for cycle in np.unique(numbers[of_side])]
        slopes = [slope for at in cycles for slope in _slope(level[at], current[at], window)]
        between = f"{window[0]:g} and {window[1]:g} V"
        yield measured(
            name,
            RATIO,
            partial(middle, f"the slope of log I between {between}", np.array(slopes)),
            method=f"{OVER_CYCLES}, slope of ln |I| on ln |V| between {between}, way back, "
            f"{len(slopes)} cycles",
            source=taken_of(np.zeros(of_side.sum(), bool), f"{side} sweeps, way back"),
        )


def _slope(level: FloatArray, current: FloatArray, window: tuple[float, float]) -> Iterator[float]:
    inside = (level > window[0]) & (level <= window[1]) & (current > 0)
    try:
        fit = line("a slope of log I", np.log(level[inside]), np.log(current[inside]))
    except NotEnoughData:
        return
    yield float(fit.values[0])
