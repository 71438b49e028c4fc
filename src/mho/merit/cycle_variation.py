"""Cycle-to-cycle variation of pulse traces: sd per pulse number, and sd per step."""

from dataclasses import dataclass
from functools import cache
from math import inf, sqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.ndimage import uniform_filter1d

from mho.merit.estimate import Estimate, deviation, exponential
from mho.merit.samples import FloatArray, NotEnoughData


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleVariation:
    """Scatter of one branch over cycles. Read noise is part of every figure.

    Attributes
    ----------
    per_pulse
        sigma_c(n) (S): sd over cycles of the conductance after n pulses, shape (pulses + 1,); NaN
        where fewer than two cycles were read.
    largest, largest_at
        The largest sigma_c(n) (S), and its n; jackknife interval over whole cycles. It is found on
        most of the cycles and measured on the others, so that it is not the largest by chance.
    per_step
        sd of a step over cycles, pooled over pulse numbers (S). The interval takes steps as
        independent; read noise, which two steps share, makes it slightly narrow.
    step_over_range
        NeuroSim's convention: per_step / (Gmax - Gmin) of the mean trace.
    step_over_mean
        per_step / mean size of a step.
    """

    per_pulse: tuple[float, ...]
    largest: Estimate
    largest_at: int
    per_step: Estimate
    step_over_range: Estimate
    step_over_mean: Estimate
    cycles: int
    points: int
    ignored: int
    source: str


def cycle_variation(conductance: ArrayLike) -> CycleVariation:
    """Variation over cycles of one branch.

    Parameters
    ----------
    conductance
        Shape (cycles, pulses + 1), in S; NaN for a read that is missing.

    Raises
    ------
    NotEnoughData
        No pulse number with two finite reads, no step with two finite sizes, or a mean trace that
        does not move.
    ValueError
        Not two-dimensional.
    """
    what = "the cycle-to-cycle variation"
    g = np.asarray(conductance, dtype=np.float64)
    if g.ndim != 2:
        raise ValueError(f"{what} takes an array (cycles, pulses + 1); got shape {g.shape}")
    g = np.where(np.isfinite(g), g, np.nan)
    sigma, reads, levels = _columns(g)
    step_sd, steps, step_means = _columns(np.diff(g, axis=1))
    if not np.any(reads > 1) or not np.any(steps > 1):
        raise NotEnoughData(f"{what} needs two cycles with two successive reads; got {g.shape}")
    travelled = float(np.nanmax(levels) - np.nanmin(levels))
    step_size = abs(float(np.nanmean(step_means)))
    if travelled == 0 or step_size == 0:
        raise NotEnoughData(
            f"{what}: the mean trace does not move, there is no step to compare with"
        )
    largest, at = _largest(g, sigma, reads)
    freedom = steps[steps > 1] - 1
    pooled = float(np.sqrt(np.sum(freedom * step_sd[steps > 1] ** 2) / np.sum(freedom)))
    per_step = deviation(pooled, int(np.sum(freedom)))
    return CycleVariation(
        per_pulse=tuple(sigma.tolist()),
        largest=largest,
        largest_at=at,
        per_step=per_step,
        step_over_range=per_step.mapped(lambda sd: sd / travelled),
        step_over_mean=per_step.mapped(lambda sd: sd / step_size),
        cycles=len(g),
        points=int(np.sum(reads)),
        ignored=int(g.size - np.sum(reads)),
        source="sigma_c(n) = sd over cycles of G(n); sd(dG) pooled over n, over Gmax - Gmin"
        " and over mean(dG)",
    )


_FEWEST_CYCLES = 4
_WIDTHS = (3, 7, 15)
"""Successive pulse numbers whose variances are averaged to find where the cycles scatter most: few
for a narrow hump, many where reads scatter independently."""

_FOLDS, _REPEATED = 5, 12
"""Of the cross-validation: cycles are divided into so many parts, so many times."""

_TRIANGLE = 1 / sqrt(24)
"""Sd of what lies between two ends, most likely in their middle (JCGM 100:2008, 4.3.9)."""


