"""The figure of the curves of a transistor, from the rows alone."""

import pandas as pd

from mho.figure import Axis, Figure, Line, Panel
from mho.protocols.transistor.recipe import TransistorRecipe
from mho.protocols.transistor.results import _of, output_curves
from mho.protocols.transistor.row import Curve
from mho.quantities import AMPERE, OHM, VOLT


def figure(rows: pd.DataFrame, recipe: TransistorRecipe) -> Figure:
    """Transfer curve (logarithmic), on-resistance against gate voltage, and output curves."""
    panels = []
    transfer = _of(rows, Curve.TRANSFER)
    if recipe.transfer is not None and len(transfer):
        at = VOLT.show(recipe.transfer.drain)
        gates = transfer["gate"].to_list()
        for label, unit, values in (
            (f"abs(ID)\nat VD {at}", AMPERE, transfer["current"].abs()),
            (f"VD / ID\nat VD {at}", OHM, _resistance(transfer)),
        ):
            lines = (Line(x=gates, y=values.to_list(), style="both"),)
            panels.append(Panel(x=Axis("VG", VOLT), y=Axis(label, unit, "log"), lines=lines))
    curves = [
        Line(
            x=curve["level"].to_list(),
            y=curve["current"].to_list(),
            series=series,
            label=VOLT.show(gate),
            style="both",
        )
        for series, (gate, curve) in enumerate(output_curves(rows))
    ]
    if curves:
        drain = Axis("VD", VOLT), Axis("ID", AMPERE)
        panels.insert(0, Panel(x=drain[0], y=drain[1], lines=tuple(curves), height=1.3))
    return Figure(
        title="Transistor: " + " and ".join(str(one) for one in dict.fromkeys(rows["curve"])),
        panels=tuple(panels),
        shared_x=False,
        legend="VG" if curves else "",
    )


def _resistance(points: pd.DataFrame) -> pd.Series:
    return points["voltage"] / points["current"].where(points["current"] != 0)
