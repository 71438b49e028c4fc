"""Which pulse: the amplitude whose expected step is the one that is wanted."""

from typing import NamedTuple

import numpy as np

from mho.programming.adaptive.filter import RESET, SET
from mho.programming.adaptive.kinetics import needed
from mho.programming.adaptive.known import Known
from mho.programming.adaptive.state import AdaptiveState
from mho.programming.algorithm import Floats

_SOFT = 1.0 / 1.8138
"""A logistic of slope v has the standard deviation pi / sqrt(3) v."""

_CAUTION = 1.5
"""What is unknown of a threshold makes pulses weaker up to so many v: too much of it, and a cell
that does not move would be asked ever more gently."""

_COARSE = 0.5
"""Steps of the source beyond this part of v are too coarse, and the width helps out."""

_MOST_BY_WIDTH = 3.0
"""Of v, up or down: a factor of 20 of width."""


class Chosen(NamedTuple):
    """Amplitude (V, signed) and width (s) of each pulse.

    ``by_width`` is what that width is worth beside the nominal one (V, signed).
    """

    amplitude: Floats
    width: Floats
    by_width: Floats


def chosen(known: Known, state: AdaptiveState, x: Floats, wanted: Floats) -> Chosen:
    """For a step of ln G from ``x`` by ``wanted``."""
    means = known.means
    polarity = np.where(wanted > 0.0, SET, RESET)
    cells = np.arange(len(x)), polarity
    step = known.step(polarity, np.log(state.target), x, x + wanted)
    learnt, covariance = state.thresholds.mean[cells], state.thresholds.covariance[cells]
    gradient = needed(learnt, step).gradient
    variance = np.einsum("ni,nij,nj->n", gradient, covariance, gradient)
    own = step.slope * np.exp(learnt[:, 2])
    softening = _SOFT * np.minimum(np.sqrt(variance), _CAUTION * own)
    asked = needed(learnt, step, softening).amplitude
    largest = known.limits[polarity]
    allowed = np.clip(asked, means.amplitude_step, largest)
    rounded = np.round(allowed / means.amplitude_step) * means.amplitude_step
    rounded = np.where(rounded > largest, rounded - means.amplitude_step, rounded)
    # what rounding and the limit take away, width gives back: v volts are a factor e of it
    lacking = (means.amplitude_step > _COARSE * own) | (asked > largest)
    factor = np.exp(np.clip((asked - rounded) / own, -_MOST_BY_WIDTH, _MOST_BY_WIDTH))
    width = np.clip(means.width * factor, means.shortest, means.longest)
    width = np.where(lacking, width, means.width)
    sign = np.where(polarity == SET, 1.0, -1.0)
    return Chosen(sign * rounded, width, sign * own * np.log(width / means.width))
