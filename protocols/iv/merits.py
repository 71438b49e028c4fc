"""Figures of merit of voltage sweeps by name, for holding against published numbers."""

from collections.abc import Iterator
from math import isfinite

import numpy as np
import pandas as pd

from mho.merit.regression import line
from mho.merit.samples import FloatArray, NotEnoughData
from mho.protocols.iv.cycles import side_cycles, verify_states
from mho.protocols.iv.point import Part, Side
from mho.protocols.iv.recipe import IvRecipe

LOW_FIELD, HIGH_FIELD, ON = (0.0, 0.3), (0.9, 1.6), (0.0, 1.2)
"""Magnitudes (V) between which log I is fitted by a line: low state twice, high state once."""


def merits(rows: pd.DataFrame, recipe: IvRecipe) -> dict[str, float]:
    """Medians over the cycles: switching voltages (V), windows, power (W), slopes of log I.

    ``slope_off_low`` and ``slope_off_high`` are those of the RESET side on its way back, where the
    low state no longer switches; ``slope_on`` that of the SET side on its way back.
    """
    found: dict[str, float] = {}
    for side in Side:
        cycles = side_cycles(rows, recipe, side)
        if cycles is None:
            continue
        found[f"{side}_voltage"] = _median(cycles.switching)
        found[f"{side}_cycles"] = float(np.isfinite(cycles.switching).sum())
        found[f"{side}_window"] = _median(cycles.on / cycles.off)
        found[f"{side}_power"] = _median(cycles.power)
    found |= _slopes(rows)
    on, off = verify_states(rows)
    found["read_window"] = _median(on / off)
    found["largest_current"] = float(rows["current"].abs().max())
    return {name: value for name, value in found.items() if isfinite(value)}


def _slopes(rows: pd.DataFrame) -> dict[str, float]:
    back = rows[(rows["part"] == Part.BACK) & ~rows["in_compliance"]]
    wanted = {
        "slope_off_low": (Side.RESET, LOW_FIELD),
        "slope_off_high": (Side.RESET, HIGH_FIELD),
        "slope_on": (Side.SET, ON),
    }
    found = {}
    for name, (side, window) in wanted.items():
        cycles = back[back["side"] == side].groupby("cycle", sort=True)
        slopes = [slope for _, points in cycles for slope in _slope(points, window)]
        found[name] = _median(np.array(slopes))
    return found


def _slope(points: pd.DataFrame, window: tuple[float, float]) -> Iterator[float]:
    level = points["level"].abs().to_numpy(dtype=float)
    current = points["current"].abs().to_numpy(dtype=float)
    inside = (level > window[0]) & (level <= window[1]) & (current > 0)
    try:
        fit = line("a slope of log I", np.log(level[inside]), np.log(current[inside]))
    except NotEnoughData:
        return
    yield float(fit.values[0])


def _median(values: FloatArray) -> float:
    finite = values[np.isfinite(values)]
    return float(np.median(finite)) if len(finite) else float("nan")
