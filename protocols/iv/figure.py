"""The figure of voltage sweeps, from the rows alone."""

from math import nan

import numpy as np
import pandas as pd

from mho.figure import Axis, Figure, Line, Panel
from mho.protocols.iv.cycles import side_cycles
from mho.protocols.iv.recipe import IvRecipe
from mho.protocols.iv.row import Part, Side
from mho.quantities import AMPERE, SIEMENS, VOLT


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
            x=Axis("voltage", VOLT),
            y=Axis("abs(current)", AMPERE, "log"),
            lines=(*faint, *full),
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
                Line(x=cycles, y=side.on.tolist(), series=better, style="both"),
                Line(x=cycles, y=side.off.tolist(), series=worse, style="both"),
            ]
    cycle = Axis("cycle")
    return [
        Panel(x=cycle, y=Axis("switching\nvoltage", VOLT), lines=tuple(switching)),
        Panel(x=cycle, y=Axis(f"G at {read_voltage}", SIEMENS, "log"), lines=tuple(states)),
    ]


def _joined(points: pd.DataFrame) -> tuple[list[float], list[float]]:
    """The cycles one after another, with a gap between them."""
    x: list[float] = []
    y: list[float] = []
    for _, of_cycle in points.groupby("cycle", sort=True):
        x += [*of_cycle["level"].to_list(), nan]
        y += [*of_cycle["current"].abs().to_list(), nan]
    return x[:-1], y[:-1]


def _branch(points: pd.DataFrame) -> int:
    """The branch that goes farthest."""
    if points.empty:
        return 0
    farthest = int(np.argmax(points["level"].abs().to_numpy(dtype=float)))
    return int(points["branch"].to_numpy(dtype=int)[farthest])
