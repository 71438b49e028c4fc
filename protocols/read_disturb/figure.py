"""The figure of a read-disturb run, from its rows alone."""

import pandas as pd

from mho.figure import Axis, Figure, Line, Panel
from mho.protocols.drawn_estimates import points
from mho.protocols.log_bins import log_bins
from mho.protocols.read_disturb.recipe import ReadDisturbRecipe
from mho.protocols.read_disturb.results import voltages_of
from mho.quantities import FRACTION, VOLT


def figure(rows: pd.DataFrame, recipe: ReadDisturbRecipe) -> Figure:
    """Change against the number of reads, one colour a voltage; beneath, against voltage."""
    changes, slopes = [], []
    for one in voltages_of(rows, []):
        if not one.reference > 0:
            continue
        count, means = log_bins(one.count, one.conductance)
        changes.append(
            Line(
                x=count.tolist(),
                y=(means / one.reference - 1).tolist(),
                series=one.index,
                label=VOLT.show(one.voltage),
                style="both",
            )
        )
        if one.per_decade is not None:
            slopes.append(points([one.voltage], [one.per_decade], series=one.index))
    return Figure(
        title=f"Read disturb, {recipe.reads} reads at each voltage",
        panels=(
            Panel(
                x=Axis("number of reads", scale="log"),
                y=Axis("change of conductance", FRACTION),
                lines=tuple(changes),
                height=2.0,
                legend="read voltage; means over 8 bins a decade",
                ordered=True,
            ),
            Panel(
                x=Axis("read voltage", VOLT),
                y=Axis("per decade of reads", FRACTION),
                lines=tuple(slopes),
                height=1.2,
                notes=("bars: 95 % interval",),
                ordered=True,
            ),
        ),
    )
