"""Errors of means and slopes of evenly spaced reads whose noise is slower than the reads are.

Neighbouring reads of a device with telegraph or 1/f noise are alike, so that n reads are worth far
fewer than n. How alike they are is taken from the record itself: white noise plus Lorentzians, by
the likelihood of its periodogram (P. Whittle, 1953). Noise slower than the record cannot be seen in
it; some decades below it are taken to be as strong as the slowest decade that is seen.
"""

from dataclasses import dataclass
from math import exp, inf, log, sqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from mho.merit.estimate import Estimate, exponential
from mho.merit.samples import FloatArray, is_constant, usable

FEWEST = 16
"""Reads from which on correlation is looked for; fewer are taken as independent."""

_PER_DECADE = 3
"""Time constants a decade, from half a read to the whole record."""

_SHARED = np.array([1.0, 4.0, 6.0, 4.0, 1.0]) / 16
"""How neighbouring time constants share their variance: no dip of the likelihood is believed. Wider
sharing finds noise as slow as the record where it ends well within."""

BELOW_A_MEAN, BELOW_A_CHANGE, BELOW_A_LEVEL = 3.0, 5.0, 8.0
"""Decades of flicker noise that are added below the record, as if three times as slow as it is
long. A mean is moved by all of it. A difference within the record is moved little, and many cost
little. The level of a fitted law is moved, and the law has taken up a part of what could be
seen."""

_SLOW_FREEDOM = 3.0
"""Degrees of freedom granted to the slowest noise at least."""

_TELEGRAPH, _MANY = 0.7, 25.0
"""Share of the freedom of a variance that is lost where visits to a telegraph state carry it and
are few, and the freedom with which they are no longer few."""

_ITERATIONS = 100
_ALTERNATING = 1e-12
"""Of the variance below the highest frequency: less is rounding, and nothing there is slow."""

