"""The figure of a pulse response run, from its rows alone."""

import pandas as pd

from mho.figure import Axis, Figure, Line, Panel
from mho.protocols.pulse_response.recipe import PulseResponseRecipe
from mho.quantities import AMPERE, SECOND, VOLT


def figure(rows: pd.DataFrame, recipe: PulseResponseRecipe) -> Figure:
    """Voltage and current against time, one colour a pulse."""
    repeats = sorted({int(number) for number in rows["repeat"]})

    def lines(column: str) -> tuple[Line, ...]:
        return tuple(
            Line(
                x=(part["moment"] - recipe.sample / 2).to_list(),
                y=part[column].to_list(),
                series=number,
                label=str(repeat) if len(repeats) > 1 and repeat in (1, repeats[-1]) else "",
                style="both" if len(part) <= 200 else "line",
            )
            for number, repeat in enumerate(repeats)
            if len(part := rows[rows["repeat"] == repeat])
        )

    voltage = lines("voltage")
    current = tuple(
        Line(x=line.x, y=line.y, series=line.series, style=line.style) for line in lines("current")
    )
    time = Axis("time", SECOND)
    return Figure(
        title="Pulse response",
        legend="pulse" if len(repeats) > 1 else "",
        panels=(
            Panel(x=time, y=Axis("voltage", VOLT), lines=voltage, height=1.2),
            Panel(x=time, y=Axis("current", AMPERE), lines=current, height=1.6),
        ),
    )
