"""The figure of an LTP/LTD run, from its rows alone."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from mho.figure import Axis, Figure, Line, Panel
from mho.protocols.ltp_ltd.recipe import LtpLtdRecipe, series
from mho.protocols.ltp_ltd.row import Direction
from mho.protocols.ltp_ltd.traces import SeriesMerit, series_merits
from mho.quantities import SECOND, SIEMENS, VOLT

MOST_LABELS = 8
"""With more cycles the legend names the first and the last only."""


def figure(rows: pd.DataFrame, recipe: LtpLtdRecipe) -> Figure:
    """Conductance against pulse number, potentiation then depression, with exponential fits.

    Beneath it what was applied: amplitudes, or widths where these are modulated.
    """
    one = recipe.amplitude_series == ()
    widths = recipe.potentiation.last_width is not None or recipe.depression.last_width is not None
    merits = series_merits(rows)
    points = [line for index in merits for line in _points(rows, recipe, index)]
    fits = [line for index, merit in merits.items() for line in _fits(recipe, index, merit)]
    applied = [
        _applied(rows, recipe, index, "width" if widths else "amplitude") for index in merits
    ]
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


def _points(rows: pd.DataFrame, recipe: LtpLtdRecipe, index: int) -> Iterator[Line]:
    """The reads of each cycle; its colour says the cycle, or the series where there are several."""
    of_series = rows[rows["series"] == index]
    amplitude = series(recipe)[index]
    for number, cycle in enumerate(sorted({int(cycle) for cycle in of_series["cycle"]})):
        read = of_series[(of_series["cycle"] == cycle) & of_series["read"]]
        if amplitude is None:
            named = cycle in (1, recipe.cycles) or recipe.cycles <= MOST_LABELS
            label = str(cycle) if named else ""
        else:
            label = VOLT.show(amplitude) if number == 0 else ""
        yield Line(
            x=_position(read, recipe),
            y=read["conductance"].to_list(),
            series=number if amplitude is None else index,
            label=label,
            faint=amplitude is not None and number > 0,
            style="points",
        )


def _fits(recipe: LtpLtdRecipe, index: int, merit: SeriesMerit) -> Iterator[Line]:
    one = recipe.amplitude_series == ()
    label = "fit of the mean" if one else ""
    for direction, traces in merit.traces.items():
        fit = merit.directions[direction].exponential
        if fit is None:
            continue
        decayed = np.exp(-traces.pulses / fit.constant.value)
        up = direction is Direction.POTENTIATION
        yield Line(
            x=(traces.pulses + (0 if up else recipe.potentiation.pulses)).tolist(),
            y=(fit.level.value + fit.amplitude.value * decayed).tolist(),
            series=recipe.cycles if one else index,
            label=label,
        )
        label = ""  # once in the legend


def _applied(rows: pd.DataFrame, recipe: LtpLtdRecipe, index: int, column: str) -> Line:
    first = rows[(rows["series"] == index) & (rows["cycle"] == 1) & (rows["pulse"] > 0)]
    return Line(
        x=_position(first, recipe),
        y=first[column].to_list(),
        series=0 if recipe.amplitude_series == () else index,
        style="points",
    )


def _position(rows: pd.DataFrame, recipe: LtpLtdRecipe) -> list[float]:
    """Pulses since the cycle began."""
    depression = rows["direction"] == Direction.DEPRESSION
    shifted = rows["pulse"] + np.where(depression, recipe.potentiation.pulses, 0)
    return [float(number) for number in shifted]
