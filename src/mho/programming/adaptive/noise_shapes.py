"""What all cells of a type have in common in their noise: times, and shapes of its spectrum.

The shares of the processes of `noise` are not the same in all states: noise of one may be mostly
fast, of another mostly slow. A few shapes stand for all that there are; the last two are of cells
that are not like the others, a sleeping and a restless one.
"""

from typing import NamedTuple

import numpy as np

from mho.device.prior import NoiseLaw
from mho.programming.algorithm import Floats, Means

TILTS, CHANCES = (-1.5, -0.5, 0.5, 1.5, 0.0, 0.0), (0.11, 0.27, 0.27, 0.11, 0.2, 0.04)
"""Shapes, from fast to slow: shares of the mean spectrum times (time / mean time)**(tilt
time_spread), and how likely each is at first. The last two: of a sleeping and a restless cell."""

SLEEPING = 0.9
"""Share of the slowest noise in a sleeping cell: what is seen at first tells little of it."""

RESTLESS, COMES_BACK, COMES_BACK_IN = 0.05, 0.04, 8.0
"""Of a restless cell: its relaxation, sd of ln G a decade of time after a step of 1; what part of a
step (sd) it takes back beside that, and in what time about (s)."""


class NoiseModel(NamedTuple):
    """What all cells share: times (s) of the K processes, and by shape (H) all the rest.

    Shares (H, K) and white shares, how likely each shape is, and its relaxation (see `RESTLESS`).
    """

    times: Floats
    shares: Floats
    white: Floats
    chances: Floats
    law: NoiseLaw
    relaxation: Floats

    @property
    def shapes(self) -> int:
        """How many filters run side by side."""
        return len(self.white)


def noise_model(law: NoiseLaw, relaxation: float, means: Means) -> NoiseModel:
    """From the law of a prior: what is correlated for less than a read is white."""
    times = np.array([part.time for part in law.times])
    share = np.array([part.share for part in law.times])
    order = np.argsort(times)
    times, share = times[order], share[order] / share.sum()
    slow = times > means.aperture
    # what is slower than the judged mean is no matter of a look: its share stays
    learnt = times <= 0.1 * means.judged_for
    shown = np.maximum(times[learnt], means.aperture)
    centre = np.exp((share[learnt] * np.log(shown)).sum() / max(share[learnt].sum(), 1e-9))
    tilted = np.tile(share, (len(TILTS), 1))
    tilted[:, learnt] *= (shown / centre) ** (law.time_spread * np.array(TILTS)[:, None])
    tilted[:, learnt] *= share[learnt].sum() / tilted[:, learnt].sum(axis=1, keepdims=True)
    slowest = ~learnt if not learnt.all() else times == times[-1]
    asleep = tilted[-2] * np.where(slowest, SLEEPING, 1.0 - SLEEPING)
    for part in (slowest, ~slowest):
        asleep[part] /= max(tilted[-2, part].sum(), 1e-9)
    tilted[-2] = asleep / asleep.sum()
    white = np.maximum(tilted[:, ~slow].sum(axis=1), 0.02)
    relaxations = np.full(len(TILTS), relaxation)
    relaxations[-1] = max(relaxation, RESTLESS)
    return NoiseModel(times[slow], tilted[:, slow], white, np.array(CHANCES), law, relaxations)


def deviation_at(law: NoiseLaw, conductance: Floats) -> Floats:
    """Relative sd of settled reads at these conductances (S), by the law."""
    points = sorted((np.log(p.conductance), np.log(p.deviation)) for p in law.points)
    x, known = np.array(points).T
    return np.asarray(np.exp(np.interp(np.log(conductance), x, known)), dtype=np.float64)
