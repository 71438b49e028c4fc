"""Results of a programming run from its rows: table, figures of merit."""

from collections.abc import Iterator
from functools import partial

import numpy as np
import pandas as pd

from mho.merit.proportion import WILSON, proportion
from mho.merit.reporting import (
    COUNT,
    RATIO,
    average,
    counted,
    measured,
    middle,
    outcome,
    taken_from,
)
from mho.programming.judged import ABORTED, JudgedTarget, judged, judged_targets
from mho.protocols.approach import Verdict
from mho.protocols.breakdown import breakdown_notes
from mho.protocols.delivered import delivered_notes, delivered_results
from mho.protocols.learnt_results import learnt_results
from mho.protocols.program.composite_cells import CONDUCTANCE, composite_values
from mho.protocols.program.recipe import ProgramRecipe
from mho.protocols.program.row import Phase
from mho.protocols.quoting import brief, limited_reads
from mho.quantities import FRACTION, MICROSIEMENS, SECOND, SIEMENS
from mho.result import EXCHANGES, Result
from mho.summary import Summary

_ORDER = "interval of order statistics"


def summary(rows: pd.DataFrame, recipe: ProgramRecipe) -> Summary:
    """One line a target: declared by the algorithm, and true by the mean that judges."""
    table = judged(rows)
    wanted = recipe.repeats * len(recipe.wanted)
    declared = int((table["verdict"] == Verdict.REACHED).sum())
    true, known = int(table["true"].sum()), int(table["true"].notna().sum())
    judge = recipe.judge
    notes = [
        f"{declared} of {wanted} targets declared reached by {recipe.algorithm}, asked for "
        f"{FRACTION.show(recipe.confidence)} confidence",
        f"{true} of {known} judged targets true: the mean of {judge.reads} reads over "
        f"{SECOND.show(judge.lasts)}, begun {SECOND.show(judge.after)} later, is within "
        f"{tolerance_of(recipe)}",
    ]
    false = int(((table["verdict"] == Verdict.REACHED) & (table["true"] == 0)).sum())
    if false:
        notes.append(f"{false} of {declared} declared targets are not true (false accepts)")
    if len(table) < wanted:
        notes.append(f"the run ended before {wanted - len(table)} target(s) began")
    return Summary(
        title=f"Programmed by {recipe.algorithm}",
        headers=("target (uS)", "mean (uS)", "error", "pulses", "reads", "time (s)", "sure",
                 "ended", "true"),
        rows=tuple(map(_cells, judged_targets(rows))),
        notes=(*notes, *breakdown_notes(rows), *limited_reads(rows), *delivered_notes(rows)),
    )  # fmt: skip


def tolerance_of(recipe: ProgramRecipe) -> str:
    """The tolerance in words."""
    if recipe.absolute_tolerance is not None:
        return SIEMENS.show(recipe.absolute_tolerance)
    return f"{FRACTION.show(recipe.tolerance or 0.0)} of the {recipe.tolerance_of}"


def _cells(one: JudgedTarget) -> tuple[str, ...]:
    known = not np.isnan(one.true)
    return (
        f"{MICROSIEMENS.of(one.target):.3f}",
        f"{MICROSIEMENS.of(one.mean):.3f}" if known else "-",
        f"{one.error:+.2%}" if known else "-",
        str(one.pulses),
        str(one.reads),
        f"{one.seconds:.3g}",
        "-" if np.isnan(one.confidence) else f"{one.confidence:.0%}",
        one.verdict,
        ("yes" if one.true else "no") if known else "-",
    )


def results(rows: pd.DataFrame, recipe: ProgramRecipe) -> Iterator[Result]:
    """Declared, true, false accepts; what a target costs; each target; what was learnt."""
    table = judged(rows)
    table.attrs = rows.attrs
    tuning, check = (rows[rows["phase"] == phase] for phase in (Phase.TUNING, Phase.CHECK))
    begun = len(table)
    ended, of = f"last rows of {begun} targets", f"of {begun} targets begun"
    declared = table["verdict"] == Verdict.REACHED
    yield counted("declared", int(declared.sum()), method=f"count {of}", source=ended)
    yield counted("missed", int((~declared).sum()), method=f"count {of}", source=ended)
    share = partial(proportion, int(declared.sum()), begun)
    yield measured("declared_share", RATIO, share, method=f"{WILSON}, {of}", source=ended)
    yield from _true(table, check, recipe)
    yield from _costs(table, of, ended)
    for number, one in enumerate(judged_targets(rows), start=1):
        yield from _results_of(number, one)
    yield from _composite(table, recipe)
    yield from delivered_results(tuning)
    yield from learnt_results(rows["learnt"], recipe.algorithm)


