"""Figures of merit of a ladder by name, for holding against published numbers."""

from math import isfinite

import numpy as np
import pandas as pd

from mho.protocols.reset_stop.recipe import ResetStopRecipe
from mho.protocols.reset_stop.report import levels_of


def merits(rows: pd.DataFrame, recipe: ResetStopRecipe) -> dict[str, float]:  # noqa: ARG001
    """Levels, highest and lowest of them (S), smallest gap (S), RSD and its trend with G.

    ``rsd_trend`` is the slope of ln RSD against ln G; negative where lower levels are noisier.
    """
    levels = list(levels_of(rows))
    found = {"levels": float(len(levels))}
    if not levels:
        return found
    conductance = np.array([level.conductance for level in levels])
    rsd = np.array([level.relative_spread for level in levels])
    gaps = [level.gap for level in levels if isfinite(level.gap)]
    found |= {
        "highest": float(conductance.max()),
        "lowest": float(conductance.min()),
        "median_rsd": float(np.median(rsd)),
        "largest_rsd": float(rsd.max()),
    }
    if gaps:
        found["smallest_gap"] = min(gaps)
    if len(levels) > 3 and (rsd > 0).all():
        found["rsd_trend"] = float(np.polyfit(np.log(conductance), np.log(rsd), 1)[0])
    return {name: value for name, value in found.items() if isfinite(value)}
