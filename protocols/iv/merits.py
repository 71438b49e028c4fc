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

LOW_FIELD = 0.3
"""V; below this the low state is fitted by one line, above twice this by another."""


def merits(rows: pd.DataFrame, recipe: IvRecipe) -> dict[str, float]:
    """Medians over the cycles: switching voltages (V), windows, power (W), slopes of log I.

    ``slope_off_low`` and ``slope_off_high`` are those of the SET side before it sets, below
    0.3 V and from 0.6 V to three quarters of the SET voltage; ``slope_on`` that of the way back.
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
        if side is Side.SET:
            found |= _slopes(rows, abs(found["set_voltage"]))
    on, off = verify_states(rows)
    found["read_window"] = _median(on / off)
    found["largest_current"] = float(rows["current"].abs().max())
    return {name: value for name, value in found.items() if isfinite(value)}


def _slopes(rows: pd.DataFrame, set_voltage: float) -> dict[str, float]:
    swept = rows[(rows["side"] == Side.SET) & ~rows["in_compliance"]]
    low: list[float] = []
    high: list[float] = []
    on: list[float] = []
    for _, of_cycle in swept.groupby("cycle", sort=True):
        for part, window, into in (
            (Part.OUT, (0.0, LOW_FIELD), low),
            (Part.OUT, (2 * LOW_FIELD, 0.75 * set_voltage), high),
            (Part.BACK, (0.0, 1.2), on),
        ):
            into += list(_slope(of_cycle[of_cycle["part"] == part], window))
    return {
        "slope_off_low": _median(np.array(low)),
        "slope_off_high": _median(np.array(high)),
        "slope_on": _median(np.array(on)),
    }


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
