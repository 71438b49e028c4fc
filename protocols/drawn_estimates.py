"""How a figure shows an estimate: a value with its interval, and a fit only where there is one."""

from collections.abc import Iterable, Sequence
from math import isfinite

import numpy as np
import pandas as pd

from mho.figure import Band, Line
from mho.merit.estimate import Estimate, mean

FEWEST = 3
"""Values of which a mean has an interval that is worth drawing: that of two is 13 sd wide."""

_MOST = 100.0
"""Ratio of the ends of the interval of a constant, from which on the data do not determine it."""


def of_mean(values: Iterable[float]) -> Estimate:
    """Mean of independent values with its 95 % interval, open for fewer than three."""
    finite = np.array([value for value in values if isfinite(value)])
    if not len(finite):
        return Estimate(value=float("nan"), low=float("-inf"), high=float("inf"))
    if len(finite) < FEWEST:
        return Estimate(value=float(np.mean(finite)), low=float("-inf"), high=float("inf"))
    return mean(finite)


def points(
    x: Sequence[float], estimates: Sequence[Estimate], *, series: int | None = 0, label: str = ""
) -> Line:
    """Estimates as points with error bars."""
    return Line(
        x=x,
        y=[one.value for one in estimates],
        low=[one.low for one in estimates],
        high=[one.high for one in estimates],
        series=series,
        label=label,
        style="points",
    )


def means(table: pd.DataFrame, x: str, y: str, *, series: int | None = 0, label: str = "") -> Line:
    """The mean of column ``y`` at each ``x``, as points with error bars."""
    found = [(float(str(at)), of_mean(part)) for at, part in table.groupby(x, sort=True)[y]]
    return points([at for at, _ in found], [one for _, one in found], series=series, label=label)


def across(
    estimate: Estimate, ends: tuple[float, float], *, series: int | None = 0, label: str = ""
) -> tuple[Line, tuple[Band, ...]]:
    """A value from one end to the other, dashed, with its interval as a band."""
    line = Line(x=ends, y=[estimate.value] * 2, series=series, label=label, style="dashed")
    if not (isfinite(estimate.low) and isfinite(estimate.high)):
        return line, ()
    band = Band(x=ends, low=[estimate.low] * 2, high=[estimate.high] * 2, series=series)
    return line, (band,)


def why_no_decay(what: str, amplitude: Estimate, constant: Estimate, r2: float) -> str:
    """Why the data do not support an exponential; empty where they do.

    They do where its amplitude is told from zero and its constant is known within two decades.
    """
    if not (isfinite(amplitude.low) and isfinite(amplitude.high)) or amplitude.covers(0.0):
        return f"{what} is not drawn: its amplitude is not told from 0 (R2 {r2:.2g})"
    if not isfinite(constant.high) or constant.high > _MOST * max(constant.low, 0.0):
        return f"{what} is not drawn: the data do not determine its constant (R2 {r2:.2g})"
    return ""
