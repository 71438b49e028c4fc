"""The figure of a ladder, from its rows alone."""

from functools import partial

import numpy as np
import pandas as pd

from mho.figure import Axis, Band, Figure, Line, Panel, Tile
from mho.merit.reporting import attempt
from mho.protocols.drawn_estimates import points
from mho.protocols.ladder.distributions import Distribution, distributions
from mho.protocols.ladder.recipe import LadderRecipe
from mho.protocols.ladder.row import Order, Phase
from mho.quantities import FRACTION, SECOND, SIEMENS

_APART = 1.04
"""Ratio of the places of one level's marks, distribution by distribution."""


def figure(rows: pd.DataFrame, recipe: LadderRecipe) -> Figure:
    """Sigma by level; every error by order; what each level was read as, later."""
    found = list(distributions(rows, recipe))
    return Figure(
        title=f"Ladder of {len(recipe.levels)} levels by {recipe.algorithm}; {_said(found)}",
        panels=(_sigmas(found, recipe), _confusion(found[-1]), _errors(rows, recipe)),
    )


def _said(found: list[Distribution]) -> str:
    bits = [(one.name, attempt(partial(one.bits, 3.0))[0]) for one in found[:2]]
    known = [f"{name} {value.value:.2f}" for name, value in bits if value is not None]
    return f"bits at 3 sigma: {', '.join(known)}" if known else "too few visits for bits"


def _sigmas(found: list[Distribution], recipe: LadderRecipe) -> Panel:
    lines, few = [], 0
    for series, one in enumerate(found):
        made = [(g, attempt(partial(one.sigma, n))[0]) for n, g in enumerate(one.levels)]
        known = [(g, value) for g, value in made if value is not None and value.value > 0]
        few += len(made) - len(known)
        if known:
            at, values = zip(*known, strict=True)
            beside = [g * _APART**series for g in at]  # or marks would cover one another
            lines.append(points(beside, values, series=series, label=one.name))
    later = f"later: {SECOND.show(recipe.later)} on"
    notes = (f"{few} levels had too few visits for a sigma",) if few else ()
    return Panel(
        x=Axis("level", SIEMENS, "log"),
        y=Axis("sigma over visits", SIEMENS, "log"),
        lines=tuple(lines),
        height=1.7,
        legend=f"{later}; bar: 95 %",
        notes=notes,
    )


def _errors(rows: pd.DataFrame, recipe: LadderRecipe) -> Panel:
    judged = rows[(rows["phase"] != Phase.TUNING) & (rows["attempt"] == 1)]
    judged = judged[~judged["in_compliance"] & np.isfinite(judged["conductance"])]
    lines = []
    for series, order in enumerate(Order):
        for phase, when in ((Phase.CHECK, "at once"), (Phase.LATER, "later")):
            of = judged[(judged["order"] == order) & (judged["phase"] == phase)]
            if len(of):
                lines.append(
                    Line(
                        x=of["target"].to_list(),
                        y=(of["conductance"] / of["target"] - 1).to_list(),
                        series=series,
                        label=f"{order}, {when}",
                        style="points" if phase is Phase.CHECK else "open",
                    )
                )
    window = judged.groupby("target")[["low", "high"]].first()
    bands: tuple[Band, ...] = ()
    if len(window) > 1:
        bands = (
            Band(
                x=list(window.index),
                low=(window["low"] / window.index - 1).to_list(),
                high=(window["high"] / window.index - 1).to_list(),
                series=None,
                label="counts as reached",
            ),
        )
    notes = () if lines else (f"none of {len(recipe.levels)} levels was judged",)
    return Panel(
        x=Axis("level", SIEMENS, "log"),
        y=Axis("error", FRACTION),
        lines=tuple(lines),
        bands=bands,
        notes=notes,
    )


def _confusion(one: Distribution) -> Panel:
    table = one.confusion()
    visits = table.sum(axis=1)
    count = len(one.levels)
    tiles = tuple(
        Tile(
            row=i,
            column=j,
            value=float(table[i, j] / visits[i]) if visits[i] else None,
            name=f"{int(table[i, j])}",
        )
        for i in range(count)
        for j in range(count)
    )
    return Panel(
        x=Axis("read as level, later (from 0)"),
        y=Axis("level (from 0)"),
        tiles=tiles,
        coloured=Axis("share of visits", FRACTION),
        height=1.7,
        beside=True,
    )
