"""The figure of writing by charge, from its rows alone."""

from collections.abc import Iterator

import pandas as pd

from mho.figure import Axis, Band, Figure, Line, Panel
from mho.protocols.write_charge.recipe import WriteChargeRecipe
from mho.protocols.write_charge.results import written
from mho.quantities import COULOMB, FRACTION, SIEMENS


def figure(rows: pd.DataFrame, recipe: WriteChargeRecipe) -> Figure:
    """Conductance against the charge delivered so far; beneath, how well each was delivered."""
    table, tolerance = written(rows), recipe.charge.tolerance
    numbers = pd.Series(range(1, len(table) + 1), index=table.index)
    held = table["write_in_compliance"].astype(bool)
    errors = [
        Line(
            x=numbers[which].to_list(),
            y=table["error"][which].to_list(),
            series=series,
            label=label,
            style="points",
        )
        for series, (which, label) in enumerate(
            ((~held, "each charge"), (held, "held by the voltage limit"))
        )
        if which.any()
    ]
    return Figure(
        title="Writing by charge",
        panels=(
            Panel(
                x=Axis("charge delivered so far", COULOMB),
                y=Axis("conductance", SIEMENS),
                lines=tuple(_cycles(rows.sort_values("time"))),
                height=1.6,
                legend="cycle" if rows["cycle"].max() > 1 else "",
                ordered=True,
            ),
            Panel(
                x=Axis("number of the charge"),
                y=Axis("(delivered - asked)/asked", FRACTION),
                lines=tuple(errors),
                bands=(
                    Band(
                        x=(1, max(len(table), 2)),
                        low=[-tolerance] * 2,
                        high=[tolerance] * 2,
                        series=None,
                        label="tolerance",
                    ),
                ),
                height=1.2,
            ),
        ),
    )


def _cycles(ordered: pd.DataFrame) -> Iterator[Line]:
    """A line a cycle, from the state in which the one before it ended."""
    numbers = sorted(set(ordered["cycle"]))
    for series, cycle in enumerate(numbers):
        before = ordered[ordered["cycle"] < cycle].tail(1)
        part = pd.concat([before, ordered[ordered["cycle"] == cycle]])
        yield Line(
            x=part["delivered_so_far"].to_list(),
            y=part["conductance"].to_list(),
            series=series,
            label=str(cycle) if cycle in (numbers[0], numbers[-1]) and len(numbers) > 1 else "",
            style="both",
        )
