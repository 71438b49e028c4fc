"""The figure of a symmetric point, from its rows alone."""

from collections.abc import Iterator

import pandas as pd

from mho.figure import Axis, Band, Figure, Line, Panel
from mho.merit.samples import NotEnoughData
from mho.protocols.symmetric_point.recipe import SymmetricPointRecipe
from mho.protocols.symmetric_point.results import limit_of
from mho.quantities import SIEMENS

_WIDE = 5


def figure(rows: pd.DataFrame, recipe: SymmetricPointRecipe) -> Figure:
    """Conductance after each pulse from each start, and where the pairs lead."""
    lines, bands, notes = [], list[Band](), list[str]()
    for index, start in enumerate(recipe.starts):
        part = rows[rows["start"] == index].sort_values("pulse")
        if not len(part):
            continue
        lines.append(
            Line(
                x=part["pulse"].to_list(),
                y=part["conductance"].to_list(),
                series=index,
                label=start.name,
                style="both" if len(part) <= 100 else "line",
            )
        )
        bands += _limit(rows, part, index, notes)
    return Figure(
        title="Symmetric point",
        panels=(
            Panel(
                x=Axis("pulse; odd ones go up, even ones down"),
                y=Axis("conductance", SIEMENS, "log" if _is_wide(rows) else "linear"),
                lines=tuple(lines),
                bands=tuple(bands),
                height=2.0,
                legend="start" if len(lines) > 1 else "",
                notes=tuple(dict.fromkeys(notes)),
            ),
        ),
    )


def _is_wide(rows: pd.DataFrame) -> bool:
    """Whether the first pulses would squeeze the rest into a line."""
    positive = rows["conductance"][rows["conductance"] > 0]
    return len(positive) > 0 and float(positive.max()) > _WIDE * float(positive.min())


def _limit(rows: pd.DataFrame, part: pd.DataFrame, index: int, notes: list[str]) -> Iterator[Band]:
    try:
        found = limit_of(rows, index)
    except NotEnoughData as reason:
        notes.append(str(reason))
        return
    second_half = part["pulse"].iloc[len(part) // 2 :]
    ends = [float(second_half.iloc[0]), float(second_half.iloc[-1])]
    point = found.conductance
    yield Band(x=ends, low=[point.low] * 2, high=[point.high] * 2, series=index)
    if not found.settled:
        notes.append("the pairs still move at the end: no symmetric point")