_SIGNIFICANT = 0.95
"""Probability with which white noise is told from slow noise before the record is called white."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Colour:
    """The covariance of evenly spaced reads: a sum of exponentials.

    Attributes
    ----------
    variances, correlations
        Shape (parts,): variance of each part, and its correlation from read to read; 0 is white.
    likeliest
        The variances without what neighbours share: noise that is much slower than the reads is
        left out where the record hardly shows it, which matters to a mean and not to a variance.
    reads
        Length of the record it was taken from.
    """

    variances: FloatArray
    correlations: FloatArray
    likeliest: FloatArray
    reads: int

    @property
    def times(self) -> FloatArray:
        """Time constants in reads; 0 for white noise."""
        return _times(self.correlations)

    @property
    def is_white(self) -> bool:
        """Whether no correlation is seen."""
        return len(self.correlations) == 1


def colour(reads: FloatArray) -> Colour:
    """The noise of a record about its mean, shape (n,), one read an interval."""
    n, away = len(reads), reads - np.mean(reads)
    variance = float(away @ away) / max(n - 1, 1)
    alone = np.array([variance])
    white = Colour(variances=alone, correlations=np.zeros(1), likeliest=alone, reads=n)
    if n < FEWEST or is_constant(reads):
        return white
    power, counts, cosine = _binned_periodogram(away)
    if power.max() < _ALTERNATING * variance:
        return white
    rates = np.geomspace(0.5, n, max(int(_PER_DECADE * np.log10(2 * n)), 2) + 1)
    r = np.concatenate([[0.0], np.exp(-1 / rates)])
    shapes = (1 - r * r)[:, None] / (1 - 2 * r[:, None] * cosine + (r * r)[:, None])
    parts = np.full(len(r), variance / len(r))
    for _ in range(_ITERATIONS):
        spectrum = parts @ shapes
        parts = parts * np.sqrt(
            (shapes @ (counts * power / spectrum**2)) / (shapes @ (counts / spectrum))
        )
    if not _is_coloured(power, counts, parts @ shapes):
        return white
    padded, shared = np.pad(parts[1:], len(_SHARED) // 2, mode="edge"), parts.copy()
    shared[1:] = np.convolve(padded, _SHARED, "valid")
    return Colour(variances=shared, correlations=r, likeliest=parts, reads=n)


def error_of(
    weights: FloatArray, noise: Colour, *, below: float = BELOW_A_MEAN
) -> tuple[float, float]:
    """Standard error and degrees of freedom of the sum of weights x reads, shape (n,).

    ``below`` is how many decades of noise slower than the record are added.
    """
    n, lags = len(weights), np.arange(len(weights))
    if noise.is_white:
        return sqrt(float(noise.variances[0]) * float(weights @ weights)), max(n - 1, 1)
    size = 1 << (2 * n - 1).bit_length()
    overlap = np.fft.irfft(np.abs(np.fft.rfft(weights, size)) ** 2, size)[:n]

    def squared(correlation: float) -> float:
        if correlation == 0:
            return float(overlap[0])
        return max(float(overlap[0] + 2 * (overlap[1:] @ correlation ** lags[1:])), 0.0)

    parts = noise.variances * [squared(r) for r in noise.correlations]
    slowest = float(noise.variances[noise.times > n / 10].sum())
    unseen = below * slowest * squared(float(np.exp(-1 / (3 * n))))
    parts = np.append(parts, unseen)
    slow = np.maximum(_SLOW_FREEDOM, n / (np.pi * np.maximum(noise.times[1:], 0.3)))
    freedom = np.concatenate([[n - 1.0], slow, [_SLOW_FREEDOM]])
    total = float(parts.sum())
    if total == 0:
        return 0.0, inf
    return sqrt(total), total**2 / float(np.sum(parts**2 / freedom))


def mean_of_record(reads: ArrayLike) -> Estimate:
    """Mean of a record in the long run, shape (n,); reads that are not finite are left out.

    Raises
    ------
    NotEnoughData
        No finite read.
    """
    (used,), _ = usable("the mean of a record", 1, reads=reads)
    centre = float(np.mean(used))
    if len(used) < 2:
        return Estimate(value=centre, low=-inf, high=inf)
    return Estimate.of(centre, *error_of(np.full(len(used), 1 / len(used)), colour(used)))


def ratio_of_records(upper: FloatArray, lower: FloatArray) -> Estimate:
    """Ratio of the long-run means of two records of positive reads.

    The interval is that of the logarithm (delta method, Welch's degrees of freedom), from 0 to
    infinity where a record holds one read.
    """
    value = float(np.mean(upper) / np.mean(lower))
    if min(len(upper), len(lower)) < 2:
        return Estimate(value=value, low=0.0, high=inf)
    parts = [_relative_error(reads) for reads in (upper, lower)]
    variance = sum(error**2 for error, _ in parts)
    if variance == 0:
        return Estimate(value=value, low=value, high=value)
    freedom = variance**2 / sum(error**4 / freedom for error, freedom in parts)
    return Estimate.of(log(value), sqrt(variance), freedom).mapped(exponential)


def _relative_error(reads: FloatArray) -> tuple[float, float]:
    return error_of(np.full(len(reads), 1 / len(reads)), colour(reads / np.mean(reads)))


def slowest_share(noise: Colour) -> float:
    """Share of the variance of the mean that the slowest decade carries.

    Above a half the noise is slower than the record: its mean says little of the long run.
    """
    if noise.is_white:
        return 0.0
    n, r = noise.reads, noise.correlations
    apart = np.maximum(1 - r, 1e-12)
    of_mean = ((1 + r) / apart - 2 * r * (1 - r**n) / (n * apart**2)) / n
    parts = noise.variances * np.where(r > 0, of_mean, 1 / n)
    return float(parts[noise.times > n / 10].sum() / parts.sum())


def freedom_of_variance(noise: Colour) -> float:
    """Degrees of freedom of the variance of a record (about its mean)."""
    n = noise.reads
    if noise.is_white:
        return n - 1.0
    lags = np.arange(n)
    covariance = np.zeros(n)
    for variance, r in zip(noise.likeliest, noise.correlations, strict=True):
        covariance += variance * (r**lags if r > 0 else lags == 0)
    share = 1 - lags[1:] / n
    covariance = covariance - (covariance[0] + 2 * (share @ covariance[1:])) / n  # of the mean
    square = (covariance[0] ** 2 + 2 * (share @ covariance[1:] ** 2)) / n
    freedom = max(float(covariance[0] ** 2 / square), 2.0) if square > 0 else n - 1.0
    return max(freedom * (1 - _TELEGRAPH * exp(-freedom / _MANY)), 2.0)


def _times(correlations: FloatArray) -> FloatArray:
    with np.errstate(divide="ignore"):
        return np.where(correlations > 0, -1 / np.log(correlations), 0.0)


def _binned_periodogram(away: FloatArray) -> tuple[FloatArray, NDArray[np.int64], FloatArray]:
    """Mean power in bins that widen with frequency, lines in each, cosine of its frequency."""
    n = len(away)
    lines = np.abs(np.fft.rfft(away)) ** 2 / n
    lines = lines[1 : (n - 1) // 2 + 1]
    edges = list(range(min(9, len(lines) + 1)))
    while edges[-1] < len(lines):
        edges.append(min(len(lines), max(edges[-1] + 1, int(edges[-1] * 1.3))))
    ends = np.array(edges)
    counts = np.diff(ends)
    power = np.add.reduceat(lines, ends[:-1]) / counts
    return power, counts, np.cos(np.pi * (ends[:-1] + 1 + ends[1:]) / n)


def _is_coloured(power: FloatArray, counts: NDArray[np.int64], spectrum: FloatArray) -> bool:
    """Likelihood ratio against white noise.

    The time constants are many and share their strength, so they count as two parameters.
    """
    flat = float(counts @ power) / float(counts.sum())
    gain = counts @ (power / flat - power / spectrum + np.log(flat / spectrum))
    return bool(2 * gain > special.chdtri(2, 1 - _SIGNIFICANT))
