"""How long the noise of reads stays correlated: shares of its variance by correlation time.

The mean of a block of length T of noise with the correlation exp(-t / tau) has the variance
g(T / tau), g(z) = (2 / z) (1 - (1 - exp(-z)) / z), of single reads. So the variance of block means
against block length is a sum of such curves, and its weights, none negative, are the shares.
"""

from collections.abc import Sequence

import numpy as np
from scipy.optimize import nnls

from mho.merit.estimate import Estimate, mean
from mho.merit.samples import FloatArray, NotEnoughData, is_constant

_FEWEST = 200
"""Reads of a record."""

_LEAST_BLOCKS = 6
"""Of the longest length."""


def block_variances(reads: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Lengths (reads) of blocks, variance of their means about the record's, how many there are.

    Raises
    ------
    NotEnoughData
        Too few reads, a read missing, or all alike.
    """
    what = "the correlation of the noise"
    missing = int(np.count_nonzero(~np.isfinite(reads)))
    if len(reads) - missing < _FEWEST or missing:
        raise NotEnoughData(
            f"{what} needs {_FEWEST} evenly spaced reads; got {len(reads)}, {missing} missing"
        )
    if is_constant(reads):
        raise NotEnoughData(f"{what}: the reads are constant")
    centre = float(np.mean(reads))
    lengths = 2 ** np.arange(int(np.log2(len(reads) / _LEAST_BLOCKS)) + 1)
    variances, counts = [], []
    for length in lengths:
        count = len(reads) // length
        means = reads[: count * length].reshape(count, length).mean(axis=1)
        variances.append(float(np.mean((means - centre) ** 2)))
        counts.append(count)
    return lengths.astype(float), np.array(variances), np.array(counts, dtype=float)


def noise_shares(
    records: Sequence[FloatArray], *, interval: float, times: Sequence[float]
) -> tuple[Estimate, ...]:
    """Share of the variance for each correlation time (s; 0: from read to read anew).

    Each record (reads, one every ``interval`` seconds) is taken by itself; interval: Student t over
    records, open with one.

    Raises
    ------
    NotEnoughData
        No record that can be used; why the first cannot.
    """
    found, reason = [], "there is no record"
    for record in records:
        try:
            found.append(_shares_of(np.asarray(record, dtype=np.float64), interval, times))
        except NotEnoughData as why:
            reason = str(why)
    if not found:
        raise NotEnoughData(reason)
    table = np.array(found)
    return tuple(_within(mean(table[:, n])) for n in range(len(times)))


def _within(share: Estimate) -> Estimate:
    """A share lies from 0 to 1, and so does its interval."""
    return Estimate(value=share.value, low=max(share.low, 0.0), high=min(share.high, 1.0))


def _shares_of(reads: FloatArray, interval: float, times: Sequence[float]) -> FloatArray:
    lengths, variances, counts = block_variances(reads)
    whole = len(reads) * interval
    design = np.array(
        [
            [_averaged(length * interval, tau, interval) - _averaged(whole, tau, interval)
             for tau in times]
            for length in lengths
        ]
    )  # fmt: skip
    # a variance of n blocks is known to sqrt(2 / n) of itself
    weight = np.sqrt(counts / 2.0) / variances
    shares, _ = nnls(design * weight[:, None], variances * weight)
    total = float(shares.sum())
    if not total > 0:
        raise NotEnoughData("the correlation of the noise: the variances of blocks tell no share")
    normalised: FloatArray = shares / total
    return normalised


def _averaged(length: float, tau: float, interval: float) -> float:
    """Variance of a mean over ``length`` seconds of unit noise."""
    if tau <= 0:
        return interval / length
    z = length / tau
    return float(2.0 / z * (1.0 + np.expm1(-z) / z))
