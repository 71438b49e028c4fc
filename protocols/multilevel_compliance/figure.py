"""The figure of levels by compliance current, from the rows alone."""

from collections.abc import Sequence

import pandas as pd

from mho.figure import Axis, Figure, Line, Panel
from mho.protocols.drawn_estimates import of_mean, points
from mho.protocols.iv.row import Part, Side
from mho.protocols.multilevel_compliance.recipe import MultilevelComplianceRecipe
from mho.protocols.multilevel_compliance.results import Level, levels
from mho.protocols.sweep_lines import gapped, magnitudes
from mho.quantities import AMPERE, SIEMENS, VOLT


def figure(rows: pd.DataFrame, recipe: MultilevelComplianceRecipe) -> Figure:
    """abs(I) and I against V, one colour a compliance; beneath, both states against compliance.

    A loop is a SET with the RESET that follows; the first of each compliance is drawn full. The
    dashed lines are the limits.
    """
    found = list(levels(rows, recipe))
    faint, full = _loops(rows, recipe)
    loops = (*faint, *full)
    limits = _limits(rows, recipe)
    voltage = Axis("voltage", VOLT)
    return Figure(
        title="Levels by compliance current",
        panels=(
            Panel(
                x=voltage,
                y=Axis("abs(current)", AMPERE, "log"),
                lines=(*map(magnitudes, loops), *map(magnitudes, limits)),
                height=2.4,
                legend="compliance, dashed"
                + ("; first cycle full, others faint" if recipe.cycles > 1 else ""),
                ordered=True,
            ),
            Panel(
                x=voltage,
                y=Axis("current", AMPERE),
                lines=(*map(gapped, loops), *limits),
                height=2.4,
                ordered=True,
                beside=True,
            ),
            Panel(
                x=Axis("compliance", AMPERE, "log"),
                y=Axis("conductance", SIEMENS, "log"),
                lines=tuple(_states(found)),
                height=1.6,
            ),
        ),
    )


def _states(found: Sequence[Level]) -> list[Line]:
    """Both states with the 95 % intervals of their means, over cycles if there are several."""
    compliances = [level.compliance for level in found]
    after = [level for level in found if len(level.off)]
    return [
        points(
            compliances,
            [level.mean for level in found],
            series=0,
            label="after SET, 95 % interval of the mean",
        ),
        points(
            [level.compliance for level in after],
            [of_mean(level.off) for level in after],
            series=1,
            label="after the RESET that follows",
        ),
    ]


def _limits(rows: pd.DataFrame, recipe: MultilevelComplianceRecipe) -> list[Line]:
    """The compliance of each SET sweep, over the levels of that side."""
    sweeps = rows[(rows["part"] != Part.READ) & (rows["side"] == Side.SET)]
    if not len(sweeps):
        return []
    farthest = max(sweeps["level"].to_list(), key=abs)
    sign = 1 if farthest > 0 else -1
    return [
        Line(
            x=[0.1 * farthest, farthest],
            y=[sign * compliance] * 2,
            series=series,
            style="dashed",
        )
        for series, compliance in enumerate(recipe.compliances)
    ]


def _loops(rows: pd.DataFrame, recipe: MultilevelComplianceRecipe) -> tuple[list[Line], list[Line]]:
    """The SET sweep of every cycle with the RESET sweep of the next."""
    swept = rows[rows["part"] != Part.READ]
    owner = swept["cycle"] - (swept["side"] == Side.RESET)
    faint: list[Line] = []
    full: list[Line] = []
    for cycle, loop in swept[owner > 0].groupby(owner, sort=True):
        repeat, series = divmod(int(str(cycle)) - 1, len(recipe.compliances))
        x, y = loop["level"].to_list(), loop["current"].to_list()
        label = AMPERE.show(recipe.compliances[series])
        if repeat:
            faint.append(Line(x=x, y=y, series=series, faint=True))
        else:
            full.append(Line(x=x, y=y, series=series, label=label))
    return faint, full
