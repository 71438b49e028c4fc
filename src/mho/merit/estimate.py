"""An estimated value with its 95 % confidence interval, and the intervals of plain samples.

Quantiles come from ``scipy.special``, which scipy loads when it is first asked for: many runs end
without. ``scipy.stats`` takes a second.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import exp, inf, sqrt
from typing import Self

import numpy as np
import scipy

from mho.merit.samples import FloatArray

CONFIDENCE = 0.95
_TAIL = (1 - CONFIDENCE) / 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A value and its 95 % confidence interval, in the unit of the value.

    An interval that the data leave open ends at infinity.
    """

    value: float
    low: float
    high: float

    @classmethod
    def of(cls, value: float, error: float, freedom: float) -> Self:
        """From a standard error with ``freedom`` degrees of freedom (Student t)."""
        half = error * student_quantile(freedom) if freedom > 0 else inf
        return cls(value=value, low=value - half, high=value + half)

    def mapped(self, function: Callable[[float], float]) -> "Estimate":
        """The same interval seen through a monotone function."""
        low, high = sorted((function(self.low), function(self.high)))
        return Estimate(value=function(self.value), low=low, high=high)

    def covers(self, truth: float) -> bool:
        """Whether the interval contains a value, its ends included."""
        return self.low <= truth <= self.high


def exponential(logarithm: float) -> float:
    """Exponential for the ends of wide intervals: infinite instead of an overflow."""
    return exp(logarithm) if logarithm < 700 else inf


def student_quantile(freedom: float) -> float:
    """Half width of the 95 % interval in standard errors."""
    return float(scipy.special.stdtrit(freedom, 1 - _TAIL))


def mean(values: FloatArray) -> Estimate:
    """Arithmetic mean of independent values; Student t interval, open for one value."""
    count = len(values)
    if count < 2:
        return Estimate(value=float(values[0]), low=-inf, high=inf)
    return Estimate.of(
        float(np.mean(values)), float(np.std(values, ddof=1)) / sqrt(count), count - 1
    )


def median(values: FloatArray) -> Estimate:
    """Median of independent values; interval from order statistics (binomial).

    It needs no distribution, and is open below six values.
    """
    ordered, count = np.sort(values), len(values)
    if count < 6:
        return Estimate(value=float(np.median(ordered)), low=-inf, high=inf)
    below = scipy.special.bdtr(np.arange(count), count, 0.5)
    rank = int(np.searchsorted(below, _TAIL, side="right"))
    low, high = float(ordered[rank - 1]), float(ordered[count - rank])
    return Estimate(value=float(np.median(ordered)), low=low, high=high)


def deviation(value: float, freedom: float) -> Estimate:
    """Interval of a standard deviation with ``freedom`` degrees of freedom (chi square)."""
    if freedom <= 0:
        return Estimate(value=value, low=0.0, high=inf)
    return Estimate(
        value=value,
        low=value * sqrt(freedom / float(scipy.special.chdtri(freedom, _TAIL))),
        high=value * sqrt(freedom / float(scipy.special.chdtri(freedom, 1 - _TAIL))),
    )


def quantiles(value: float, resampled: FloatArray) -> Estimate:
    """Interval between the 2.5 % and 97.5 % quantiles of resampled values (bootstrap)."""
    low, high = np.quantile(resampled, (_TAIL, 1 - _TAIL))
    return Estimate(value=value, low=float(low), high=float(high))
