"""The figure of an endurance run, from its rows alone."""

import pandas as pd

from mho.figure import Axis, Figure, Line, Panel
from mho.protocols.endurance.recipe import EnduranceRecipe
from mho.protocols.endurance.results import checked_cycles
from mho.quantities import OHM


def figure(rows: pd.DataFrame, recipe: EnduranceRecipe) -> Figure:
    """HRS and LRS resistance against the cycle, with the window beneath."""
    cycles = checked_cycles(rows)
    x = [float(number) for number in cycles.index]
    cycle = Axis("cycle", scale="log" if recipe.checks.spacing == "logarithmic" else "linear")
    ends = [x[0], x[-1]] if x else []
    return Figure(
        title="Endurance: both states against the cycle",
        legend="state",
        panels=(
            Panel(
                x=cycle,
                y=Axis("resistance", OHM, "log"),
                lines=tuple(
                    Line(
                        x=x,
                        y=(1 / cycles[name]).to_list(),
                        series=n,
                        label=label,
                        style="both",
                    )
                    for n, (name, label) in enumerate((("off", "HRS"), ("on", "LRS")))
                ),
                height=2.0,
            ),
            Panel(
                x=cycle,
                y=Axis("window (LRS/HRS)", scale="log"),
                lines=(
                    Line(x=x, y=cycles["window"].to_list(), series=0, style="both"),
                    Line(
                        x=ends, y=[recipe.failure.window] * len(ends), series=2, label="fails below"
                    ),
                ),
            ),
        ),
    )
