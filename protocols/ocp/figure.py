"""The figure of an open-circuit potential, from its rows alone."""

import pandas as pd

from mho.figure import Axis, Figure, Line, Panel
from mho.protocols.ocp.recipe import OcpRecipe
from mho.protocols.ocp.row import Direction
from mho.quantities import COULOMB, SIEMENS, VOLT


def figure(rows: pd.DataFrame, recipe: OcpRecipe) -> Figure:
    """Potential against conductance; beneath, both ways against the charge."""
    del recipe
    ordered = rows.sort_values("time")
    turn = ordered[ordered["direction"] != Direction.BACK].index[-1]
    ways = {
        Direction.OUT: ordered.loc[:turn],
        Direction.BACK: ordered.loc[turn:],
    }
    drawn = [(way, part) for way, part in ways.items() if len(part) > 1]
    return Figure(
        title="Open-circuit potential",
        legend=" ",
        shared_x=False,
        panels=(
            Panel(
                x=Axis("conductance", SIEMENS),
                y=Axis("potential of the open terminal", VOLT),
                lines=tuple(
                    Line(
                        x=part["conductance"].to_list(),
                        y=part["potential"].to_list(),
                        series=number,
                        label=way.value,
                        style="both",
                    )
                    for number, (way, part) in enumerate(drawn)
                ),
                height=1.6,
            ),
            Panel(
                x=Axis("charge delivered so far", COULOMB),
                y=Axis("conductance", SIEMENS),
                lines=tuple(
                    Line(
                        x=part["delivered_so_far"].to_list(),
                        y=part["conductance"].to_list(),
                        series=number,
                        style="both",
                    )
                    for number, (_, part) in enumerate(drawn)
                ),
            ),
        ),
    )
