"""The figure of an ISPP run, from its rows alone."""

import pandas as pd

from mho.figure import Axis, Band, Figure, Line, Panel
from mho.protocols.ispp.recipe import IsppRecipe, window
from mho.protocols.ispp.results import by_target
from mho.protocols.quoting import brief
from mho.quantities import FRACTION, SIEMENS, VOLT


def figure(rows: pd.DataFrame, recipe: IsppRecipe) -> Figure:
    """Conductance against pulse number, one colour a target, with pulse amplitudes beneath."""
    traces, amplitudes, bands = [], [], []
    longest = max(recipe.max_pulses if rows.empty else int(rows["pulse"].max()), 2)
    for series, (target, tuning, _) in enumerate(by_target(rows)):
        pulses = tuning["pulse"].to_list()
        conductances = tuning["conductance"].to_list()
        traces.append(
            Line(
                x=pulses,
                y=conductances,
                series=series,
                label=brief(target, SIEMENS),
                style="both",
            )
        )
        amplitudes.append(
            Line(x=pulses, y=tuning["amplitude"].to_list(), series=series, style="both")
        )
        low, high = window(recipe, target)
        bands.append(Band(x=(1, longest), low=low, high=high, series=series))
    pulse = Axis("pulse number")
    return Figure(
        title=f"Conductance tuning by ISPP, tolerance {FRACTION.show(recipe.tolerance)}",
        legend="target",
        panels=(
            Panel(
                x=pulse,
                y=Axis("conductance", SIEMENS, "log"),
                lines=tuple(traces),
                bands=tuple(bands),
                height=2.2,
            ),
            Panel(x=pulse, y=Axis("amplitude", VOLT), lines=tuple(amplitudes)),
        ),
    )
