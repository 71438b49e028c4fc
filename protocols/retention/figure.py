"""The figure of a retention run, from its rows alone."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from mho.figure import Axis, Figure, Line, Panel
from mho.merit.samples import FloatArray, NotEnoughData
from mho.protocols.log_bins import log_bins
from mho.protocols.retention.recipe import RetentionRecipe
from mho.protocols.retention.results import LevelReads, levels_of
from mho.quantities import FRACTION, SECOND, SIEMENS


def figure(rows: pd.DataFrame, recipe: RetentionRecipe) -> Figure:
    """Conductance against log time, one colour a level; beneath, the drift and its law."""
    reads: list[Line] = []
    drifts: list[Line] = []
    levels = list(levels_of(rows, recipe))
    spread_out = len(levels) > 1 and all(np.all(level.conductance > 0) for level in levels)
    for level in levels:
        reads.append(
            Line(
                x=level.age.tolist(),
                y=level.conductance.tolist(),
                series=level.index,
                style="both" if recipe.times.spacing == "log" else "line",
                label=level.name,
            )
        )
        if len(level.control) > 1:
            # Of one level alone, the control has a colour of its own.
            reads.append(_control_line(level, level.index if len(levels) > 1 else 1))
        drifts += _drift_lines(level)
    age = Axis("time since preparation", SECOND, "log")
    return Figure(
        title=f"Retention, {SECOND.show(recipe.times.duration)}"
        + ("; straight line: untouched control" if recipe.control is not None else ""),
        legend="level" if len(recipe.levels) > 1 else "",
        panels=(
            Panel(
                x=age,
                y=Axis("conductance", SIEMENS, "log" if spread_out else "linear"),
                lines=tuple(reads),
                height=2.0,
            ),
            Panel(x=age, y=Axis("change of mean", FRACTION), lines=tuple(drifts)),
        ),
    )


def _control_line(level: LevelReads, series: int) -> Line:
    """The means of both ends of the control."""
    half = len(level.control) // 2
    ends = (slice(None, half), slice(half, None))
    return Line(
        x=[float(np.mean(level.control_age[end])) for end in ends],
        y=[float(np.mean(level.control[end])) for end in ends],
        series=series,
        style="both",
    )


def _drift_lines(level: LevelReads) -> Iterator[Line]:
    ages, means = log_bins(level.age, level.conductance)
    try:
        law = level.law()
    except NotEnoughData:
        return
    first = law.initial.value * (ages[0] / law.t0) ** -law.nu.value
    fitted = law.initial.value * (ages / law.t0) ** -law.nu.value

    def change(values: FloatArray) -> list[float]:
        return [float(value) for value in values / first - 1]

    yield Line(x=ages.tolist(), y=change(means), series=level.index, style="points")
    yield Line(x=ages.tolist(), y=change(fitted), series=level.index, style="line")
