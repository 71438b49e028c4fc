"""Results of paired pulses from their rows: index, decay and progress."""

from collections.abc import Iterator
from functools import partial

import numpy as np
import pandas as pd

from mho.merit.estimate import mean
from mho.merit.exponential import ExponentialFit
from mho.merit.paired_pulse import facilitation_decay, paired_pulse_index
from mho.merit.reporting import RATIO, attempt, average, measured, taken_from
from mho.protocols.delivered import delivered_notes, delivered_results
from mho.protocols.ppf.recipe import PpfRecipe
from mho.protocols.ppf.row import Verdict
from mho.protocols.quoting import INTERVALS, NONE, limited_reads, quoted, value_or_reason
from mho.quantities import AMPERE, MICROSIEMENS, MILLISECONDS, SECOND
from mho.result import Result
from mho.summary import Summary


def indices(rows: pd.DataFrame, recipe: PpfRecipe) -> pd.DataFrame:
    """One line per whole repeat and interval: ``first``, ``last`` (S or A), ``index`` (percent).

    Where the contact was lost there is none.
    """
    found = []
    for key, part in rows.groupby(["interval", "repeat"]):
        ordered = part.sort_values("pulse")
        lost = (part["verdict"] == Verdict.CONTACT_LOST).any()
        if len(ordered) == recipe.pulses + 1 and not lost:
            match recipe.response:
                case "conductance":
                    responses = ordered["conductance"].to_numpy()[1:]
                case "change":
                    responses = np.diff(ordered["conductance"].to_numpy())
                case "pulse current":
                    responses = ordered["pulse_current"].to_numpy()[1:]
            found.append((*key, float(responses[0]), float(responses[-1])))
    table = pd.DataFrame(found, columns=["interval", "repeat", "first", "last"], dtype=float)
    table["index"] = paired_pulse_index(table["first"], table["last"], definition=recipe.index)
    return table


def summary(rows: pd.DataFrame, recipe: PpfRecipe) -> Summary:
    """The index at each interval, and its decay with the interval."""
    table = indices(rows, recipe)
    unit = AMPERE.scaled("u") if recipe.response == "pulse current" else MICROSIEMENS
    lines = []
    for interval in sorted(set(table["interval"])):
        part = table[table["interval"] == interval]
        finite = part["index"][np.isfinite(part["index"])].to_numpy()
        lines.append(
            (
                SECOND.show(interval),
                f"{unit.of(part['first'].mean()):.4g}",
                f"{unit.of(part['last'].mean()):.4g}",
                quoted(mean(finite)) if len(finite) else NONE,
                str(len(part)),
            )
        )
    reasons: list[str] = []
    fit = value_or_reason(lambda: decay(table, recipe), reasons)
    meaning = "100 last/first" if recipe.index == "ratio" else "100 (last - first)/first"
    notes = [
        f"response: {recipe.response}; index: {meaning}, pulse {recipe.pulses} against pulse 1; "
        f"{INTERVALS}",
        "interval: from the end of a pulse to the start of the next, the read at its end",
    ]
    if fit is not None:
        notes.append(
            f"decay: C = {quoted(fit.amplitude)} %, tau = {quoted(fit.constant, MILLISECONDS)} ms, "
            f"R2 {fit.r2:.3f}; source: {fit.source}, level fixed at {fit.level.value:g} %"
        )
    if (rows["verdict"] == Verdict.CONTACT_LOST).any():
        notes.append("the run ended early: contact lost")
    return Summary(
        title="Paired-pulse facilitation",
        headers=(
            "interval",
            f"first ({unit})",
            f"last ({unit})",
            "index (%)",
            "repeats",
        ),
        rows=tuple(lines),
        notes=(*notes, *limited_reads(rows), *delivered_notes(rows), *reasons),
    )


def results(rows: pd.DataFrame, recipe: PpfRecipe) -> Iterator[Result]:
    """The index (a fraction) at each interval, and the time constant (s) of its decay."""
    table, source = indices(rows, recipe), taken_from(rows, "pulses and their reads")
    named = {"shortest": min(recipe.intervals), "longest": max(recipe.intervals)}
    wanted = [(f"index_{name}", interval, "") for name, interval in named.items()]
    wanted += [
        ("index", interval, f"interval {SECOND.show(interval)}")
        for interval in sorted(set(table["interval"]))
    ]
    for name, interval, part in wanted:
        values = table["index"][table["interval"] == interval].to_numpy(dtype=float)
        at = f"the paired-pulse index at {SECOND.show(interval)}"
        yield measured(
            name,
            RATIO,
            partial(average, at, values / 100),
            method=f"mean of {len(values)} repeats, Student t interval; index: {recipe.index}",
            source=source,
            part=part,
        )
    fit, why = attempt(lambda: decay(table, recipe))
    method = f"exponential through the index against the interval, {len(table)} repeats"
    constant = None if fit is None else fit.constant
    yield measured("decay_constant", "s", constant, method=method, source=source, why=why)
    r2 = None if fit is None else fit.r2
    yield measured("decay_r2", RATIO, r2, method=method, source=source, why=why)
    yield from delivered_results(rows)


def decay(table: pd.DataFrame, recipe: PpfRecipe) -> ExponentialFit:
    """The decay of the index with the interval.

    Raises
    ------
    NotEnoughData
        Too few intervals, or an index that does not decay.
    """
    return facilitation_decay(table["interval"], table["index"], definition=recipe.index)
