"""The figure of a ladder, from its rows alone."""

import pandas as pd

from mho.figure import Axis, Figure, Line, Panel
from mho.protocols.reset_stop.recipe import ResetStopRecipe
from mho.protocols.reset_stop.results import levels_of
from mho.quantities import FRACTION, SECOND, SIEMENS, VOLT


def figure(rows: pd.DataFrame, recipe: ResetStopRecipe) -> Figure:
    """The levels against time; beneath, conductance at the stop voltages, and RSD."""
    levels = list(levels_of(rows))
    reads, stops, scatter = [], [], []
    for series, level in enumerate(levels):
        values = level.reads.tolist()
        mean = level.conductance
        reads.append(Line(x=level.age.tolist(), y=values, series=series))
        extremes = [min(values), max(values)]
        stops.append(Line(x=[abs(level.stop)] * 2, y=extremes, series=series))
        stops.append(Line(x=[abs(level.stop)], y=[mean], series=series, style="points"))
        scatter.append(Line(x=[mean], y=[level.relative_spread], series=series, style="points"))
    return Figure(
        title=f"{len(levels)} levels, each at least {SIEMENS.show(recipe.minimum_gap)} below the "
        f"one before in {SECOND.show(recipe.reads.duration)} of reads",
        shared_x=False,
        panels=(
            Panel(
                x=Axis("time since the level was made", SECOND),
                y=Axis("conductance", SIEMENS, "log"),
                lines=tuple(reads),
                height=2.2,
            ),
            Panel(
                x=Axis("RESET stop voltage, magnitude", VOLT),
                y=Axis("mean, extremes", SIEMENS, "log"),
                lines=tuple(stops),
                height=1.4,
            ),
            Panel(
                x=Axis("conductance", SIEMENS, "log"),
                y=Axis("RSD", FRACTION),
                lines=tuple(scatter),
            ),
        ),
    )
