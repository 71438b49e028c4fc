"""The figure of a leakage, from its rows alone."""

import pandas as pd

from mho.figure import Axis, Figure, Line, Panel
from mho.protocols.gate_leakage.recipe import GateLeakageRecipe
from mho.protocols.gate_leakage.results import at_levels
from mho.protocols.gate_leakage.row import Phase
from mho.quantities import AMPERE, SECOND, VOLT


def figure(rows: pd.DataFrame, recipe: GateLeakageRecipe) -> Figure:
    """Current against time at each level; beneath, what is left of it against the voltage."""
    over_time = []
    for number, part in rows[rows["phase"] == Phase.LEVEL].groupby("number", sort=True):
        over_time.append(
            Line(
                x=part["moment"].to_list(),
                y=part["current"].abs().to_list(),
                series=int(str(number)),
                label=VOLT.show(recipe.levels[int(str(number))]),
            )
        )
    left = [
        (float(part["voltage"].mean()), float(part["current"].mean()))
        for _, part in at_levels(rows, recipe)
    ]
    left.sort()
    return Figure(
        title="Leakage of the written terminal",
        panels=(
            Panel(
                x=Axis("time at the level", SECOND),
                y=Axis("|current|", AMPERE, "log"),
                lines=tuple(over_time),
                height=1.6,
                legend="level",
                ordered=True,
            ),
            Panel(
                x=Axis("voltage", VOLT),
                y=Axis("leakage", AMPERE),
                lines=(
                    Line(
                        x=[volts for volts, _ in left],
                        y=[amperes for _, amperes in left],
                        style="both",
                    ),
                ),
                height=1.2,
            ),
        ),
    )
