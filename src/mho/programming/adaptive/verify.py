"""The verify rule: look no longer than the decision needs.

A look is made of blocks that double the time it has lasted (one read, then at most `reads` of them
a block), because slow noise makes time, not reads, what averages. After each block one of three
follows from the predicted distribution of the judged mean (after Wald's sequential test, Ann. Math.
Stat. 16, 117, 1945, with a Gaussian in place of two hypotheses):

* reject, and pulse, where the whole look, were it to go as well as it may, would not accept, and
  the place is known well enough to pulse from;
* accept where the judged mean lies within the window with enough probability;
* else look on, while a longer look could still help.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from mho.programming.adaptive.noise_shapes import NoiseModel
from mho.programming.adaptive.prediction import Prediction, averaged
from mho.programming.algorithm import Floats, Means

_WORTHWHILE = 0.005
"""Gain of probability that makes another block worth its time."""

_SHARP, _NO_LONGER = 0.2, 0.25
"""Of the variance that chance gives to the step from there: so well a place is to be known. And of
the longest look: so long that may take."""


class Schedule(NamedTuple):
    """Blocks of a look: reads of each and their interval (s), and how good it then is.

    ``ahead`` (blocks, H): variance of the judged mean, in units of r^2, after each block, of cells
    that have settled, by shape of the noise.
    """

    reads: NDArray[np.int64]
    interval: Floats
    ahead: Floats
    lasted: Floats
    """Seconds of the whole look by the end of each block."""

    @property
    def last(self) -> int:
        """Number of the last block."""
        return len(self.reads) - 1


def schedule(model: NoiseModel, means: Means, most: int) -> Schedule:
    """Blocks up to the longest look."""
    counts, intervals, lasted = [1], [means.aperture], means.aperture
    while lasted < 0.999 * means.longest_look:
        span = min(lasted, means.longest_look - lasted)
        count = max(1, min(most, int(span / means.aperture + 1e-6)))
        counts.append(count)
        intervals.append(span / count)
        lasted += span
    reads, interval = np.array(counts), np.array(intervals)
    ahead = _ahead(model, means, reads, interval)
    return Schedule(reads, interval, ahead, np.cumsum(reads * interval))


def _ahead(model: NoiseModel, means: Means, reads: NDArray[np.int64], interval: Floats) -> Floats:
    """By the covariances of the Kalman filters, which need no data."""
    after, lasts, times = means.judged_after, means.judged_for, model.times
    carried = times / lasts * -np.expm1(-lasts / times) * np.exp(-after / times)
    h = np.concatenate([[1.0], carried])
    order = len(h)
    ones = np.ones(order)
    found = np.empty((len(reads), model.shapes))
    for shape, (shares, white) in enumerate(zip(model.shares, model.white, strict=True)):
        rest = shares @ (averaged(times, lasts) - carried**2) + white * means.aperture / lasts
        p = np.diag(np.concatenate([[1e4], shares]))
        for block, (count, spacing) in enumerate(zip(reads, interval, strict=True)):
            left = np.concatenate([[1.0], np.exp(-spacing / times)])
            for _ in range(count):
                cross = p @ ones
                p = p - np.outer(cross, cross) / (cross.sum() + white)
                p = p * np.outer(left, left)
                p[range(1, order), range(1, order)] += shares * (1.0 - left[1:] ** 2)
            found[block, shape] = h @ p @ h + rest
    return found


def centred(scale: Floats, plan: Schedule, half: Floats) -> Floats:
    """Probability of success of cells on target, by block and shape: (n, blocks, H)."""
    ahead = np.sqrt(scale[:, None, :] * plan.ahead)
    return np.asarray(2.0 * ndtr(half[:, None, None] / ahead) - 1.0, dtype=np.float64)


class Outlook(NamedTuple):
    """Probabilities by cell that its judged mean lies within the window.

    ``now`` by what is known; ``best`` at the end of a whole look, if it were on target; ``here``
    the same after this block; ``hoped`` at the end of a whole look that goes as well for the cell
    as it well may.
    """

    now: Floats
    best: Floats
    here: Floats
    hoped: Floats


def outlook(
    seen: Prediction,
    plan: Schedule,
    block: NDArray[np.int64],
    low: Floats,
    high: Floats,
    reach: float,
) -> Outlook:
    """What is known of each cell after this block of its look.

    What more reads take away from the variance of the judged mean is how far its mean may still
    move by them: as far as ``reach`` standard deviations of that count as well possible.
    """
    half = 0.5 * (high - low)
    by_block = (seen.weight[:, None, :] * centred(seen.scale, plan, half)).sum(axis=2)
    last = np.sqrt(seen.scale * plan.ahead[-1])
    off = abs(seen.mean - 0.5 * (high + low)[:, None])
    movable = np.sqrt(np.maximum(seen.variance - last**2, 0.0))
    near = np.maximum(off - reach * movable, 0.0)
    within = ndtr((half[:, None] - near) / last) - ndtr((-half[:, None] - near) / last)
    return Outlook(
        now=seen.within(low, high),
        best=by_block.max(axis=1),
        here=by_block[np.arange(len(block)), block],
        hoped=(seen.weight * within).sum(axis=1),
    )


def placed(
    variance: Floats, by_chance: Floats, plan: Schedule, block: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Where it is chance, and not what the look left unknown, that a pulse from there is off by.

    ``variance`` (ln G) is that of where the cell is, ``by_chance`` that of the step from there.
    """
    long_enough = plan.lasted >= _NO_LONGER * plan.lasted[-1] - 1e-9
    return np.asarray((variance <= _SHARP * by_chance) | long_enough[block])


class Verdict(NamedTuple):
    """What follows: at most one of them holds."""

    accept: NDArray[np.bool_]
    reject: NDArray[np.bool_]


def verdict(
    found: Outlook,
    exhausted: NDArray[np.bool_],
    sure: float,
    wanted: Floats,
    ready: NDArray[np.bool_],
) -> Verdict:
    """After a block; ``exhausted`` where it was the last one, ``ready`` those that are `placed`.

    ``sure`` ends a look at any time; ``wanted`` is enough once looking on would gain nothing.
    """
    useless = exhausted | (found.best - found.here < _WORTHWHILE)
    accept = (found.now >= sure) | (useless & (found.now >= wanted))
    return Verdict(accept, ~accept & (exhausted | (ready & (found.hoped < wanted))))
