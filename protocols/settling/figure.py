"""The figure of settling, from its rows alone."""

import numpy as np
import pandas as pd

from mho.figure import Axis, Band, Figure, Line, Panel
from mho.protocols.settling.recipe import SettlingRecipe
from mho.protocols.settling.results import watched
from mho.quantities import FRACTION, SECOND, SIEMENS


def figure(rows: pd.DataFrame, recipe: SettlingRecipe) -> Figure:
    """Conductance after each write on logarithmic time; beneath, the excess over where it ends."""
    seen, excess = [], []
    latest, earliest = recipe.duration, recipe.first
    for index, write in enumerate(recipe.writes):
        for number, one in enumerate(watched(rows, index)):
            label = write.name if number == 0 else ""
            age = one.age.tolist()
            earliest = min(earliest, age[0])
            seen.append(
                Line(x=age, y=one.conductance.tolist(), series=index, label=label, style="both")
            )
            if np.isfinite(one.excess).all():
                excess.append(
                    Line(x=age, y=one.excess.tolist(), series=index, label=label, style="both")
                )
    tolerance = Band(
        x=(earliest, latest),
        low=[-recipe.tolerance] * 2,
        high=[recipe.tolerance] * 2,
        series=None,
        label="settled",
    )
    time = Axis("time since the write", SECOND, "log")
    return Figure(
        title="Settling after a write",
        panels=(
            Panel(
                x=time,
                y=Axis("conductance", SIEMENS),
                lines=tuple(seen),
                height=1.6,
                legend="write" if len(recipe.writes) > 1 else "",
            ),
            Panel(
                x=time,
                y=Axis("excess over the change", FRACTION),
                lines=tuple(excess),
                bands=(tolerance,),
                height=1.2,
                shared_x=True,
            ),
        ),
    )
