"""The figure of a forming run, from its rows alone."""

import pandas as pd

from mho.figure import Axis, Band, Figure, Line, Panel
from mho.protocols.forming.recipe import FormingRecipe
from mho.protocols.forming.row import Phase
from mho.quantities import AMPERE, SIEMENS, VOLT


def figure(rows: pd.DataFrame, recipe: FormingRecipe) -> Figure:
    """abs(I) against V, there and back; beneath, the reads after each level.

    The band is what counts as formed.
    """
    up, back = rows[rows["phase"] == Phase.STEP], rows[rows["phase"] == Phase.BACK]
    currents = [
        Line(
            x=way["level"].to_list(),
            y=way["current"].abs().to_list(),
            series=series,
            label=label,
            style="both",
        )
        for series, (way, label) in enumerate(((up, "up"), (back, "back to 0 V")))
        if len(way)
    ]
    with_read = rows[(rows["phase"] != Phase.BACK) & (rows["reads"] > 0)]
    reached = up["level"].to_list()
    first, last = (reached[0], reached[-1]) if reached else (0.0, 0.0)
    # The reads before stand at 0 V, those after at the last level.
    places = [
        0.0 if phase == Phase.BEFORE else (last if phase == Phase.AFTER else level)
        for phase, level in zip(with_read["phase"], with_read["level"], strict=True)
    ]
    states = Line(x=places, y=with_read["conductance"].to_list(), style="points")
    formed = Band(
        x=(min(0.0, first, last), max(0.0, first, last)),
        low=1 / recipe.formed_below,
        high=1 / recipe.damaged_below,
        series=0,
    )
    voltage = Axis("forming voltage", VOLT)
    return Figure(
        title=f"Electroforming: {rows['verdict'].iloc[-1]}; band: what counts as formed",
        panels=(
            Panel(
                x=voltage,
                y=Axis("abs(current)", AMPERE, "log"),
                lines=tuple(currents),
                height=1.8,
            ),
            Panel(
                x=voltage,
                y=Axis("conductance", SIEMENS, "log"),
                lines=(states,),
                bands=(formed,),
                height=1.2,
            ),
        ),
        legend="way" if currents else "",
    )
