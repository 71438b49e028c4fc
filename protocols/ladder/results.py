"""Results of a ladder from its rows: sigma by level, what is read as what, bits."""

from collections.abc import Iterator
from functools import partial

import numpy as np
import pandas as pd

from mho.merit.proportion import WILSON, proportion
from mho.merit.reporting import COUNT, RATIO, attempt, counted, measured, middle
from mho.protocols.approach import END_REASONS, Verdict
from mho.protocols.delivered import delivered_notes, delivered_results
from mho.protocols.ladder.distributions import AT_ONCE, LATER, Distribution, distributions
from mho.protocols.ladder.recipe import LadderRecipe
from mho.protocols.ladder.row import Phase
from mho.protocols.learnt_results import learnt_results
from mho.protocols.quoting import NONE, brief, limited_reads
from mho.quantities import MICROSIEMENS, PERCENT, SECOND, SIEMENS
from mho.result import Result
from mho.summary import Summary

SIGMAS = (1.0, 2.0, 3.0)


def summary(rows: pd.DataFrame, recipe: LadderRecipe) -> Summary:
    """One line a level: sigma and bias at once, sigma later, what was read as another level."""
    found = list(distributions(rows, recipe))
    once, later = found[0], found[1]
    visits = rows["visit"].nunique()
    wanted = len(recipe.visits())
    ended = rows[rows["phase"] == Phase.TUNING].groupby("visit").last()
    declared = int((ended["verdict"] == Verdict.REACHED).sum())
    notes = [
        f"sigma: sd over visits of means of {recipe.judge.reads} reads; at once: "
        f"{SECOND.show(recipe.judge.after)} after programming, later: "
        f"{SECOND.show(recipe.later)} after that",
        f"{declared} of {visits} levels declared reached by {recipe.algorithm}",
        *map(_said, found),
    ]
    if len(ended) and ended["verdict"].iloc[-1] == Verdict.CONTACT_LOST:
        notes.append(f"ended: {Verdict.CONTACT_LOST}")
    again = int((rows.groupby("visit")["attempt"].max() > 1).sum())
    if recipe.again:
        notes.append(f"{again} of {visits} levels were programmed again")
    if visits < wanted:
        notes.append(f"the run ended before {wanted - visits} level(s) of {wanted} began")
    return Summary(
        title=f"Ladder of {len(recipe.levels)} levels, programmed by {recipe.algorithm}",
        headers=("level (uS)", "visits", "bias (%)", "sigma (uS)", "sigma (%)", "later (uS)",
                 "misread", "later"),
        rows=tuple(_cells(n, once, later) for n in range(len(recipe.levels))),
        notes=(*notes, *limited_reads(rows), *delivered_notes(rows)),
    )  # fmt: skip


def _cells(number: int, once: Distribution, later: Distribution) -> tuple[str, ...]:
    target = once.levels[number]
    bias, _ = attempt(partial(once.bias, number))
    sigma, _ = attempt(partial(once.sigma, number))
    after, _ = attempt(partial(later.sigma, number))
    misread = [
        f"{int((one.read_as()[one.level == number] != number).sum())}" for one in (once, later)
    ]
    return (
        f"{MICROSIEMENS.of(target):.3f}",
        str(len(once.of_level(number))),
        NONE if bias is None else f"{PERCENT.of(bias.value):+.2f}",
        NONE if sigma is None else f"{MICROSIEMENS.of(sigma.value):.3g}",
        NONE if sigma is None else f"{PERCENT.of(sigma.value / target):.3g}",
        NONE if after is None else f"{MICROSIEMENS.of(after.value):.3g}",
        *misread,
    )


def _said(one: Distribution) -> str:
    """Bits and misread levels of a distribution."""
    found = [attempt(partial(one.bits, z)) for z in SIGMAS]
    bits = ", ".join(NONE if value is None else f"{value.value:.2f}" for value, _ in found)
    wrong = int((one.read_as() != one.level).sum())
    return f"{one.name}: {bits} bits at 1, 2, 3 sigma; {wrong} of {len(one.level)} misread"


