"""The figure of a pulse response run, from its rows alone."""

import pandas as pd

from mho.figure import Axis, Figure, Line, Panel
from mho.protocols.pulse_response.recipe import PulseResponseRecipe
from mho.quantities import AMPERE, SECOND, VOLT

MOST_LABELS = 6
"""With more pulses the legend names the first and the last only."""


def figure(rows: pd.DataFrame, recipe: PulseResponseRecipe) -> Figure:
    """Voltage and current against time, one colour a pulse."""
    repeats = sorted({int(number) for number in rows["repeat"]})
    named = repeats if len(repeats) <= MOST_LABELS else [repeats[0], repeats[-1]]

    def lines(column: str) -> tuple[Line, ...]:
        return tuple(
            Line(
                x=(part["moment"] - recipe.sample / 2).to_list(),
                y=part[column].to_list(),
                series=number,
                label=str(repeat) if len(repeats) > 1 and repeat in named else "",
                style="both" if len(part) <= 200 else "line",
            )
            for number, repeat in enumerate(repeats)
            if len(part := rows[rows["repeat"] == repeat])
        )

    current = tuple(
        Line(x=line.x, y=line.y, series=line.series, style=line.style) for line in lines("current")
    )
    time = Axis("time", SECOND)
    return Figure(
        title=f"Pulse response, a sample every {SECOND.show(recipe.sample)}",
        panels=(
            Panel(
                x=time,
                y=Axis("voltage", VOLT),
                lines=lines("voltage"),
                height=1.2,
                legend="pulse" if len(repeats) > 1 else "",
                ordered=True,
            ),
            Panel(
                x=time,
                y=Axis("current", AMPERE),
                lines=current,
                height=1.6,
                ordered=True,
                shared_x=True,
            ),
        ),
    )
