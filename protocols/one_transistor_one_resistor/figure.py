"""The figure of 1T1R loops, from the rows alone."""

import numpy as np
import pandas as pd

from mho.figure import Axis, Band, Figure, Line, Panel
from mho.protocols.drawn_estimates import FEWEST, across, means
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
from mho.protocols.sweep_lines import compliances, gapped, magnitudes
from mho.quantities import AMPERE, OHM, VOLT


def figure(rows: pd.DataFrame, recipe: OneTransistorOneResistorRecipe) -> Figure:
    """abs(I) and I against the voltage over the cell; beneath, the LRS against the gate voltage."""
    by_line = recipe.reset_by == "source line"
    last = rows["cycle"].max()
    faint, full = [], []
    for series, (phase, direction) in enumerate(
        (phase, way) for phase in (Phase.SET, Phase.RESET) for way in Direction
    ):
        swept = rows[(rows["phase"] == phase) & (rows["direction"] == direction)]
        for cycle, of_cycle in swept.groupby("cycle", sort=True):
            level = of_cycle["level"].to_numpy(dtype=float)
            current = of_cycle["current"].to_numpy(dtype=float)
            # Into the source line, a current leaves by the top electrode.
            way = -1.0 if by_line and phase is Phase.RESET else 1.0
            x, y = (way * level).tolist(), (way * current).tolist()
            if cycle == last:
                label = f"{phase} {direction}"
                full.append(Line(x=x, y=y, series=series, label=label, arrow=True))
            else:
                faint.append(Line(x=x, y=y, series=series, faint=True))
    loops = (*faint, *full)
    over_cell = rows[rows["phase"].isin((Phase.SET, Phase.RESET))]
    if by_line:
        turned = np.where(over_cell["phase"] == Phase.RESET, -1.0, 1.0)
        over_cell = over_cell.assign(level=over_cell["level"] * turned)
    voltage = Axis("TE minus source line", VOLT)
    legend = "branch" + ("; the last cycle full, those before faint" if last > 1 else "")
    panels = [
        Panel(
            x=voltage,
            y=Axis("abs(current)", AMPERE, "log"),
            lines=(*map(magnitudes, loops), *compliances(over_cell, "magnitude")),
            height=2.2,
            legend=legend,
        ),
        Panel(
            x=voltage,
            y=Axis("current", AMPERE),
            lines=(*map(gapped, loops), *compliances(over_cell, "signed")),
            height=2.2,
            beside=True,
        ),
    ]
    taken = rows[rows["phase"] == Phase.GATE_SERIES]
    if recipe.gate_series is not None and len(taken):
        panels.append(_series_panel(rows, taken, recipe.gate_series, recipe.gate))
    return Figure(
        title=f"1T1R loops, {recipe.configuration}, VG {VOLT.show(recipe.gate)}",
        panels=tuple(panels),
    )


def _series_panel(
    rows: pd.DataFrame, taken: pd.DataFrame, series: GateSeries, gate: float
) -> Panel:
    found = taken.groupby(["gate", "cycle"], sort=True)["conductance"].mean().reset_index()
    by_cycle = found[found["conductance"] >= LEAST_CONDUCTANCE]
    by_cycle = by_cycle.assign(resistance=1 / by_cycle["conductance"])
    cycles = by_cycle["cycle"].nunique()
    of = "mean over cycles, 95 % interval" if cycles >= FEWEST else "reads"
    lines = [means(by_cycle, "gate", "resistance", label=of)]
    bands: tuple[Band, ...] = ()
    notes: list[str] = []
    parts = value_or_reason(lambda: division(rows, series, gate), notes)
    if parts is not None:
        per_overdrive = parts.transistor.value * (gate - series.threshold)
        gates = sorted(set(taken["gate"]))
        x = np.linspace(gates[0], gates[-1], 50)
        fitted = parts.memristor.value + per_overdrive / (x - series.threshold)
        lines.append(
            Line(x=x.tolist(), y=fitted.tolist(), series=None, label="memristor and transistor")
        )
        flat, bands = across(
            parts.memristor,
            (gates[0], gates[-1]),
            series=1,
            label="memristor alone, 95 % interval",
        )
        lines.append(flat)
    return Panel(
        x=Axis("VG", VOLT),
        y=Axis("LRS of the cell", OHM),
        lines=tuple(lines),
        bands=bands,
        height=1.3,
        notes=tuple(notes),
    )