def _true(table: pd.DataFrame, check: pd.DataFrame, recipe: ProgramRecipe) -> Iterator[Result]:
    known = table[table["true"].notna()]
    true, source = int(known["true"].sum()), taken_from(check, "checks")
    of = f"of {len(known)} judged targets, mean within {tolerance_of(recipe)}"
    none = "no target was judged"
    yield measured(
        "true", COUNT, float(true) if len(known) else None,
        method=f"count {of}", source=source, why=none,
    )  # fmt: skip
    share = partial(proportion, true, len(known))
    yield measured("true_share", RATIO, share, method=f"{WILSON}, {of}", source=source)
    said = known[known["verdict"] == Verdict.REACHED]
    false = int((said["true"] == 0).sum())
    yield measured(
        "false_accept_share",
        RATIO,
        partial(proportion, false, len(said)),
        method=f"{WILSON}, of {len(said)} targets declared and judged",
        source=source,
    )
    yield measured(
        "predicted_share",
        RATIO,
        partial(average, "the predicted share", known["confidence"]),
        method="mean of what the algorithm says each judged target is true with, Student t; "
        "calibrated where it is the true share",
        source=source,
    )
    yield measured(
        "median_error",
        RATIO,
        partial(middle, "the median of the errors", known["error"].abs()),
        method=f"median of |mean / target - 1| of {len(known)} targets, {_ORDER}",
        source=source,
    )


_COSTS = (
    ("pulses", COUNT, "pulses"),
    ("looks", COUNT, "looks, those after pulses and those without"),
    ("reads", COUNT, "reads of looks"),
    ("seconds", "s", "time that looks took, and the waits before them"),
    ("stress", "V s", "voltage at the device times width, summed over the pulses"),
    ("energy", "J", "voltage times current times time, pulses and looks"),
)
_NAMES = {"seconds": "observation_time"}


def _costs(table: pd.DataFrame, of: str, source: str) -> Iterator[Result]:
    for column, unit, what in _COSTS:
        values = table[column].to_numpy(dtype=float)
        yield measured(
            f"median_{_NAMES.get(column, column)}",
            unit,
            partial(middle, f"the median of the {column}", values),
            method=f"median {of}, {_ORDER}; {what}",
            source=source,
        )
    most = float(table["pulses"].max()) if len(table) else None
    yield measured("most_pulses", COUNT, most, method=f"largest {of}", source=source)
    exchanges = table.attrs.get(EXCHANGES)
    if exchanges is None or not len(table):
        return
    played = int(table["pulses"].sum() + table["looks"].sum())
    for what, count in ("target", len(table)), ("pulse_and_look", played):
        yield measured(
            f"exchanges_per_{what}",
            COUNT,
            exchanges / count,
            method=f"{exchanges} exchanges with the instruments, opening and closing included, by "
            f"{count} {'targets' if what == 'target' else 'pulses and looks'}",
            source="count of the driver over the whole run",
        )


def _composite(table: pd.DataFrame, recipe: ProgramRecipe) -> Iterator[Result]:
    """The values that the cells so far have together, and how far they are off."""
    composite = recipe.composite
    if composite is None or len(table) < len(composite.values):
        return
    values = composite_values(recipe, composite, table["mean"].to_numpy(dtype=float))
    asked = np.array(composite.values)
    cells = (composite.number or 0) + 1
    method = f"of {cells} cells, each next one counts {composite.factor:g} of the one before"
    source = f"means that judged {cells} cells"
    for number, (value, wanted) in enumerate(zip(values, asked, strict=True), start=1):
        part = f"value {number}: {brief(float(wanted), SIEMENS)}"
        yield measured("composite_value", "S", float(value), method=method, source=source,
                       part=part, why="a cell was not judged")  # fmt: skip
    yield measured(
        "composite_error", RATIO,
        partial(middle, "the median of the errors", abs(values / asked - 1)),
        method=f"median of |value / asked - 1|, {method}, {_ORDER}", source=source,
    )  # fmt: skip


def _results_of(number: int, one: JudgedTarget) -> Iterator[Result]:
    part, source = f"target {number}: {brief(one.target, SIEMENS)}", "rows of that target"
    ended = None if one.verdict == ABORTED else one.verdict
    yield outcome(ended, source=source, part=part)
    yield counted("pulses", one.pulses, method="count", source=source, part=part)
    yield measured(
        CONDUCTANCE,
        "S",
        one.mean,
        method="mean that judges; single reads are not kept: no interval",
        source=source,
        part=part,
        why="it was not judged, or its reads were held by the current limit",
    )
