"""The figure of an STDP run, from its rows alone."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from mho.figure import Axis, Figure, Line, Panel
from mho.protocols.quoting import value_or_reason
from mho.protocols.stdp.loop import spikes
from mho.protocols.stdp.recipe import StdpRecipe
from mho.protocols.stdp.results import pairs_in_contact, window
from mho.quantities import FRACTION, PERCENT, SECOND, VOLT


def figure(rows: pd.DataFrame, recipe: StdpRecipe) -> Figure:
    """Weight change against time difference with both fits; beneath, one pair of spikes."""
    pairs = pairs_in_contact(rows)
    points = Line(
        x=pairs["difference"].to_list(),
        y=pairs["change"].to_list(),
        label="pairs",
        faint=recipe.repeats > 1,
        style="points",
    )
    means = pairs.groupby("difference")["change"].mean().sort_index()
    lines = [points]
    if recipe.repeats > 1:
        x = [float(difference) for difference in means.index]
        lines.append(Line(x=x, y=means.to_list(), series=1, label="mean", style="points"))
    fit = value_or_reason(lambda: window(rows, recipe), [])
    if fit is not None:
        for sign, a, tau in ((1, fit.a_plus, fit.tau_plus), (-1, fit.a_minus, fit.tau_minus)):
            side = np.abs(pairs["difference"][sign * pairs["difference"] > 0])
            dt = np.linspace(side.min(), side.max(), 100)
            height = sign * PERCENT.to_si(a.value)
            lines.append(
                Line(
                    x=(sign * dt).tolist(),
                    y=(height * np.exp(-dt / tau.value)).tolist(),
                    series=2,
                    label="exponential fit" if sign > 0 else "",
                )
            )
    shown = min((d for d in recipe.differences if d > 0), default=recipe.differences[0])
    both = spikes(recipe, shown)
    moments = np.concatenate([[0.0], np.cumsum(both.durations)])
    tracks = (
        ("pre", both.pre),
        ("post", both.post),
        ("pre - post", tuple(np.subtract(both.pre, both.post).tolist())),
    )
    spikes_asked = [
        Line(x=moments.tolist(), y=[*levels, 0.0], series=n, label=name, style="steps")
        for n, (name, levels) in enumerate(tracks)
    ]
    return Figure(
        title=f"STDP, Δt = {recipe.order}; below: the spikes at {SECOND.show(shown)}",
        legend=" ",
        shared_x=False,
        panels=(
            Panel(
                x=Axis("Δt", SECOND),
                y=Axis("weight change", FRACTION),
                lines=tuple(lines),
                height=2.0,
            ),
            Panel(
                x=Axis("time", SECOND),
                y=Axis("towards SET", VOLT),
                lines=(*spikes_asked, *_delivered(pairs, recipe, shown, len(tracks) - 1)),
            ),
        ),
    )


def _delivered(
    pairs: pd.DataFrame, recipe: StdpRecipe, shown: float, series: int
) -> Iterator[Line]:
    """Pre minus post as it was measured at its extremes, the mean of all passes, towards SET.

    Rows have volts as applied; the recipe says which way a level points.
    """
    rows = pairs[pairs["difference"] == shown]
    both = spikes(recipe, shown)
    ends = np.cumsum(both.durations)
    x, y = [], []
    for side in ("highest", "lowest"):
        measured = rows[rows[f"{side}_voltage"].notna()]
        if not len(measured):
            continue
        moment = float(measured[f"{side}_at"].iloc[0])
        piece = int(np.searchsorted(ends, moment))
        asked = both.pre[piece] - both.post[piece]
        towards_set = 1 if asked * measured[side].iloc[0] >= 0 else -1
        x.append(moment)
        y.append(towards_set * float(measured[f"{side}_voltage"].mean()))
    if x:
        yield Line(x=x, y=y, series=series, label="pre - post, delivered", style="points")
