"""The figure of an STDP run, from its rows alone."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from mho.figure import Axis, Figure, Line, Panel
from mho.protocols.drawn_estimates import FEWEST, means, why_no_decay
from mho.protocols.quoting import value_or_reason
from mho.protocols.stdp.loop import recorded_differences, spikes
from mho.protocols.stdp.recipe import StdpRecipe
from mho.protocols.stdp.results import moments_of, pairs_in_contact, window
from mho.quantities import AMPERE, FRACTION, PERCENT, SECOND, VOLT


def figure(rows: pd.DataFrame, recipe: StdpRecipe) -> Figure:
    """Weight change against time difference with both fits; beneath, a pair of spikes.

    Where waveforms were recorded, a pair of either sign: what was asked for and delivered, and the
    current; else what was measured at the extremes of one.
    """
    lines, notes = _window(rows, recipe)
    moments = moments_of(rows)
    recorded = [one for one in recorded_differences(recipe) if (moments["difference"] == one).any()]
    shown = recorded or recorded_differences(recipe)[:1]
    pairs = pairs_in_contact(rows)
    voltages = [
        Panel(
            x=Axis("time", SECOND),
            y=Axis("towards SET", VOLT),
            lines=_spikes(recipe, one, moments, pairs),
            legend=f"Δt = {SECOND.show(one)}",
            beside=number > 0,
        )
        for number, one in enumerate(shown)
    ]
    currents = [
        Panel(
            x=Axis("time", SECOND),
            y=Axis("current towards SET", AMPERE),
            lines=(
                Line(
                    x=moments["moment"][moments["difference"] == one].to_list(),
                    y=_towards_set(moments[moments["difference"] == one], recipe).to_list(),
                    series=_DIFFERENCE,
                ),
            ),
            beside=number > 0,
        )
        for number, one in enumerate(recorded)
        if moments["spike_current"][moments["difference"] == one].notna().any()
    ]
    return Figure(
        title=f"STDP, Δt = {recipe.order}; below: the spikes at "
        f"{' and '.join(SECOND.show(one) for one in shown)}",
        panels=(
            Panel(
                x=Axis("Δt", SECOND),
                y=Axis("weight change", FRACTION),
                lines=lines,
                height=2.0,
                notes=notes,
            ),
            *voltages,
            *currents,
        ),
    )


_DIFFERENCE = 2
"""The colour of pre minus post."""


def _spikes(
    recipe: StdpRecipe, shown: float, moments: pd.DataFrame, pairs: pd.DataFrame
) -> tuple[Line, ...]:
    """Both spikes and their difference as they were asked for, and what was delivered."""
    both = spikes(recipe, shown)
    edges = np.concatenate([[0.0], np.cumsum(both.durations)]).tolist()
    tracks = (
        ("pre", both.pre),
        ("post", both.post),
        ("pre - post", tuple(np.subtract(both.pre, both.post).tolist())),
    )
    asked = [
        Line(x=edges, y=[*levels, 0.0], series=n, label=name, style="steps")
        for n, (name, levels) in enumerate(tracks)
    ]
    of_pair = moments[moments["difference"] == shown]
    if len(of_pair):
        return (*asked, _recorded(recipe, shown, of_pair))
    return (*asked, *_extremes(pairs, recipe, shown))


def _recorded(recipe: StdpRecipe, shown: float, moments: pd.DataFrame) -> Line:
    """Pre minus post as it was recorded; a terminal that was not measured stood as it was sent."""
    both = spikes(recipe, shown)
    pieces = np.searchsorted(np.cumsum(both.durations), moments["moment"], side="right")
    pieces = np.minimum(pieces, len(both.durations) - 1)
    sign = _set_sign(moments, recipe)
    pre, post = (
        np.where(measured.isna(), np.array(levels)[pieces], sign * measured)
        for measured, levels in (
            (moments["pre_voltage"], both.pre),
            (moments["post_voltage"], both.post),
        )
    )
    on_one = recipe.apply == "difference on one"
    return Line(
        x=moments["moment"].to_list(),
        y=(sign * moments["pre_voltage"] if on_one else pre - post).tolist(),
        series=None,
        label="pre - post, delivered",
    )


def _towards_set(moments: pd.DataFrame, recipe: StdpRecipe) -> "pd.Series[float]":
    """The current, positive where it flows as in a SET."""
    return moments["spike_current"] * _set_sign(moments, recipe)


def _set_sign(moments: pd.DataFrame, recipe: StdpRecipe) -> int:
    """Which way SET is: rows have volts as applied, the recipe volts towards SET."""
    row = moments.iloc[0]
    asked = _asked(recipe, row["difference"], row["highest_at"])
    return 1 if asked * row["highest"] >= 0 else -1


def _asked(recipe: StdpRecipe, difference: float, moment: float) -> float:
    """Pre minus post at a moment of a pair, in volts towards SET."""
    both = spikes(recipe, difference)
    piece = int(np.searchsorted(np.cumsum(both.durations), moment))
    return both.pre[piece] - both.post[piece]


def _extremes(pairs: pd.DataFrame, recipe: StdpRecipe, shown: float) -> Iterator[Line]:
    """Pre minus post as it was measured at its extremes, the mean of all passes, towards SET.

    Rows have volts as applied; the recipe says which way a level points.
    """
    rows = pairs[pairs["difference"] == shown]
    x, y = [], []
    for side in ("highest", "lowest"):
        measured = rows[rows[f"{side}_voltage"].notna()]
        if not len(measured):
            continue
        moment = float(measured[f"{side}_at"].iloc[0])
        asked = _asked(recipe, shown, moment)
        towards_set = 1 if asked * measured[side].iloc[0] >= 0 else -1
        x.append(moment)
        y.append(towards_set * float(measured[f"{side}_voltage"].mean()))
    if x:
        yield Line(x=x, y=y, series=_DIFFERENCE, label="pre - post, delivered", style="points")


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
