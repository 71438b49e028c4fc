"""Figures of merit of ISPP by name, for holding against published numbers."""

import pandas as pd

from mho.protocols.ispp.recipe import IsppRecipe
from mho.protocols.ispp.step import Phase, Verdict


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
