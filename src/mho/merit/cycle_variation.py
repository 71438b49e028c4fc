"""Cycle-to-cycle variation of pulse traces: sd per pulse number, and sd per step."""

from dataclasses import dataclass
from math import log, sqrt

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

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
        The largest of a smooth sigma_c(n) (S), and its n; jackknife interval over whole cycles. A
        smooth curve has no largest value by chance, as the largest of many single ones is.
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


_SHRINKAGE = 1.25
"""Times the noise of the shape of ln sigma(n) that is taken off it."""

_SMOOTH = 3
"""Coefficients of ln sigma(n): a parabola in the pulse number."""

_FEWEST_CYCLES = 4


def _largest(g: FloatArray, sigma: FloatArray, reads: FloatArray) -> tuple[Estimate, int]:
    """Largest value of a smooth sigma_c(n), with a jackknife interval over whole cycles.

    With fewer than four complete cycles, or too few pulses for a smooth curve, it is the largest
    single one, with the chi-square interval of its cycles.
    """
    whole = g[np.all(np.isfinite(g), axis=1)]
    moving = np.ptp(whole, axis=0) > 0 if len(whole) else np.zeros(g.shape[1], dtype=bool)
    if len(whole) < _FEWEST_CYCLES or np.count_nonzero(moving) <= 2 * _SMOOTH:
        at = int(np.nanargmax(sigma))
        return deviation(float(sigma[at]), int(reads[at]) - 1), at
    place = np.linspace(-1, 1, g.shape[1])[moving]
    whole = whole[:, moving]
    full = _smooth(place, whole)
    parts = np.array([_smooth(place, np.delete(whole, one, 0)) for one in range(len(whole))])
    away, cycles = parts - parts.mean(axis=0), len(whole)
    covariance = (cycles - 1) / cycles * away.T @ away
    power = np.array([1 / (2 * degree + 1) for degree in range(1, _SMOOTH)])
    noise = float(np.diag(covariance)[1:] @ power)
    seen = float(full[1:] ** 2 @ power)
    keep = max(0.0, 1 - _SHRINKAGE * noise / seen) if seen > 0 else 0.0

    def curve(coefficients: FloatArray) -> FloatArray:
        shrunk = np.append(coefficients[0], keep * coefficients[1:])
        return np.asarray(np.polynomial.legendre.legval(place, shrunk), dtype=np.float64)

    tops = np.array([float(np.max(curve(part))) for part in parts])
    error = sqrt((cycles - 1) / cycles * float(np.sum((tops - tops.mean()) ** 2)))
    smooth = curve(full)
    top = Estimate.of(float(np.max(smooth)), error, cycles - 1).mapped(exponential)
    return top, int(np.flatnonzero(moving)[np.argmax(smooth)])


def _smooth(place: FloatArray, g: FloatArray) -> FloatArray:
    """Legendre coefficients of ln sigma(n), corrected for the bias of ln chi square."""
    half = (len(g) - 1) / 2
    variance = np.var(g, axis=0, ddof=1)
    logs = np.log(np.maximum(variance, float(np.max(variance)) * 1e-12))
    logs = logs - (special.digamma(half) - log(half))
    return np.asarray(np.polynomial.legendre.legfit(place, logs / 2, _SMOOTH - 1), dtype=np.float64)


def _columns(g: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Sd (n - 1), count and mean of every column's finite values; NaN where there are too few."""
    finite = np.isfinite(g)
    count = np.sum(finite, axis=0).astype(np.float64)
    known = np.where(count > 0, count, np.nan)
    means = np.sum(np.where(finite, g, 0.0), axis=0) / known
    squares = np.sum(np.where(finite, g - means, 0.0) ** 2, axis=0)
    return np.sqrt(squares / np.where(count > 1, count - 1, np.nan)), count, means
