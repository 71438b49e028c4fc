"""Records of noise as memristors have it, with the true variance within each: telegraph and 1/f."""

import numpy as np
from scipy.signal import lfilter

TRAPS = 3
FLICKER_TIMES = (0.03, 0.3, 3.0, 30.0)
"""Seconds of the Lorentzians whose sum is 1/f noise over four decades."""


def white(rng, records, reads):
    """Shape (records, reads), of variance 1, and its expected variance within each record."""
    return rng.standard_normal((records, reads)), np.ones(records)


def slow(rng, records, reads, interval):
    """Traps of random time, occupation and depth, and 1/f noise; read every ``interval`` s.

    Returns the records, shape (records, reads), and the expected variance within each.
    """
    shape = (records, TRAPS)
    occupied = rng.uniform(0.15, 0.85, shape)
    time = np.exp(rng.uniform(np.log(3e-3), 0, shape))
    depth = np.sqrt(0.8 / TRAPS * rng.exponential(1, shape))
    stay = np.exp(-interval / time)
    jump = depth / np.sqrt(occupied * (1 - occupied))
    up, still_up = occupied * (1 - stay), occupied + (1 - occupied) * stay
    full = rng.random(shape) < occupied
    noise = np.empty((records, reads))
    for read in range(reads):
        noise[:, read] = (jump * (full - occupied)).sum(1)
        full = rng.random(shape) < np.where(full, still_up, up)
    scale = np.exp(rng.normal(0, 0.25, records) - 0.25**2)
    within = (depth**2 * (1 - _share_of_mean(stay, reads))).sum(1)
    for time_constant in FLICKER_TIMES:
        r = np.exp(-interval / time_constant)
        steps = rng.standard_normal((records, reads))
        steps[:, 1:] *= np.sqrt(1 - r * r)
        noise += np.sqrt(0.05) * lfilter([1], [1, -r], steps, axis=1)
        within += 0.05 * (1 - _share_of_mean(r, reads))
    return noise * scale[:, None], scale**2 * within * reads / (reads - 1)


def _share_of_mean(r, n):
    """Variance of the mean of n reads whose correlation is r, over that of a read."""
    return ((1 + r) / (1 - r) - 2 * r * (1 - r**n) / (n * (1 - r) ** 2)) / n