def _largest(g: FloatArray, sigma: FloatArray, reads: FloatArray) -> tuple[Estimate, int]:
    """Largest sigma_c(n), and where it is; with an interval over whole cycles.

    Most of the cycles say at which pulse number they scatter most, the others how much they scatter
    there: the mean variance over such splits (five-fold cross-validation, repeated). The largest of
    many deviations is too large by chance where it is found and measured on the same cycles. A
    place found amiss makes the result too small, one chosen by the result too large: it is the
    geometric mean of what the narrowest of several widths finds and of what the best one finds, and
    the distance of the two is a part of its error. The other part is a jackknife over cycles (B.
    Efron, The jackknife, the bootstrap and other resampling plans, 1982, ch. 3) with the places
    left where all cycles put them: at a largest scatter the place matters little, while places
    found anew jump from cycle to cycle where reads scatter alike everywhere. With fewer than four
    complete cycles it is the largest single one, with the chi-square interval of its cycles.
    """
    whole = g[np.all(np.isfinite(g), axis=1)]
    cycles = len(whole)
    if cycles < _FEWEST_CYCLES:
        at = int(np.nanargmax(sigma))
        return deviation(float(sigma[at]), int(reads[at]) - 1), at
    finders = _finders(cycles)
    found = _variances(whole, finders)
    places = np.array([np.argmax(_smooth(found, width), axis=1) for width in _WIDTHS])
    measured = _measured(whole, ~finders, places)
    best = int(np.argmax(measured))
    everyone = _variances(whole, np.ones((1, cycles), dtype=bool))
    at = int(np.argmax(_smooth(everyone, _WIDTHS[best])[0]))
    if measured[best] == 0:
        return Estimate(value=0.0, low=0.0, high=inf), at
    used, least = places[[0, best]], float(measured[best]) * 1e-12

    def logarithms(others: NDArray[np.bool_]) -> FloatArray:
        return np.asarray(np.log(np.maximum(_measured(whole, others, used), least)) / 2)

    narrow, wide = logarithms(~finders)
    parts = [
        float(np.mean(logarithms(~finders & (np.arange(cycles) != one)))) for one in range(cycles)
    ]
    scatter = (cycles - 1) / cycles * float(np.sum((np.array(parts) - np.mean(parts)) ** 2))
    error = sqrt(scatter + (_TRIANGLE * float(wide - narrow)) ** 2)
    return Estimate.of(float(narrow + wide) / 2, error, cycles - 1).mapped(exponential), at


def _measured(g: FloatArray, others: NDArray[np.bool_], places: NDArray[np.int64]) -> FloatArray:
    """Of each row of places, the mean variance there of the cycles that each split has left."""
    enough = np.sum(others, axis=1) > 1
    variances = _variances(g, others[enough])
    return np.asarray(np.mean(variances[np.arange(len(variances)), places[:, enough]], axis=1))


def _variances(g: FloatArray, chosen: NDArray[np.bool_]) -> FloatArray:
    """Variance (n - 1) of every column over the cycles chosen by each row."""
    away = g - g.mean(axis=0)
    share = chosen.astype(np.float64)
    count = share.sum(axis=1)[:, None]
    squares = share @ away**2 - (share @ away) ** 2 / count
    return np.asarray(np.maximum(squares, 0.0) / (count - 1), dtype=np.float64)


def _smooth(variances: FloatArray, width: int) -> FloatArray:
    """Of every pulse number, the mean with those beside it."""
    return np.asarray(uniform_filter1d(variances, width, axis=1, mode="nearest"), dtype=np.float64)


@cache
def _finders(cycles: int) -> NDArray[np.bool_]:
    """Splits that leave each cycle out equally often, two of them at least; always the same."""
    draw, folds = np.random.default_rng(cycles), min(_FOLDS, cycles // 2)
    left_out = [
        part for _ in range(_REPEATED) for part in np.array_split(draw.permutation(cycles), folds)
    ]
    return np.array([~np.isin(np.arange(cycles), part) for part in left_out])


def _columns(g: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Sd (n - 1), count and mean of every column's finite values; NaN where there are too few."""
    finite = np.isfinite(g)
    count = np.sum(finite, axis=0).astype(np.float64)
    known = np.where(count > 0, count, np.nan)
    means = np.sum(np.where(finite, g, 0.0), axis=0) / known
    squares = np.sum(np.where(finite, g - means, 0.0) ** 2, axis=0)
    return np.sqrt(squares / np.where(count > 1, count - 1, np.nan)), count, means
