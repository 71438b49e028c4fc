"""What a cell's own pulses tell of its switching curve: an extended Kalman filter per polarity.

The state is (b, l, n) of `kinetics`. Each pulse that moved the cell from x0 to x1 is one
measurement of the amplitude that this step takes; its error is what chance adds to steps
(variance over mean: the grain) and what the looks before and after leave unknown. A pulse that did
not move the cell says only that the threshold lies higher than that: the Gaussian is cut off there
and replaced by one of the same mean and variance. Motion of the other polarity makes the filament
another one, so that some of what was known of b is forgotten.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr

from mho.programming.adaptive.kinetics import Step, needed
from mho.programming.algorithm import Floats

RESET, SET = 0, 1

_FARTHEST = 3.0
"""Innovations beyond so many standard deviations count as that many: one outlier is no proof."""

_DRIFT = 2e-5
"""V^2 that a threshold may wander from pulse to pulse."""

_MISFIT = 4e-3
"""V of amplitude that the form of the curve may be wrong by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """Of each cell and polarity: mean (n, 2, 3) and covariance (n, 2, 3, 3) of (b, l, n)."""

    mean: Floats
    covariance: Floats


class Stroke(NamedTuple):
    """A pulse that cells have had, and what came of it: arrays by cell.

    ``step`` is what it did, or the least that could have been told where it is ``still``;
    ``variance`` that of the step (ln G), by chance and by looks; ``other`` the variance (V^2) that
    the threshold of the other polarity gains.
    """

    polarity: NDArray[np.intp]
    amplitude: Floats
    step: Step
    steepness: Floats
    variance: Floats
    still: NDArray[np.bool_]
    other: Floats
    doubt: Floats
    """sd (V) that its own threshold has at least: grows while pulse after pulse moves nothing."""


def learn(thresholds: Thresholds, stroke: Stroke) -> Thresholds:
    """What is known after the stroke."""
    cells = np.arange(len(stroke.amplitude))
    own = cells, stroke.polarity
    mean, covariance = thresholds.mean[own], thresholds.covariance[own]
    predicted = needed(mean, stroke.step)
    gradient = predicted.gradient
    cross = np.einsum("nij,nj->ni", covariance, gradient)
    spread = np.einsum("ni,ni->n", gradient, cross)
    error = (predicted.stiffness * stroke.steepness) ** 2 * stroke.variance + _MISFIT**2
    total = spread + error
    innovation = stroke.amplitude - predicted.amplitude
    # what a Gaussian of this variance becomes: its mean moves so far, its variance falls so much
    reach = _FARTHEST * np.sqrt(total)
    seen_move, seen_fall = np.clip(innovation, -reach, reach), np.ones_like(total)
    cut_move, cut_fall = _cut_off(innovation, np.sqrt(total))
    move = np.where(stroke.still, cut_move, seen_move)
    fall = np.where(stroke.still, cut_fall, seen_fall)
    gain = cross / total[:, None]
    new_mean = thresholds.mean.copy()
    new_covariance = thresholds.covariance.copy()
    new_mean[own] = mean + gain * move[:, None]
    new_covariance[own] = (
        covariance - (fall / total)[:, None, None] * cross[:, :, None] * cross[:, None, :]
    )
    lacking = np.maximum(stroke.doubt**2 - new_covariance[(*own, 0, 0)], 0.0)
    new_covariance[(*own, 0, 0)] += _DRIFT + lacking
    new_covariance[(cells, 1 - stroke.polarity, 0, 0)] += stroke.other
    return Thresholds(mean=new_mean, covariance=new_covariance)


def _cut_off(bound: Floats, deviation: Floats) -> tuple[Floats, Floats]:
    """What is left of a Gaussian about 0 once all below ``bound`` is cut off.

    Its mean, and the share of its variance that is lost.
    """
    z = np.clip(bound / deviation, -8.0, 8.0)
    hazard = np.exp(-0.5 * z * z - log_ndtr(-z)) / np.sqrt(2.0 * np.pi)
    return deviation * hazard, np.clip(hazard * (hazard - z), 0.0, 1.0)
