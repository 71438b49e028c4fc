"""Results of an ISPP run from its rows: table, figures of merit and progress."""

from collections.abc import Iterator
from functools import partial

import numpy as np
import pandas as pd

from mho.merit.proportion import WILSON, proportion
from mho.merit.reporting import (
    COUNT,
    RATIO,
    counted,
    measured,
    middle,
    outcome,
    taken_from,
    where,
)
from mho.protocols.approach import END_REASONS, Verdict
from mho.protocols.delivered import delivered_notes, delivered_results
from mho.protocols.ispp.recipe import Check, IsppRecipe
from mho.protocols.ispp.row import Phase
from mho.protocols.quoting import limited_reads
from mho.quantities import FRACTION, MICROSIEMENS, SECOND, SIEMENS
from mho.result import Result
from mho.summary import Summary


def summary(rows: pd.DataFrame, recipe: IsppRecipe) -> Summary:
    """One line a target: reached at the last verify read, and truly by the check."""
    cells = [_cells(target, recipe, tuning, check) for target, tuning, check in by_target(rows)]
    done = sum(row[6] == Verdict.REACHED for row in cells)
    true = sum(row[7] == "yes" for row in cells)
    notes = [
        f"{done} of {len(recipe.targets)} targets declared within {FRACTION.show(recipe.tolerance)}"
    ]
    if recipe.check is not None:
        check = recipe.check
        notes.append(
            f"{true} of {len(recipe.targets)} true: the mean of {check.reads} reads over "
            f"{_span(check)}, begun {SECOND.show(check.delay)} later, is within it"
        )
    if len(cells) < len(recipe.targets):
        notes.append(f"the run ended before {len(recipe.targets) - len(cells)} target(s) began")
    return Summary(
        title="ISPP: conductance tuned to target",
        headers=(
            "target (uS)",
            "reached (uS)",
            "mean (uS)" if recipe.check is None else f"{_span(recipe.check)} mean (uS)",
            "true error",
            "pulses",
            "reads",
            "ended",
            "true",
        ),
        rows=tuple(cells),
        notes=(*notes, *limited_reads(rows), *delivered_notes(rows)),
    )


def results(rows: pd.DataFrame, recipe: IsppRecipe) -> Iterator[Result]:
    """Targets declared and true (counts and shares), pulses, errors; each target by itself."""
    tuning, check = (where(rows, rows["phase"] == phase) for phase in (Phase.TUNING, Phase.CHECK))
    last = tuning.drop_duplicates("target_index", keep="last")
    reached = (last["verdict"] == Verdict.REACHED).to_numpy(bool)
    begun, declared = len(last), int(reached.sum())
    ended = f"last tuning row of {begun} targets"
    of = f"of {begun} targets begun"
    yield counted("declared", declared, method=f"count {of}", source=ended)
    yield counted("missed", begun - declared, method=f"count {of}", source=ended)
    share = partial(proportion, declared, begun)
    yield measured("declared_share", RATIO, share, method=f"{WILSON}, {of}", source=ended)
    pulses = last["pulse"].to_numpy(dtype=float)
    most = float(pulses.max()) if begun else None
    yield measured("most_pulses", COUNT, most, method=f"largest {of}", source=ended)
    yield measured(
        "median_pulses",
        COUNT,
        partial(middle, "the median of the pulses", pulses),
        method=f"median {of}, interval of order statistics",
        source=ended,
    )
    missed = last["target_index"].to_numpy()[~reached]
    turns = [
        float(np.count_nonzero(np.diff(np.sign(tuning.loc[of_target, "amplitude"]))))
        for of_target in (tuning["target_index"] == index for index in missed)
    ]
    yield measured(
        "reversals",
        COUNT,
        partial(middle, "the median of the reversals", turns) if turns else None,
        method=f"changes of polarity in a target that was missed, median of {len(turns)}",
        source=f"{len(tuning)} tuning rows",
        why=f"changes of polarity are counted in targets that were missed, and none of {begun} "
        "was; with a smaller tolerance or budget some would be",
    )
    yield from _true(check, recipe)
    for number, (target, of_tuning, of_check) in enumerate(by_target(rows), start=1):
        yield from _of_target(f"target {number}: {SIEMENS.show(target)}", of_tuning, of_check)
    yield from delivered_results(tuning)


def _true(check: pd.DataFrame, recipe: IsppRecipe) -> Iterator[Result]:
    if recipe.check is None:
        return
    error = (check["conductance"] / check["target"] - 1).abs().to_numpy(dtype=float)
    known = error[np.isfinite(error)]
    true, source = int((known <= recipe.tolerance).sum()), taken_from(check, "checks")
    of = f"of {len(known)} checked targets, mean within {FRACTION.show(recipe.tolerance)}"
    yield measured("true", COUNT, float(true), method=f"count {of}", source=source)
    share = partial(proportion, true, len(known))
    yield measured("true_share", RATIO, share, method=f"{WILSON}, {of}", source=source)
    yield measured(
        "median_error",
        RATIO,
        partial(middle, "the median of the errors", error),
        method=f"median of |mean / target - 1| of {len(known)} targets, order statistics",
        source=source,
    )


def _of_target(part: str, tuning: pd.DataFrame, check: pd.DataFrame) -> Iterator[Result]:
    if not len(tuning):
        return
    last, source = tuning.tail(1), f"{len(tuning)} tuning rows"
    verdict = str(last["verdict"].iloc[0])
    yield outcome(verdict if verdict in END_REASONS else None, source=source, part=part)
    pulses = int(last["pulse"].iloc[0])
    yield counted("pulses", pulses, method="count", source=source, part=part)
    if len(check):
        reads = int(check["reads"].iloc[0])
        yield measured(
            "conductance",
            "S",
            float(check["conductance"].iloc[0]),
            method=f"mean of {reads} reads after a delay; single reads are not kept: no interval",
            source=taken_from(check, "checks"),
            part=part,
        )


def by_target(rows: pd.DataFrame) -> Iterator[tuple[float, pd.DataFrame, pd.DataFrame]]:
    """Each target (S) in turn, with its tuning rows and its check row, if there is one."""
    index = rows["target_index"].to_numpy()
    for number in np.unique(index):
        of_target = where(rows, index == number)
        tuning = where(of_target, of_target["phase"] == Phase.TUNING)
        check = where(of_target, of_target["phase"] == Phase.CHECK)
        yield float(of_target["target"].iloc[0]), tuning, check


def _cells(
    target: float, recipe: IsppRecipe, tuning: pd.DataFrame, check: pd.DataFrame
) -> tuple[str, ...]:
    last = tuning.iloc[-1]
    ended = str(last["verdict"])
    if ended not in END_REASONS:
        ended = str(Verdict.ABORTED)
    mean = float(check["conductance"].iloc[0]) if len(check) else None
    error = None if mean is None else mean / target - 1
    true = "-" if error is None else "yes" if abs(error) <= recipe.tolerance else "no"
    return (
        f"{MICROSIEMENS.of(target):.3f}",
        f"{MICROSIEMENS.of(last['conductance']):.3f}",
        "-" if mean is None else f"{MICROSIEMENS.of(mean):.3f}",
        "-" if error is None else f"{error:+.2%}",
        str(int(last["pulse"])),
        str(int(tuning["reads"].sum())),
        ended,
        true,
    )


def _span(check: Check) -> str:
    return SECOND.show(check.reads * check.interval)
