"""Figures of merit of a retention run by name, for holding against published numbers."""

from functools import partial

import numpy as np
import pandas as pd

from mho.merit.retention import relative_change
from mho.merit.spread import spread
from mho.protocols.quoting import answered
from mho.protocols.retention.recipe import RetentionRecipe
from mho.protocols.retention.report import held_time, levels_of


def merits(rows: pd.DataFrame, recipe: RetentionRecipe) -> dict[str, float]:
    """Over all levels: largest change and drift exponent, RSD, and the time (s) held by all."""
    levels = list(levels_of(rows, recipe))
    reasons: list[str] = []
    named: dict[str, list[float]] = {"change": [], "nu": [], "rsd": []}
    for level in levels:
        change = answered(
            partial(relative_change, level.age, level.conductance, share=0.1), reasons
        )
        law = answered(level.law, reasons)
        scatter = answered(partial(spread, level.conductance), reasons)
        named["change"] += [] if change is None else [change.change.value]
        named["nu"] += [] if law is None else [law.nu.value]
        named["rsd"] += [] if scatter is None else [scatter.relative]
    found = {
        f"largest_{name}": float(max(values, key=abs)) for name, values in named.items() if values
    }
    if named["rsd"]:
        found["median_rsd"] = float(np.median(named["rsd"]))
    held = [answered(partial(held_time, level, recipe), reasons) for level in levels]
    if held and None not in held:
        found["held_time"] = min(time for time in held if time is not None)
    return found