def results(rows: pd.DataFrame, recipe: LadderRecipe) -> Iterator[Result]:
    """Shares and bits of every distribution, sigma by level, what was read as what, costs."""
    tuning = rows[rows["phase"] == Phase.TUNING]
    last = tuning.groupby(["visit", "attempt"], sort=True).last()
    first = last[last.index.get_level_values("attempt") == 1]
    begun, source = len(first), f"last tuning rows of {len(first)} visits"
    declared = int((first["verdict"] == Verdict.REACHED).sum())
    yield counted("declared", declared, method=f"count of {begun} visits begun", source=source)
    share = partial(proportion, declared, begun)
    yield measured("declared_share", RATIO, share, method=f"{WILSON}, of visits", source=source)
    again = int((rows.groupby("visit")["attempt"].max() > 1).sum())
    yield counted("programmed_again", again, method="visits that lay outside later", source=source)
    yield measured(
        "median_pulses",
        COUNT,
        partial(middle, "the median of the pulses", first["pulse"].to_numpy(float)),
        method=f"median of {begun} visits, interval of order statistics",
        source=source,
    )
    ended = str(tuning["verdict"].iloc[-1]) if len(tuning) else ""
    if ended in END_REASONS and ended == Verdict.CONTACT_LOST:
        yield Result(name="outcome", value=ended, unit="", method="last tuning row", source=source)
    for one in distributions(rows, recipe):
        yield from _of(one)
    yield from _by_order(rows)
    yield from delivered_results(tuning)
    yield from learnt_results(rows["learnt"], recipe.algorithm)


def _of(one: Distribution) -> Iterator[Result]:
    source, count = f"{len(one.level)} judged means, {one.name}", len(one.level)
    none = "no level was judged"
    yield measured(
        "true_share", RATIO, partial(proportion, int(one.true.sum()), count),
        method=f"{WILSON}, of means within the tolerance", source=source, part=one.name, why=none,
    )  # fmt: skip
    wrong = int((one.read_as() != one.level).sum())
    yield measured(
        "misread_share", RATIO, partial(proportion, wrong, count),
        method=f"{WILSON}, of means nearer to another level", source=source, part=one.name,
        why=none,
    )  # fmt: skip
    for z in SIGMAS:
        yield measured(
            "bits",
            "1",
            partial(one.bits, z),
            method=f"log2 of 1 + integral dG / (2 {z:g} sigma(G)), sigma by level; bootstrap over "
            "visits",
            source=source,
            part=f"{z:g} sigma, {one.name}",
        )
    for number, target in enumerate(one.levels):
        part = f"level {number + 1}: {brief(target, SIEMENS)}, {one.name}"
        seen = f"{len(one.of_level(number))} visits"
        yield measured(
            "sigma", "S", partial(one.sigma, number),
            method="sd over visits, chi square", source=seen, part=part,
        )  # fmt: skip
        yield measured(
            "bias", RATIO, partial(one.bias, number),
            method="mean over target, less 1, Student t over visits", source=seen, part=part,
        )  # fmt: skip
    for i, j in zip(*np.nonzero(one.confusion()), strict=True):
        if i != j:
            yield counted(
                "read_as", int(one.confusion()[i, j]), method="visits nearer to that level",
                source=source, part=f"level {i + 1} as level {j + 1}, {one.name}",
            )  # fmt: skip


def _by_order(rows: pd.DataFrame) -> Iterator[Result]:
    """The rms of relative errors, order by order, at once and later."""
    judged = rows[~rows["in_compliance"] & (rows["attempt"] == 1)]
    for phase, when in ((Phase.CHECK, AT_ONCE), (Phase.LATER, LATER)):
        for order, of in judged[judged["phase"] == phase].groupby("order", sort=False):
            error = (of["conductance"] / of["target"] - 1).abs()
            yield measured(
                "median_error",
                RATIO,
                partial(middle, "the median of the errors", error.to_numpy(float)),
                method="median of |mean / target - 1|, interval of order statistics",
                source=f"{len(of)} visits",
                part=f"{order}, {when}",
            )
