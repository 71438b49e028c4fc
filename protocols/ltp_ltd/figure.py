"""The figure of an LTP/LTD run, from its rows alone."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from mho.figure import Axis, Band, Figure, Line, Panel
from mho.protocols.drawn_estimates import of_mean, why_no_decay
from mho.protocols.ltp_ltd.recipe import LtpLtdRecipe, series
from mho.protocols.ltp_ltd.row import Direction
from mho.protocols.ltp_ltd.traces import SeriesMerit, series_merits
from mho.quantities import SECOND, SIEMENS, VOLT

FEWEST_CYCLES = 5
"""With fewer, the interval of a mean over cycles is wider than all of them."""

MOST_LABELS = 6
"""With more cycles the legend names the first and the last only."""


def figure(rows: pd.DataFrame, recipe: LtpLtdRecipe) -> Figure:
    """Conductance against pulse number, potentiation then depression, with exponential fits.

    Beneath it what was applied: amplitudes, or widths where these are modulated.
    """
    one = recipe.amplitude_series == ()
    widths = recipe.potentiation.last_width is not None or recipe.depression.last_width is not None
    merits = series_merits(rows)
    points = [line for index in merits for line in _points(rows, recipe, index)]
    fits: list[Line] = []
    notes: list[str] = []
    for index, merit in merits.items():
        for line in _fits(recipe, index, merit, notes):
            fits.append(line)
    applied = [
        _applied(rows, recipe, index, "width" if widths else "amplitude") for index in merits
    ]
    bands = [band for merit in merits.values() for band in _bands(recipe, merit)] if one else []
    pulse = Axis("pulse number")
    return Figure(
        title="Long-term potentiation, then depression",
        panels=(
            Panel(
                x=pulse,
                y=Axis("conductance", SIEMENS),
                lines=(*points, *fits),
                bands=tuple(bands),
                height=2.2,
                legend=_legend(recipe),
                notes=tuple(notes),
                ordered=True,
            ),
            Panel(
                x=pulse,
                y=Axis("width", SECOND, "log") if widths else Axis("amplitude", VOLT),
                lines=tuple(applied),
                height=1.0,
                ordered=True,
                shared_x=True,
            ),
        ),
    )


def _legend(recipe: LtpLtdRecipe) -> str:
    if recipe.amplitude_series == ():
        return "cycle" if recipe.cycles > 1 else ""
    if recipe.cycles == 1:
        return "amplitude; lines: exponential fits"
    return "amplitude; first cycle full, others faint; lines: exponential fits of the mean"


def _points(rows: pd.DataFrame, recipe: LtpLtdRecipe, index: int) -> Iterator[Line]:
    """The reads of each cycle; its colour says the cycle, or the series where there are several."""
    of_series = rows[rows["series"] == index]
    amplitude = series(recipe)[index]
    for number, cycle in enumerate(sorted({int(cycle) for cycle in of_series["cycle"]})):
        read = of_series[(of_series["cycle"] == cycle) & of_series["read"]]
        if amplitude is None:
            named = cycle in (1, recipe.cycles) or recipe.cycles <= MOST_LABELS
            label = str(cycle) if named and recipe.cycles > 1 else ""
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


def _fits(recipe: LtpLtdRecipe, index: int, merit: SeriesMerit, notes: list[str]) -> Iterator[Line]:
    one = recipe.amplitude_series == ()
    label = "exponential fit of the mean" if recipe.cycles > 1 else "exponential fit"
    for direction, traces in merit.traces.items():
        fit = merit.directions[direction].exponential
        amplitude = series(recipe)[index]
        of = f"the fit of the {direction}" + (
            "" if amplitude is None else f" at {VOLT.show(amplitude)}"
        )
        if fit is None:
            notes.append(f"{of} is not drawn: these reads do not approach a level")
            continue
        unsupported = why_no_decay(of, fit.amplitude, fit.constant, fit.r2)
        if unsupported:
            notes.append(unsupported)
            continue
        decayed = np.exp(-traces.pulses / fit.constant.value)
        up = direction is Direction.POTENTIATION
        yield Line(
            x=(traces.pulses + (0 if up else recipe.potentiation.pulses)).tolist(),
            y=(fit.level.value + fit.amplitude.value * decayed).tolist(),
            series=None if one else index,
            label=label if one else "",
        )
        label = ""  # once in the legend


def _bands(recipe: LtpLtdRecipe, merit: SeriesMerit) -> Iterator[Band]:
    """The 95 % interval of the mean over cycles, where there are enough of them."""
    label = "mean over cycles, 95 % interval"
    for direction, traces in merit.traces.items():
        if len(traces.conductance) < FEWEST_CYCLES:
            continue
        means = [of_mean(reads) for reads in traces.conductance.T]
        shift = 0 if direction is Direction.POTENTIATION else recipe.potentiation.pulses
        yield Band(
            x=(traces.pulses + shift).tolist(),
            low=[mean.low for mean in means],
            high=[mean.high for mean in means],
            series=None,
            label=label,
        )
        label = ""


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
