"""Results of an STDP run from its rows: the window of both sides, merits and progress."""

import pandas as pd

from mho.merit.spike_timing import (
    SpikeTimingWindow,
    TimeOrder,
    spike_timing_window,
    weight_change,
)
from mho.protocols.quoting import INTERVALS, NONE, limited_reads, quoted, value_or_reason
from mho.protocols.stdp.recipe import StdpRecipe
from mho.protocols.stdp.row import Verdict
from mho.quantities import MILLISECONDS, PERCENT
from mho.summary import Summary


def pairs_in_contact(rows: pd.DataFrame) -> pd.DataFrame:
    """The pairs whose reads found the device; a lost contact is no weight change."""
    return rows[rows["verdict"] == Verdict.GOES_ON]


def window(rows: pd.DataFrame, recipe: StdpRecipe) -> SpikeTimingWindow:
    """The fit of both sides to all pairs, in the order of the recipe.

    Raises
    ------
    NotEnoughData
        A side with fewer than 3 pairs, or that does not decay.
    """
    pairs = pairs_in_contact(rows)
    change = weight_change(pairs["before"].to_numpy(), pairs["after"].to_numpy())
    return spike_timing_window(
        pairs["difference"].to_numpy(), change, order=TimeOrder(recipe.order.value)
    )


def summary(rows: pd.DataFrame, recipe: StdpRecipe) -> Summary:
    """A, tau and R2 of either side, the sign convention named."""
    reasons: list[str] = []
    fit = value_or_reason(lambda: window(rows, recipe), reasons)
    pairs = pairs_in_contact(rows)
    lines = []
    for sign, name in ((1, "dt > 0"), (-1, "dt < 0")):
        side = pairs[sign * pairs["difference"] > 0]
        mean = f"{PERCENT.of(side['change'].mean()):+.1f} %" if len(side) else NONE
        cells = (NONE, NONE, NONE)
        if fit is not None:
            a, tau, r2 = (
                (fit.a_plus, fit.tau_plus, fit.r2_plus)
                if sign > 0
                else (fit.a_minus.mapped(lambda value: -value), fit.tau_minus, fit.r2_minus)
            )
            cells = (quoted(a), quoted(tau, MILLISECONDS), f"{r2:.3f}")
        lines.append((name, str(len(side)), mean, *cells))
    notes = [f"dt = {recipe.order}; dW = 100 (G_after - G_before) / G_before; {INTERVALS}"]
    if (rows["verdict"] == Verdict.CONTACT_LOST).any():
        notes.append("the run ended early: contact lost")
    if fit is not None:
        notes.append(f"source: {fit.source}, all pairs; A is the dW of this side at dt = 0")
    return Summary(
        title="STDP: weight change against spike timing",
        headers=("side", "pairs", "mean dW", "A (%)", "tau (ms)", "R2"),
        rows=tuple(lines),
        notes=(*notes, *limited_reads(rows), *reasons),
    )


def merits(rows: pd.DataFrame, recipe: StdpRecipe) -> dict[str, float]:
    """Figures of merit by name, in the order of the recipe; A as a fraction, tau in seconds.

    ``a_positive_low`` and ``a_negative_high`` are the ends of the intervals towards zero where
    positive differences potentiate.
    """
    fit = value_or_reason(lambda: window(rows, recipe), [])
    if fit is None:
        return {}
    negative = fit.a_minus.mapped(lambda value: -value)
    return {
        "a_positive": PERCENT.to_si(fit.a_plus.value),
        "a_positive_low": PERCENT.to_si(fit.a_plus.low),
        "tau_positive": fit.tau_plus.value,
        "a_negative": PERCENT.to_si(negative.value),
        "a_negative_high": PERCENT.to_si(negative.high),
        "tau_negative": fit.tau_minus.value,
    }
