"""Results of an STDP run from its rows: the window of both sides, results and progress."""

from collections.abc import Iterator
from functools import partial

import pandas as pd
from scipy.stats import kendalltau

from mho.merit.reporting import RATIO, attempt, measured, taken_from
from mho.merit.samples import NotEnoughData
from mho.merit.spike_timing import (
    SpikeTimingWindow,
    TimeOrder,
    spike_timing_window,
    weight_change,
)
from mho.protocols.delivered import as_pulses, delivered_notes, delivered_results
from mho.protocols.quoting import INTERVALS, NONE, limited_reads, quoted, value_or_reason
from mho.protocols.stdp.recipe import StdpRecipe
from mho.protocols.stdp.row import Part, Verdict
from mho.quantities import MILLISECONDS, PERCENT
from mho.result import Result
from mho.summary import Summary


def pairs_of(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows of pairs; an older run has no others."""
    return rows[rows["part"] == Part.PAIR] if "part" in rows else rows


def moments_of(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows of waveforms that were recorded."""
    return rows[rows["part"] == Part.WAVEFORM] if "part" in rows else rows[:0]


def pairs_in_contact(rows: pd.DataFrame) -> pd.DataFrame:
    """The pairs whose reads found the device; a lost contact is no weight change."""
    pairs = pairs_of(rows)
    return pairs[pairs["verdict"] == Verdict.GOES_ON]


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
    every = pairs_of(rows)
    return Summary(
        title="STDP: weight change against spike timing",
        headers=("side", "pairs", "mean dW", "A (%)", "tau (ms)", "R2"),
        rows=tuple(lines),
        notes=(*notes, *limited_reads(every), *delivered_notes(extremes(every)), *reasons),
    )


def extremes(rows: pd.DataFrame) -> pd.DataFrame:
    """The highest and the lowest level of every pair as pulses."""
    return pd.concat(
        [
            as_pulses(rows, side, f"{side}_voltage", f"{side}_current")
            for side in ("highest", "lowest")
        ]
    )


def results(rows: pd.DataFrame, recipe: StdpRecipe) -> Iterator[Result]:
    """A (a fraction) and tau of either side of the window, in the order of the recipe."""
    fit, why = attempt(lambda: window(rows, recipe))
    pairs = pairs_in_contact(rows)
    for name, sign in (("positive", 1), ("negative", -1)):
        side = pairs[sign * pairs["difference"] > 0]
        source = taken_from(side, f"pairs with {name} {recipe.order}")
        method = "" if fit is None else f"{fit.source}; {len(side)} pairs on this side"
        method = method or "exponential through the pairs of this side"
        a = tau = r2 = None
        if fit is not None and sign > 0:
            a, tau, r2 = fit.a_plus, fit.tau_plus, fit.r2_plus
        elif fit is not None:
            a = fit.a_minus.mapped(lambda value: -value)
            tau, r2 = fit.tau_minus, fit.r2_minus
        a = None if a is None else a.mapped(PERCENT.to_si)
        yield measured(f"a_{name}", RATIO, a, method=method, source=source, why=why)
        yield measured(f"tau_{name}", "s", tau, method=method, source=source, why=why)
        yield measured(f"r2_{name}", RATIO, r2, method=method, source=source, why=why)
        yield measured(
            f"trend_{name}",
            RATIO,
            partial(_trend, side),
            method="Kendall's tau of the mean change at each difference on its magnitude",
            source=source,
        )
    yield from delivered_results(extremes(pairs_of(rows)), energy=False)


def _trend(side: pd.DataFrame) -> float:
    """Kendall's tau: -1 where the change falls with every step of the magnitude, 1 where it rises.

    Raises
    ------
    NotEnoughData
        Fewer than three differences.
    """
    means = side.groupby("difference")["change"].mean()
    if len(means) < 3:
        raise NotEnoughData(f"a trend needs three differences, got {len(means)}")
    return float(kendalltau(means.index.to_series().abs(), means).statistic)
