"""The figure of voltage sweeps, from the rows alone."""

from math import isfinite, nan

import pandas as pd

from mho.figure import Axis, Band, Figure, Line, Panel
from mho.merit.reporting import middle
from mho.protocols.drawn_estimates import across
from mho.protocols.iv.cycles import SideCycles, side_cycles
from mho.protocols.iv.recipe import IvRecipe
from mho.protocols.iv.row import Part, Side
from mho.protocols.quoting import value_or_reason
from mho.protocols.sweep_lines import compliances, gapped, magnitudes
from mho.quantities import AMPERE, SIEMENS, VOLT


def figure(rows: pd.DataFrame, recipe: IvRecipe) -> Figure:
    """abs(I) and I against V, one colour a way from corner to corner; what the cycles gave.

    The last cycle is drawn full, the others faint.
    """
    swept = rows[rows["part"] != Part.READ]
    last = int(swept["cycle"].max()) if len(swept) else 0
    faint, full, legend = [], [], "branch; the last cycle full, those before faint"
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
    signed = (*faint, *full)
    voltage = Axis("voltage", VOLT)
    panels = [
        Panel(
            x=voltage,
            y=Axis("abs(current)", AMPERE, "log"),
            lines=(*map(magnitudes, signed), *compliances(swept, "magnitude")),
            height=2.6,
            legend=legend if last > 1 else "branch",
        ),
        Panel(
            x=voltage,
            y=Axis("current", AMPERE),
            lines=(*map(gapped, signed), *compliances(swept, "signed")),
            height=2.6,
            beside=True,
        ),
    ]
    if last > 1:
        panels += _cycle_panels(rows, recipe)
    return Figure(
        title="Current against voltage" + (f", {last} cycles" if last > 1 else ""),
        panels=tuple(panels),
    )


def _cycle_panels(rows: pd.DataFrame, recipe: IvRecipe) -> list[Panel]:
    """Switching voltages, and both states of the SET sweep, cycle by cycle."""
    switching: list[Line] = []
    medians: list[Line] = []
    bands: tuple[Band, ...] = ()
    states: list[Line] = []
    read_voltage = ""
    for series, name in enumerate(Side):
        side = side_cycles(rows, recipe, name)
        if side is None:
            continue
        cycles = side.cycle.tolist()
        values = side.switching.tolist()
        label = name.upper()
        switching.append(Line(x=cycles, y=values, series=series, label=label, style="points"))
        line, band = _median(side, cycles, label=not medians)
        medians += line
        bands += band
        if not states:
            read_voltage = VOLT.show(side.read_voltage)
            states = [
                Line(x=cycles, y=side.on.tolist(), series=2, label="LRS", style="both"),
                Line(x=cycles, y=side.off.tolist(), series=3, label="HRS", style="both"),
            ]
    cycle = Axis("cycle")
    return [
        Panel(
            x=cycle,
            y=Axis("switching voltage", VOLT),
            lines=(*switching, *medians),
            bands=bands,
            height=1.5,
        ),
        Panel(
            x=cycle,
            y=Axis(f"G at {read_voltage}", SIEMENS, "log"),
            lines=tuple(states),
            height=1.5,
            beside=True,
        ),
    ]


def _median(
    side: SideCycles, cycles: list[float], label: bool
) -> tuple[list[Line], tuple[Band, ...]]:
    median = value_or_reason(lambda: middle("the switching voltage", side.switching), [])
    if median is None:
        return [], ()
    said = "median" if not isfinite(median.low) else "median, 95 % interval"
    line, bands = across(median, (cycles[0], cycles[-1]), series=None, label=said if label else "")
    return [line], bands


def _joined(points: pd.DataFrame) -> tuple[list[float], list[float]]:
    """The cycles one after another, with a gap between them."""
    x: list[float] = []
    y: list[float] = []
    for _, of_cycle in points.groupby("cycle", sort=True):
        x += [*of_cycle["level"].to_list(), nan]
        y += [*of_cycle["current"].to_list(), nan]
    return x[:-1], y[:-1]
