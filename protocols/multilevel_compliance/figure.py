"""The figure of levels by compliance current, from the rows alone."""

import numpy as np
import pandas as pd

from mho.figure import Axis, Figure, Line, Panel
from mho.protocols.iv.row import Part, Side
from mho.protocols.multilevel_compliance.recipe import MultilevelComplianceRecipe
from mho.protocols.multilevel_compliance.results import levels
from mho.quantities import AMPERE, SIEMENS, VOLT


def figure(rows: pd.DataFrame, recipe: MultilevelComplianceRecipe) -> Figure:
    """abs(I) against V, one colour a compliance; beneath, both states against compliance.

    A loop is a SET with the RESET that follows; the first of each compliance is drawn full.
    """
    found = list(levels(rows, recipe))
    on = [(level.compliance, g) for level in found for g in level.cycles]
    off = [(level.compliance, float(np.mean(level.off))) for level in found if len(level.off)]
    colours = max(len(recipe.compliances) - 1, 1)
    faint, full = _loops(rows, recipe)
    return Figure(
        title="Levels by compliance current",
        panels=(
            Panel(
                x=Axis("voltage", VOLT),
                y=Axis("abs(current)", AMPERE, "log"),
                lines=(*faint, *full),
                height=2.4,
            ),
            Panel(
                x=Axis("compliance", AMPERE, "log"),
                y=Axis("conductance", SIEMENS, "log"),
                lines=(
                    _points(on, colours, "after SET"),
                    _points(off, 0, "after RESET"),
                ),
                height=1.4,
            ),
        ),
        shared_x=False,
        legend="compliance",
    )


def _points(pairs: list[tuple[float, float]], series: int, label: str) -> Line:
    x, y = zip(*pairs, strict=True) if pairs else ((), ())
    return Line(x=x, y=y, series=series, label=label, style="points")


def _loops(rows: pd.DataFrame, recipe: MultilevelComplianceRecipe) -> tuple[list[Line], list[Line]]:
    """The SET sweep of every cycle with the RESET sweep of the next."""
    swept = rows[rows["part"] != Part.READ]
    owner = swept["cycle"] - (swept["side"] == Side.RESET)
    faint: list[Line] = []
    full: list[Line] = []
    for cycle, loop in swept[owner > 0].groupby(owner, sort=True):
        repeat, series = divmod(int(str(cycle)) - 1, len(recipe.compliances))
        x, y = loop["level"].to_list(), loop["current"].abs().to_list()
        label = AMPERE.show(recipe.compliances[series])
        if repeat:
            faint.append(Line(x=x, y=y, series=series, faint=True))
        else:
            full.append(Line(x=x, y=y, series=series, label=label))
    return faint, full
