"""Switching curves: which amplitude moves a device by how much, from the steps of its pulses.

A pulse of amplitude V moves the stress s of a device by the exponential voltage-time law (Menzel et
al., Adv. Funct. Mater. 25, 6306, 2015)::

    s(x1) = s(x0) + v ln(1 + exp((|V| - s(x0)) / v)),      x = ln G

and s is straight in x between knots. Pulses well above s(x0) tell s, equal pulses one after another
tell v. What is left over has a part that grows with the step: its variance over its mean is the
granularity.
"""

from dataclasses import dataclass
from math import exp, inf, log, sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares, nnls

from mho.merit.estimate import Estimate, deviation
from mho.merit.regression import open_inverse
from mho.merit.samples import FloatArray, NotEnoughData, usable

_FEWEST = 20
"""Pulses that moved the device."""

_ROUNDS = 4
"""Weights follow from the granularity, and that from what the fit leaves over."""

_MOVED = 0.02
"""Step of ln G from which on a pulse counts as having moved the device."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StressCurve:
    """One polarity of a device.

    Attributes
    ----------
    conductance
        Shape (k,), S: the knots.
    amplitude
        The curve there, V.
    slope
        v, volts: a pulse of so much more amplitude is e times as fast.
    grain
        Variance of a step of ln G over its mean.
    between_rounds
        sd (V) of the curve from round to round; open with one.
    steps
        How many pulses moved the device.
    """

    conductance: tuple[float, ...]
    amplitude: tuple[Estimate, ...]
    slope: Estimate
    grain: Estimate
    between_rounds: Estimate
    steps: int
    ignored: int


def stress_curve(
    before: FloatArray,
    after: FloatArray,
    amplitude: FloatArray,
    turn: FloatArray,
    *,
    knots: FloatArray,
    raising: bool,
    noise: float,
) -> StressCurve:
    """By least squares of the steps, weighted by their noise.

    Parameters
    ----------
    before, after
        Conductances (S) before and after each pulse, shape (n,).
    amplitude
        Magnitude (V) of each pulse.
    turn
        Number of the round that a pulse belongs to: the curve may lie elsewhere in each.
    knots
        Conductances (S) of the knots, two or more.
    raising
        Whether the pulses raise the conductance.
    noise
        Relative sd of one read.

    Raises
    ------
    NotEnoughData
        Too few pulses moved the device, or they tell no curve.
    """
    what = f"the stress curve of {'SET' if raising else 'RESET'}"
    (x0, x1, volts, turn), ignored = usable(
        what, _FEWEST, positive=("before", "after"),
        before=before, after=after, amplitude=amplitude, turn=turn,
    )  # fmt: skip
    sign = 1.0 if raising else -1.0
    z0, z1 = sign * np.log(x0), sign * np.log(x1)
    moved = int(np.count_nonzero(z1 - z0 > _MOVED))
    if moved < _FEWEST:
        raise NotEnoughData(
            f"{what} needs {_FEWEST} pulses that move the device by 2 %; {moved} of {len(z0)} did: "
            "take a larger limit, or smaller steps"
        )
    at = np.sort(sign * np.log(knots))
    rounds, index = np.unique(turn, return_inverse=True)
    fitted, jacobian, left, grain = _fitted(z0, z1, volts, index, len(rounds), at, noise)
    freedom = len(left) - len(fitted)
    covariance = open_inverse(jacobian) * max(float(left @ left) / max(freedom, 1), 1e-12)
    errors = np.sqrt(np.diag(covariance))
    stress, v = _unpacked(fitted, len(at))[:2]
    slope_error = float(errors[len(at)])
    offsets = fitted[len(at) + 1 :]
    # the offsets are those of all rounds but the first; about their mean, the first included
    around = np.concatenate([[0.0], offsets])
    spread = float(np.std(around, ddof=1)) if len(around) > 1 else float("nan")
    return StressCurve(
        conductance=tuple(float(g) for g in np.exp(sign * at)),
        amplitude=tuple(
            Estimate.of(
                float(stress[n] + around.mean()), _stress_error(covariance, fitted, n), freedom
            )
            for n in range(len(at))
        ),
        slope=Estimate.of(log(v), slope_error, freedom).mapped(lambda x: exp(min(x, 300.0))),
        grain=grain,
        between_rounds=deviation(spread, len(around) - 1)
        if len(around) > 1
        else Estimate(value=0.0, low=0.0, high=inf),
        steps=moved,
        ignored=ignored,
    )


def _unpacked(p: FloatArray, count: int) -> tuple[FloatArray, float, FloatArray]:
    """Stress (V) at the knots, v (V), offsets (V) of the rounds after the first."""
    rises = np.exp(np.clip(p[1:count], -12.0, 3.0))
    stress = p[0] + np.concatenate([[0.0], np.cumsum(rises)])
    return stress, float(np.exp(np.clip(p[count], -12.0, 3.0))), p[count + 1 :]


def _stress_error(covariance: FloatArray, p: FloatArray, knot: int) -> float:
    """Standard error (V) of the stress at a knot."""
    gradient = np.zeros(len(p))
    gradient[0] = 1.0
    gradient[1 : knot + 1] = np.exp(np.clip(p[1 : knot + 1], -12.0, 3.0))
    return sqrt(max(float(gradient @ covariance @ gradient), 0.0))


def _at(x: FloatArray, knots: FloatArray, values: FloatArray) -> FloatArray:
    """Straight between the knots, carried on beyond."""
    upper = np.clip(np.searchsorted(knots, x), 1, len(knots) - 1)
    x0, x1, v0, v1 = knots[upper - 1], knots[upper], values[upper - 1], values[upper]
    return np.asarray(v0 + (v1 - v0) * (x - x0) / (x1 - x0), dtype=np.float64)


def _fitted(
    z0: FloatArray,
    z1: FloatArray,
    volts: FloatArray,
    index: NDArray[np.intp],
    rounds: int,
    knots: FloatArray,
    noise: float,
) -> tuple[FloatArray, FloatArray, FloatArray, Estimate]:
    """Parameters, Jacobian, weighted residuals, granularity."""
    count = len(knots)
    start = np.concatenate([_first_guess(z0, z1, volts, knots), np.zeros(rounds - 1)])
    still, grain, error = 2.0 * noise**2, 0.01, inf

    def step(p: FloatArray) -> FloatArray:
        stress, v, offsets = _unpacked(p, count)
        shift = np.concatenate([[0.0], offsets])[index]
        s0 = _at(z0, knots, stress) + shift
        s1 = s0 + v * np.logaddexp(0.0, (volts - s0) / v)
        return _at(s1 - shift, stress, knots) - z0

    for _ in range(_ROUNDS):
        predicted = step(start)
        sd = np.sqrt(still + grain * np.maximum(predicted, 0.0))

        def residuals(
            p: FloatArray, sd: FloatArray = sd, rises: FloatArray = start[1:count]
        ) -> FloatArray:
            # weak springs hold what the steps do not tell: curves that nothing reaches
            springs = np.concatenate([1e-3 * (p[1:count] - rises), 1e-2 * p[count + 1 :]])
            return np.concatenate([(step(p) - (z1 - z0)) / sd, springs])

        found = least_squares(residuals, start, loss="soft_l1", f_scale=3.0, max_nfev=200)
        start = found.x
        predicted = step(start)
        large = predicted > _MOVED
        if np.count_nonzero(large) > 2:
            still, grain, error = _parts(
                (z1 - z0 - predicted)[large] ** 2, predicted[large], 2.0 * noise**2, still, grain
            )
    left = (step(start) - (z1 - z0)) / sd
    part = Estimate.of(grain, error, len(z0))
    part = Estimate(value=part.value, low=max(part.low, 0.0), high=part.high)
    return start, np.asarray(found.jac), left, part


def _first_guess(
    z0: FloatArray, z1: FloatArray, volts: FloatArray, knots: FloatArray
) -> FloatArray:
    """A straight line through where strong pulses lead: stress there is nearly their amplitude."""
    strong = z1 - z0 > np.quantile(z1 - z0, 0.5)
    slope, offset = np.polyfit(z1[strong], volts[strong], 1)
    slope = max(slope, 1e-3)
    stress = offset + slope * knots
    rises = np.log(np.maximum(np.diff(stress), 1e-5))
    return np.concatenate([[stress[0]], rises, [log(0.03)]])


def _parts(
    squares: FloatArray, steps: FloatArray, least: float, still: float, grain: float
) -> tuple[float, float, float]:
    """Variance of a step by reads alone, at ``least`` so much; its part by step, and its error.

    Weighted least squares of squared residuals on the steps; a square of a normal value has twice
    the square of its variance for a variance.
    """
    weight = 1.0 / (still + grain * steps)
    weight = np.minimum(weight, 20.0 * np.median(weight))
    # far outliers of a heavy tail would be all that counts
    squares = np.minimum(squares, 9.0 / weight)
    design = np.column_stack([np.ones_like(steps), steps]) * weight[:, None]
    (above, part), _ = nnls(design, np.maximum(squares - least, 0.0) * weight)
    covariance = 2.0 * open_inverse(design)
    return least + above, max(float(part), 1e-6), sqrt(float(covariance[1, 1]))
