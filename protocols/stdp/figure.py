"""The figure of an STDP run, from its rows alone."""

import numpy as np
import pandas as pd

from mho.figure import Axis, Figure, Line, Panel
from mho.protocols.drawn_estimates import FEWEST, means, why_no_decay
from mho.protocols.quoting import value_or_reason
from mho.protocols.stdp.loop import spikes
from mho.protocols.stdp.recipe import StdpRecipe
from mho.protocols.stdp.results import pairs_in_contact, window
from mho.quantities import FRACTION, PERCENT, SECOND, VOLT


def figure(rows: pd.DataFrame, recipe: StdpRecipe) -> Figure:
    """Weight change against time difference with both fits; beneath, one pair of spikes."""
    lines, notes = _window(rows, recipe)
    shown = min((d for d in recipe.differences if d > 0), default=recipe.differences[0])
    both = spikes(recipe, shown)
    moments = np.concatenate([[0.0], np.cumsum(both.durations)])
    tracks = (
        ("pre", both.pre),
        ("post", both.post),
        ("pre - post", tuple(np.subtract(both.pre, both.post).tolist())),
    )
    return Figure(
        title=f"STDP, Δt = {recipe.order}; below: the spikes at {SECOND.show(shown)}",
        panels=(
            Panel(
                x=Axis("Δt", SECOND),
                y=Axis("weight change", FRACTION),
                lines=lines,
                height=2.0,
                notes=notes,
            ),
            Panel(
                x=Axis("time", SECOND),
                y=Axis("towards SET", VOLT),
                lines=tuple(
                    Line(
                        x=moments.tolist(),
                        y=[*levels, 0.0],
                        series=n,
                        label=name,
                        style="steps",
                    )
                    for n, (name, levels) in enumerate(tracks)
                ),
            ),
        ),
    )


def _window(rows: pd.DataFrame, recipe: StdpRecipe) -> tuple[tuple[Line, ...], tuple[str, ...]]:
    """The pairs, their means, and the fit of each side that the pairs support."""
    pairs = pairs_in_contact(rows)
    several = recipe.repeats > 1
    lines = [
        Line(
            x=pairs["difference"].to_list(),
            y=pairs["change"].to_list(),
            label="pairs",
            faint=several,
            style="points",
        )
    ]
    if several:
        bars = ", 95 % interval" if recipe.repeats >= FEWEST else ""
        lines.append(means(pairs, "difference", "change", series=1, label=f"mean{bars}"))
    reasons: list[str] = []
    fit = value_or_reason(lambda: window(rows, recipe), reasons)
    if fit is None:
        return tuple(lines), tuple(f"no fit is drawn: {reason}" for reason in reasons)
    notes = []
    label = "exponential fit"
    for sign, a, tau, r2 in (
        (1, fit.a_plus, fit.tau_plus, fit.r2_plus),
        (-1, fit.a_minus, fit.tau_minus, fit.r2_minus),
    ):
        name = "Δt > 0" if sign > 0 else "Δt < 0"
        unsupported = why_no_decay(f"the fit at {name}", a, tau, r2)
        if unsupported:
            notes.append(unsupported)
            continue
        side = np.abs(pairs["difference"][sign * pairs["difference"] > 0])
        dt = np.linspace(side.min(), side.max(), 100)
        height = sign * PERCENT.to_si(a.value)
        lines.append(
            Line(
                x=(sign * dt).tolist(),
                y=(height * np.exp(-dt / tau.value)).tolist(),
                series=None,
                label=label,
            )
        )
        label = ""
    return tuple(lines), tuple(notes)
