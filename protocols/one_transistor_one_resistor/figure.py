"""The figure of 1T1R loops, from the rows alone."""

from math import nan

import numpy as np
import pandas as pd

from mho.figure import Axis, Figure, Line, Panel
from mho.protocols.one_transistor_one_resistor.division import (
    LEAST_CONDUCTANCE,
    division,
)
from mho.protocols.one_transistor_one_resistor.recipe import (
    GateSeries,
    OneTransistorOneResistorRecipe,
)
from mho.protocols.one_transistor_one_resistor.row import Phase
from mho.protocols.quoting import value_or_reason
from mho.protocols.staircase import Direction
from mho.quantities import AMPERE, OHM, VOLT


def figure(rows: pd.DataFrame, recipe: OneTransistorOneResistorRecipe) -> Figure:
    """abs(I) against the voltage over the cell; beneath, the LRS against the gate voltage."""
    by_line = recipe.reset_by == "source line"
    last = rows["cycle"].max()
    faint, full = [], []
    for series, (phase, direction) in enumerate(
        (phase, way) for phase in (Phase.SET, Phase.RESET) for way in Direction
    ):
        swept = rows[(rows["phase"] == phase) & (rows["direction"] == direction)]
        for cycle, of_cycle in swept.groupby("cycle", sort=True):
            level = of_cycle["level"].to_numpy(dtype=float)
            over = -level if by_line and phase is Phase.RESET else level
            x, y = over.tolist(), of_cycle["current"].abs().to_list()
            if cycle == last:
                label = f"{phase} {direction}"
                full.append(Line(x=x, y=y, series=series, label=label, arrow=True))
            else:
                faint.append(Line(x=x, y=y, series=series, faint=True))
    panels = [
        Panel(
            x=Axis("TE minus source line", VOLT),
            y=Axis("abs(current)", AMPERE, "log"),
            lines=(*faint, *full),
            height=2.2,
        )
    ]
    taken = rows[rows["phase"] == Phase.GATE_SERIES]
    if recipe.gate_series is not None and len(taken):
        panels.append(_series_panel(rows, taken, recipe.gate_series, recipe.gate))
    return Figure(
        title=f"1T1R loops, {recipe.configuration}, VG {VOLT.show(recipe.gate)}",
        panels=tuple(panels),
        shared_x=False,
        legend="branch",
    )


def _series_panel(
    rows: pd.DataFrame, taken: pd.DataFrame, series: GateSeries, gate: float
) -> Panel:
    conductance = taken.groupby("gate", sort=True)["conductance"].mean()
    gates = conductance.index.to_list()
    points = Line(
        x=gates,
        y=[1 / g if g >= LEAST_CONDUCTANCE else nan for g in conductance.to_list()],
        style="points",
    )
    lines = [points]
    parts = value_or_reason(lambda: division(rows, series, gate), [])
    if parts is not None:
        per_overdrive = parts.transistor.value * (gate - series.threshold)
        x = np.linspace(gates[0], gates[-1], 50)
        fitted = parts.memristor.value + per_overdrive / (x - series.threshold)
        lines.append(Line(x=x.tolist(), y=fitted.tolist(), series=1, label="fit"))
        flat = [parts.memristor.value] * 2
        lines.append(Line(x=[gates[0], gates[-1]], y=flat, series=2, label="memristor alone"))
    return Panel(x=Axis("VG", VOLT), y=Axis("LRS of the cell", OHM), lines=tuple(lines))
