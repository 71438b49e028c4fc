"""Results of an ISPP run from its rows: table, figures of merit and progress."""

from collections.abc import Iterator

import pandas as pd

from mho.protocols.ispp.recipe import Check, IsppRecipe
from mho.protocols.ispp.row import END_REASONS, Phase, Verdict
from mho.protocols.quoting import limited_reads
from mho.quantities import FRACTION, MICROSIEMENS, SECOND
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
        notes=(*notes, *limited_reads(rows)),
    )


def merits(rows: pd.DataFrame, recipe: IsppRecipe) -> dict[str, float]:
    """Targets declared and true (counts), pulses of the slowest and the median target."""
    tuning, check = (rows[rows["phase"] == phase] for phase in (Phase.TUNING, Phase.CHECK))
    last = tuning.groupby("target_index").last()
    found = {
        "declared": float((last["verdict"] == Verdict.REACHED).sum()),
        "missed": float((last["verdict"] != Verdict.REACHED).sum()),
        "most_pulses": float(last["pulse"].max()),
        "median_pulses": float(last["pulse"].median()),
    }
    if len(check):
        error = (check["conductance"] / check["target"] - 1).abs()
        found["true"] = float((error <= recipe.tolerance).sum())
        found["median_error"] = float(error.median())
    return found


def by_target(rows: pd.DataFrame) -> Iterator[tuple[float, pd.DataFrame, pd.DataFrame]]:
    """Each target (S) in turn, with its tuning rows and its check row, if there is one."""
    for _, of_target in rows.groupby("target_index", sort=True):
        tuning = of_target[of_target["phase"] == Phase.TUNING]
        check = of_target[of_target["phase"] == Phase.CHECK]
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
