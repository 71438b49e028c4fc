"""How a figure of merit scatters over cycles (C2C) or devices (D2D)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from mho.merit.estimate import Estimate, deviation, mean, median
from mho.merit.samples import NotEnoughData, usable


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Location and scatter, in the unit of the values.

    Attributes
    ----------
    relative
        sd over the magnitude of the mean; the D2D figure when multiplied by 100 %.
    robust_deviation
        1.4826 times the median absolute deviation: the sd of normal values, blind to outliers.
    ignored
        Values that were not finite.
    """

    mean: Estimate
    median: Estimate
    deviation: Estimate
    relative: float
    robust_deviation: float
    smallest: float
    largest: float
    points: int
    ignored: int
    source: str


def spread(values: ArrayLike, *, what: str = "the spread") -> Spread:
    """Statistics of independent values, one per cycle or per device.

    Intervals: Student t for the mean, order statistics for the median (no distribution assumed),
    chi square for the sd (normal values assumed).

    Raises
    ------
    NotEnoughData
        Fewer than two finite values, or a mean of zero (nothing to be relative to).
    """
    (used,), ignored = usable(what, 2, values=values)
    centre = mean(used)
    if centre.value == 0:
        raise NotEnoughData(f"{what}: the mean is zero, a relative sd has no meaning")
    sd = float(np.std(used, ddof=1))
    middle = median(used)
    return Spread(
        mean=centre,
        median=middle,
        deviation=deviation(sd, len(used) - 1),
        relative=sd / abs(centre.value),
        robust_deviation=1.4826 * float(np.median(np.abs(used - middle.value))),
        smallest=float(np.min(used)),
        largest=float(np.max(used)),
        points=len(used),
        ignored=ignored,
        source="mean, median, sd (n - 1) and 1.4826 MAD over cycles or devices",
    )
