"""The figure of a paired-pulse run, from its rows alone."""

import numpy as np
import pandas as pd

from mho.figure import Axis, Figure, Line, Panel
from mho.merit.samples import FloatArray, NotEnoughData
from mho.protocols.drawn_estimates import FEWEST, means, why_no_decay
from mho.protocols.ppf.recipe import PpfRecipe
from mho.protocols.ppf.results import decay, indices
from mho.quantities import FRACTION, PERCENT, SECOND, SIEMENS


def figure(rows: pd.DataFrame, recipe: PpfRecipe) -> Figure:
    """The index against the interval with its fit; beneath, the conductance pulse by pulse."""
    table = indices(rows, recipe)
    table = table.assign(fraction=_fractions(table["index"].to_numpy()))
    several = recipe.repeats > 1
    lines = [
        Line(
            x=table["interval"].to_list(),
            y=table["fraction"].to_list(),
            label="each repeat" if several else "pair",
            faint=several,
            style="points",
        )
    ]
    if several:
        bars = ", 95 % interval" if recipe.repeats >= FEWEST else ""
        lines.append(
            means(table, "interval", "fraction", series=1, label=f"mean over repeats{bars}")
        )
    low, high = min(recipe.intervals), max(recipe.intervals)
    rest = 1.0 if recipe.index == "ratio" else 0.0
    if low < high:
        none = Line(
            x=(low, high), y=(rest,) * 2, series=None, label="no facilitation", style="dashed"
        )
        lines.append(none)
    intervals = sorted(set(recipe.intervals))
    fit, notes = _fit(table, recipe)
    first = rows[rows["repeat"] == 1]
    traces = tuple(
        Line(
            x=part["pulse"].to_list(),
            y=part["conductance"].to_list(),
            series=number,
            label=SECOND.show(interval),
            style="both",
        )
        for number, interval in enumerate(intervals)
        if len(part := first[first["interval"] == interval].sort_values("time"))
    )
    return Figure(
        title=f"Paired pulses, response: {recipe.response}",
        panels=(
            Panel(
                x=Axis("interval", SECOND, "log" if high > 20 * low else "linear"),
                y=Axis(f"index, {recipe.index}", FRACTION),
                lines=(*lines, *fit),
                height=1.6,
                notes=notes,
            ),
            Panel(
                x=Axis("pulse number, first pass"),
                y=Axis("conductance", SIEMENS),
                lines=traces,
                height=1.3,
                legend="interval",
                ordered=True,
            ),
        ),
    )


def _fit(table: pd.DataFrame, recipe: PpfRecipe) -> tuple[tuple[Line, ...], tuple[str, ...]]:
    """The decay of the index, where the pairs support one; else why it is not drawn."""
    try:
        fit = decay(table, recipe)
    except NotEnoughData as reason:
        return (), (f"no fit is drawn: {reason}",)
    unsupported = why_no_decay("the exponential fit", fit.amplitude, fit.constant, fit.r2)
    if unsupported:
        return (), (unsupported,)
    x = np.geomspace(min(recipe.intervals), max(recipe.intervals), 200)
    y = fit.level.value + fit.amplitude.value * np.exp(-x / fit.constant.value)
    label = f"exponential fit, R2 {fit.r2:.3f}"
    return (Line(x=x.tolist(), y=_fractions(y), series=None, label=label),), ()


def _fractions(percent: FloatArray) -> list[float]:
    return [PERCENT.to_si(float(value)) for value in percent]
