"""The figure of a ladder, from its rows alone."""

from collections.abc import Iterator

import pandas as pd

from mho.figure import Axis, Figure, Line, Panel
from mho.protocols.reset_stop.recipe import ResetStopRecipe
from mho.protocols.reset_stop.results import LadderLevel, deviation_of, levels_of
from mho.quantities import FRACTION, SECOND, SIEMENS, VOLT


def figure(rows: pd.DataFrame, recipe: ResetStopRecipe) -> Figure:
    """The levels against time; beneath, conductance at the stop voltages, and RSD."""
    levels = list(levels_of(rows))
    reads, stops, scatter = list[Line](), list[Line](), list[Line]()
    for series, level in enumerate(levels):
        values = level.reads.tolist()
        mean = level.conductance
        named = series in (0, len(levels) - 1)
        label = f"{VOLT.show(level.stop)}" if named else ""
        reads.append(Line(x=level.age.tolist(), y=values, series=series, label=label))
        stops.append(
            Line(
                x=[abs(level.stop)],
                y=[mean],
                low=[min(values)],
                high=[max(values)],
                series=series,
                style="points",
            )
        )
        scatter += _scatter(level, recipe, series)
    return Figure(
        title=f"{len(levels)} levels, each at least {SIEMENS.show(recipe.minimum_gap)} below the "
        f"one before in {SECOND.show(recipe.reads.duration)} of reads",
        panels=(
            Panel(
                x=Axis("time since the level was made", SECOND),
                y=Axis("conductance", SIEMENS, "log"),
                lines=tuple(reads),
                height=2.2,
                legend="RESET stop voltage, first and last level" if len(levels) > 1 else "",
                ordered=True,
            ),
            Panel(
                x=Axis("RESET stop voltage, magnitude", VOLT),
                y=Axis("conductance", SIEMENS, "log"),
                lines=tuple(stops),
                height=1.4,
                notes=("mean of the reads, bar: smallest to largest",),
                ordered=True,
            ),
            Panel(
                x=Axis("conductance", SIEMENS, "log"),
                y=Axis("RSD of the reads", FRACTION),
                lines=tuple(scatter),
                height=1.4,
                notes=("bar: 95 % interval",),
                ordered=True,
                beside=True,
            ),
        ),
    )


def _scatter(level: LadderLevel, recipe: ResetStopRecipe, series: int) -> Iterator[Line]:
    """The RSD of a level, with its interval where its reads tell one."""
    deviation = deviation_of(level, recipe)
    if deviation is None:
        return
    rsd = deviation.rsd
    yield Line(
        x=[level.conductance],
        y=[rsd.value],
        low=[rsd.low],
        high=[rsd.high],
        series=series,
        style="points",
    )
