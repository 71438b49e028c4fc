"""What the sweeps came to: switching voltages, window and figure, from the rows alone."""

from collections.abc import Sequence
from math import isfinite, nan

import numpy as np
import pandas as pd

from mho.figure import Figure, Line, Panel
from mho.merit.estimate import mean
from mho.merit.samples import FloatArray
from mho.merit.window import window_over_cycles
from mho.protocols.iv.cycles import SideCycles, side_cycles, verify_states
from mho.protocols.iv.point import IvPoint, Part, Side, Verdict
from mho.protocols.iv.recipe import IvRecipe
from mho.quantities import VOLT
from mho.summary import Summary

MICRO = 1e6
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
        if side.source:
            notes.append(f"{name} voltage: {side.source}; it lies within one step before the value")
    for side in found:
        quantity = f"on/off at {VOLT.show(side.read_voltage)}, {side.side} sweep"
        lines.append(_spread(quantity, side.on / side.off))
    on, off = verify_states(rows)
    if np.isfinite(on / off).any():
        lines.append(_spread("on/off, verify reads", on / off))
    for side in found:
        lines.append(_spread(f"largest power, {side.side} sweep (mW)", 1e3 * side.power))
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


def figure(rows: pd.DataFrame, recipe: IvRecipe) -> Figure:
    """abs(I) against V, one colour a way from corner to corner; beneath, what the cycles gave.

    The last cycle is drawn full, the others faint.
    """
    swept = rows[rows["part"] != Part.READ]
    last = int(swept["cycle"].max())
    faint, full = [], []
    for branch, of_branch in swept.groupby("branch", sort=True):
        series = int(str(branch))
        earlier = of_branch[of_branch["cycle"] < last]
        if len(earlier):
            x, y = _joined(earlier)
            faint.append(Line(x=x, y=y, series=series, faint=True))
        x, y = _joined(of_branch[of_branch["cycle"] == last])
        here, there = recipe.corners[series : series + 2]
        label = f"{series + 1}: {here:g} → {there:g} V"
        full.append(Line(x=x, y=y, series=series, label=label, arrow=True))
    panels = [
        Panel(
            x_label="voltage (V)",
            y_label="abs(current) (A)",
            lines=(*faint, *full),
            y_scale="log",
            height=2.6,
        )
    ]
    if last > 1:
        panels += _cycle_panels(rows, recipe)
    return Figure(
        title="Current against voltage" + (f", {last} cycles" if last > 1 else ""),
        panels=tuple(panels),
        shared_x=False,
        legend="branch",
    )


def progress(row: IvPoint, recipe: IvRecipe) -> tuple[float, str]:
    """Share of the cycles done."""
    branches = len(recipe.corners) - 1
    share = (row.cycle - 1 + (row.branch + 1) / branches) / recipe.cycles
    text = f"cycle {row.cycle} of {recipe.cycles}: {row.level:g} V, {row.current:.3g} A"
    return (1.0 if row.verdict is not Verdict.GOING_ON else share), text


def _cycle_panels(rows: pd.DataFrame, recipe: IvRecipe) -> list[Panel]:
    """Switching voltages, and both states of the SET sweep, cycle by cycle."""
    switching: list[Line] = []
    states: list[Line] = []
    swept = rows[rows["part"] != Part.READ]
    read_voltage = ""
    for name in Side:
        side = side_cycles(rows, recipe, name)
        if side is None:
            continue
        of_side = swept[swept["side"] == name]
        out, back = (_branch(of_side[of_side["part"] == part]) for part in (Part.OUT, Part.BACK))
        cycles = side.cycle.tolist()
        switching.append(Line(x=cycles, y=side.switching.tolist(), series=out, style="points"))
        if not states:
            read_voltage = VOLT.show(side.read_voltage)
            better, worse = (back, out) if name is Side.SET else (out, back)
            states = [
                Line(x=cycles, y=(side.on * MICRO).tolist(), series=better, style="both"),
                Line(x=cycles, y=(side.off * MICRO).tolist(), series=worse, style="both"),
            ]
    return [
        Panel(x_label="", y_label="switching\nvoltage (V)", lines=tuple(switching)),
        Panel(
            x_label="cycle",
            y_label=f"G at {read_voltage} (µS)",
            lines=tuple(states),
            y_scale="log",
        ),
    ]


def _joined(points: pd.DataFrame) -> tuple[list[float], list[float]]:
    """The cycles one after another, with a gap between them."""
    x: list[float] = []
    y: list[float] = []
    for _, of_cycle in points.groupby("cycle", sort=True):
        magnitude = np.abs(of_cycle["current"].to_numpy(dtype=float))
        x += [*of_cycle["level"].to_list(), nan]
        y += [*np.where(magnitude > 0, magnitude, nan).tolist(), nan]
    return x[:-1], y[:-1]


def _branch(points: pd.DataFrame) -> int:
    """The branch that goes farthest."""
    if points.empty:
        return 0
    farthest = int(np.argmax(points["level"].abs().to_numpy(dtype=float)))
    return int(points["branch"].to_numpy(dtype=int)[farthest])


def _spread(quantity: str, values: FloatArray, resolution: float = nan) -> Cells:
    finite = values[np.isfinite(values)]
    if len(finite) == 0:
        return (quantity, "none", "", "", "", "0")
    if len(finite) == 1:
        bracket = f"1 step: {VOLT.show(round(resolution, 9))}" if isfinite(resolution) else ""
        return (quantity, f"{finite[0]:.4g}", bracket, "", "", "1")
    centre = mean(finite)
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
