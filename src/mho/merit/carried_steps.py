"""What steps are too large by is carried on: into the line through them, and to the end."""

from dataclasses import dataclass
from math import log

import numpy as np

from mho.merit.samples import FloatArray

_CARRIED_ON = (-40.0, 10.0)
"""Logarithm of how much of a step may be in the end: less is nothing, more a line that is none."""


@dataclass(frozen=True, slots=True)
class Ways:
    """From every step to the end of its trace.

    Attributes
    ----------
    left, other_left
        Pulses from the end of each fitted step to that of its trace; and of each of the others.
    other_start
        Conductance (S) from which the others start.
    traces
        How many there are.
    """

    left: FloatArray
    other_start: FloatArray
    other_left: FloatArray
    traces: int


def with_end(
    inverse: FloatArray,
    weights: FloatArray,
    scatter: FloatArray,
    others: FloatArray,
    ways: Ways,
    carried: float,
    sign: int,
) -> FloatArray:
    """Covariance of a line and of the mean conductance that its steps lead to, shape (3, 3).

    Parameters
    ----------
    inverse
        Covariance of intercept and slope, shape (2, 2).
    weights
        Of each step in them, shape (n, 2).
    scatter, others
        Variance of each step, shape (n,), and of those that are not fitted.
    carried
        How much of a conductance is in that after the next pulse.
    sign
        1 for steps up, -1 for steps down.
    """

    def on(left: FloatArray) -> FloatArray:
        grown = np.exp(np.clip(left * log(max(carried, 1e-9)), *_CARRIED_ON))
        return np.asarray(grown / ways.traces, dtype=np.float64)

    by_step = sign * on(ways.left)
    joint = np.zeros((3, 3))
    joint[:2, :2] = inverse
    joint[:2, 2] = joint[2, :2] = weights.T @ (scatter * by_step)
    joint[2, 2] = by_step**2 @ scatter + on(ways.other_left) ** 2 @ others
    return joint
