"""The figure of a paired-pulse run, from its rows alone."""

import numpy as np
import pandas as pd

from mho.figure import Axis, Figure, Line, Panel
from mho.merit.samples import FloatArray
from mho.protocols.ppf.recipe import PpfRecipe
from mho.protocols.ppf.results import decay, indices
from mho.protocols.quoting import value_or_reason
from mho.quantities import FRACTION, PERCENT, SECOND, SIEMENS


def figure(rows: pd.DataFrame, recipe: PpfRecipe) -> Figure:
    """The index against the interval with its fit; beneath, the conductance pulse by pulse."""
    table = indices(rows, recipe)
    lines = [
        Line(
            x=table["interval"].to_list(),
            y=_fractions(table["index"].to_numpy()),
            label="index",
            style="points",
        )
    ]
    fit = value_or_reason(lambda: decay(table, recipe), [])
    low, high = min(recipe.intervals), max(recipe.intervals)
    intervals = sorted(set(recipe.intervals))
    if fit is not None:
        x = np.geomspace(low, high, 200)
        y = fit.level.value + fit.amplitude.value * np.exp(-x / fit.constant.value)
        lines.append(
            Line(
                x=x.tolist(),
                y=_fractions(y),
                series=len(intervals),
                label="exponential fit",
            )
        )
    first = rows[rows["repeat"] == 1]
    traces = tuple(
        Line(
            x=part["pulse"].to_list(),
            y=part["conductance"].to_list(),
            series=number,
            label=SECOND.show(interval) if number in (0, len(intervals) - 1) else "",
            style="both",
        )
        for number, interval in enumerate(intervals)
        if len(part := first[first["interval"] == interval].sort_values("time"))
    )
    return Figure(
        title=f"Paired pulses, response: {recipe.response}",
        legend=" ",
        shared_x=False,
        panels=(
            Panel(
                x=Axis("interval", SECOND, "log" if high > 20 * low else "linear"),
                y=Axis(f"index, {recipe.index}", FRACTION),
                lines=tuple(lines),
                height=1.6,
            ),
            Panel(x=Axis("pulse number, first pass"), y=Axis("conductance", SIEMENS), lines=traces),
        ),
    )


def _fractions(percent: FloatArray) -> list[float]:
    return [PERCENT.to_si(float(value)) for value in percent]
