"""The judged mean, foretold from what is known of a cell's level and noise."""

from typing import Any, NamedTuple

import numpy as np
from scipy.special import ndtr

from mho.programming.adaptive.noise import SOONEST, Noise, normalised
from mho.programming.adaptive.noise_shapes import COMES_BACK_IN, NoiseModel
from mho.programming.algorithm import Floats, Means

_USUAL = 4
"""So many of them, the first ones, are of usual cells."""


class Prediction(NamedTuple):
    """Of the judged mean: a mixture of Gaussians, arrays (n, H), and its moments (n,).

    ``known`` is the variance of the level alone: what more reads would take away.
    ``scale`` is r^2.
    """

    weight: Floats
    mean: Floats
    variance: Floats
    scale: Floats
    centre: Floats
    known: Floats

    def of_usual_cells(self) -> "Prediction":
        """The same of those that neither sleep nor are restless."""
        weight = self.weight.copy()
        weight[:, _USUAL:] = 0.0
        return self._replace(weight=weight / weight.sum(axis=1, keepdims=True))

    def within(self, low: Floats, high: Floats) -> Floats:
        """The probability that the judged mean lies from ``low`` to ``high``."""
        sd = np.sqrt(self.variance)
        upper = ndtr((high[:, None] - self.mean) / sd)
        lower = ndtr((low[:, None] - self.mean) / sd)
        return np.asarray((self.weight * (upper - lower)).sum(axis=1), dtype=np.float64)


def predict(noise: Noise, model: NoiseModel, means: Means) -> Prediction:
    """The judged mean, begun ``judged_after`` from now."""
    after, lasts = means.judged_after, means.judged_for
    law, times = model.law, model.times
    middle = np.exp(-(noise.age + after + 0.3 * lasts) / law.fresh_time)
    c = noise.gain * (1.0 + law.fresh * noise.fresh * middle)
    carried = _carried(times, after, lasts)
    alone = averaged(times, lasts)
    decades = np.log10((noise.age + after + lasts + SOONEST) / (noise.age + SOONEST))
    drifts = COMES_BACK_IN * (1.0 - _carried(COMES_BACK_IN, after, lasts))
    ends = np.ones((len(c), 1))
    h = np.concatenate([ends, c[:, None] * carried, drifts * ends], axis=1)
    mean = np.einsum("nk,nhk->nh", h, noise.mean)
    unit = np.einsum("nk,nhkl,nl->nh", h, noise.covariance, h)
    unit = unit + c[:, None] ** 2 * (model.shares * (alone - carried**2)).sum(axis=1)
    unit = unit + c[:, None] ** 2 * model.white * means.aperture / lasts
    scale = noise.energy / np.maximum(noise.freedom - 1.0, 0.7)[:, None]
    relaxing = model.relaxation**2 * (noise.step * decades)[:, None]
    weight = np.exp(normalised(noise.log_weight))
    centre = (weight * mean).sum(axis=1)
    between = (weight * (mean - centre[:, None]) ** 2).sum(axis=1)
    known = (weight * scale * noise.covariance[:, :, 0, 0]).sum(axis=1) + between
    return Prediction(weight, mean, unit * scale + relaxing, scale, centre, known)


def _carried(times: Any, after: float, lasts: float) -> Any:
    """Mean of exp(-t / time) over a window: what is left of processes in it."""
    return times / lasts * -np.expm1(-lasts / times) * np.exp(-after / times)


def averaged(times: Floats, lasts: float) -> Floats:
    """Variance of the mean of a unit Ornstein-Uhlenbeck process over ``lasts`` seconds."""
    z = lasts / times
    return 2.0 / z * (1.0 + np.expm1(-z) / z)
