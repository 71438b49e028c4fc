"""The figure of an LTP/LTD run, from its rows alone."""

import numpy as np
import pandas as pd

from mho.figure import Axis, Figure, Line, Panel
from mho.protocols.ltp_ltd.recipe import LtpLtdRecipe, series
from mho.protocols.ltp_ltd.row import Direction
from mho.protocols.ltp_ltd.traces import series_merits
from mho.quantities import SECOND, SIEMENS, VOLT

MOST_LABELS = 8
"""With more cycles the legend names the first and the last only."""


def figure(rows: pd.DataFrame, recipe: LtpLtdRecipe) -> Figure:
    """Conductance against pulse number, potentiation then depression, with exponential fits.

    Beneath it what was applied: amplitudes, or widths where these are modulated.
    """
    one = recipe.amplitude_series == ()
    points: list[Line] = []
    fits: list[Line] = []
    applied: list[Line] = []
    widths = recipe.potentiation.last_width is not None or recipe.depression.last_width is not None
    for index, merit in series_merits(rows).items():
        of_series = rows[rows["series"] == index]
        for number, cycle in enumerate(sorted({int(cycle) for cycle in of_series["cycle"]})):
            read = of_series[(of_series["cycle"] == cycle) & of_series["read"]]
            named = cycle in (1, recipe.cycles) or recipe.cycles <= MOST_LABELS
            first = named if one else number == 0
            points.append(
                Line(
                    x=_position(read, recipe),
                    y=read["conductance"].to_list(),
                    series=number if one else index,
                    label=_label(recipe, index, cycle) if first else "",
                    style="points",
                )
            )
        for direction, traces in merit.traces.items():
            fit = merit.directions[direction].exponential
            if fit is not None:
                y = fit.level.value + fit.amplitude.value * np.exp(
                    -traces.pulses / fit.constant.value
                )
                shift = 0 if direction is Direction.POTENTIATION else recipe.potentiation.pulses
                fits.append(
                    Line(
                        x=(traces.pulses + shift).tolist(),
                        y=y.tolist(),
                        series=recipe.cycles if one else index,
                        label="fit of the mean" if one and not fits else "",
                    )
                )
        pulsed = of_series[(of_series["cycle"] == 1) & (of_series["pulse"] > 0)]
        applied.append(
            Line(
                x=_position(pulsed, recipe),
                y=pulsed["width" if widths else "amplitude"].to_list(),
                series=0 if one else index,
                style="points",
            )
        )
    pulse = Axis("pulse number")
    return Figure(
        title="Long-term potentiation and depression, exponential fits",
        legend="cycle" if one else "amplitude",
        panels=(
            Panel(x=pulse, y=Axis("conductance", SIEMENS), lines=(*points, *fits), height=2.2),
            Panel(
                x=pulse,
                y=Axis("width", SECOND, "log") if widths else Axis("amplitude", VOLT),
                lines=tuple(applied),
                height=0.7,
            ),
        ),
    )


def _position(rows: pd.DataFrame, recipe: LtpLtdRecipe) -> list[float]:
    """Pulses since the cycle began."""
    depression = rows["direction"] == Direction.DEPRESSION
    shifted = rows["pulse"] + np.where(depression, recipe.potentiation.pulses, 0)
    return [float(number) for number in shifted]


def _label(recipe: LtpLtdRecipe, index: int, cycle: int) -> str:
    amplitude = series(recipe)[index]
    return str(cycle) if amplitude is None else VOLT.show(amplitude)
