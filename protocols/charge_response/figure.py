"""The figure of a response to charge, from its rows alone."""

import pandas as pd

from mho.figure import Axis, Figure, Line, Panel
from mho.protocols.charge_response.recipe import ChargeResponseRecipe
from mho.protocols.charge_response.results import at_state, ways
from mho.quantities import COULOMB, SIEMENS, Unit

_RESPONSE = Unit("S/C", "siemens per coulomb", "15 S/C", "a response to charge")


def figure(rows: pd.DataFrame, recipe: ChargeResponseRecipe) -> Figure:
    """Conductance against charge; beneath, siemens per coulomb against the state, up and down."""
    ordered = rows.sort_values("time")
    is_up = ordered["write"] <= recipe.steps
    over_charge = [
        Line(
            x=part["delivered_so_far"].to_list(),
            y=part["conductance"].to_list(),
            series=series,
            label=way,
            style="points",
        )
        for series, (way, part) in enumerate((("up", ordered[is_up]), ("down", ordered[~is_up])))
        if len(part)
    ]
    over_state = []
    for series, (way, table) in enumerate(ways(rows, recipe).items()):
        starts, responses = at_state(table)
        if len(starts):
            over_state.append(
                Line(
                    x=starts.tolist(),
                    y=responses.tolist(),
                    series=series,
                    label=way,
                    style="points",
                )
            )
    return Figure(
        title="Response to charge",
        panels=(
            Panel(
                x=Axis("charge delivered so far", COULOMB),
                y=Axis("conductance", SIEMENS),
                lines=tuple(over_charge),
                height=1.5,
            ),
            Panel(
                x=Axis("conductance before the charge", SIEMENS),
                y=Axis("response", _RESPONSE),
                lines=tuple(over_state),
                height=1.3,
            ),
        ),
    )
