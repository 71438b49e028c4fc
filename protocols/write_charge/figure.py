"""The figure of writing by charge, from its rows alone."""

import pandas as pd

from mho.figure import Axis, Band, Figure, Line, Panel
from mho.protocols.write_charge.recipe import WriteChargeRecipe
from mho.protocols.write_charge.results import written
from mho.quantities import COULOMB, FRACTION, SIEMENS


def figure(rows: pd.DataFrame, recipe: WriteChargeRecipe) -> Figure:
    """Conductance against the charge delivered so far; beneath, how well each was delivered."""
    table, tolerance = written(rows), recipe.charge.tolerance
    numbers = list(range(1, len(table) + 1))
    cycles = sorted(set(rows["cycle"]))
    return Figure(
        title="Writing by charge",
        shared_x=False,
        panels=(
            Panel(
                x=Axis("charge delivered so far", COULOMB),
                y=Axis("conductance", SIEMENS),
                lines=tuple(
                    Line(
                        x=part["delivered_so_far"].to_list(),
                        y=part["conductance"].to_list(),
                        series=number,
                        label=f"cycle {cycle}"
                        if len(cycles) > 1 and number in (0, len(cycles) - 1)
                        else "",
                        style="both",
                        arrow=len(cycles) == 1,
                    )
                    for number, cycle in enumerate(cycles)
                    for part in [rows[rows["cycle"] == cycle].sort_values("time")]
                ),
                height=1.6,
            ),
            Panel(
                x=Axis("charge number"),
                y=Axis("delivered - asked", FRACTION),
                lines=(Line(x=numbers, y=table["error"].to_list(), style="points"),),
                bands=(Band(x=(1, len(table)), low=-tolerance, high=tolerance),),
            ),
        ),
    )
