"""An exponential decay to zero whose scatter grows with its size, as changes of a device do."""

from math import exp, log, sqrt

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

from mho.merit.estimate import Estimate, exponential
from mho.merit.exponential import ExponentialFit
from mho.merit.samples import FloatArray, NotEnoughData, require_change, usable

_ROUNDS = 6
_LEAST_SHARE = 1e-4
"""Of the mean squared residual: no point is trusted more than that."""

_PARAMETERS = 3
"""Amplitude, constant, and how the scatter grows."""

_BY_CHANCE = 0.5
"""What a parameter that is not needed adds to the logarithm of the likelihood, on average."""


def scattered_decay(x: FloatArray, y: FloatArray, *, what: str) -> ExponentialFit:
    """Fit y = amplitude exp(-x / constant), variance s0^2 + (c y)^2 found with it; shapes (n,).

    Weighted least squares, the weights made anew from the fit until they settle. Where scatter that
    grows is no likelier than one that is alike everywhere, plain least squares: weights that are
    found from the residuals would make the interval wider for nothing.

    Raises
    ------
    NotEnoughData
        Fewer than 4 usable points, a constant abscissa or ordinate, or points that do not decay.
    """
    (xs, ys), ignored = usable(what, _PARAMETERS + 1, x=x, y=y)
    require_change(what, "the abscissa", xs)
    require_change(what, "the ordinate", ys)
    unit = float(np.max(np.abs(ys)))
    with np.errstate(all="ignore"):  # a trial step may overflow; the solver then shortens it
        try:
            values, covariance, variance, freedom = _fit(xs, ys / unit)
        except (ValueError, np.linalg.LinAlgError) as error:
            raise NotEnoughData(f"{what}: the fit broke down on these data ({error})") from error
    span = float(np.ptp(xs))
    within = span * 1e-4 < exponential(float(values[1])) < span * 1e3
    if not (within and np.all(np.isfinite(covariance)) and np.all(np.isfinite(variance))):
        raise NotEnoughData(f"{what}: the points do not decay within their range")
    residuals = ys / unit - _decay(xs, values)
    away = ys / unit - np.mean(ys / unit)
    return ExponentialFit(
        level=Estimate(value=0.0, low=0.0, high=0.0),
        amplitude=Estimate.of(float(values[0]), sqrt(covariance[0, 0]), freedom).mapped(
            lambda value: value * unit
        ),
        constant=Estimate.of(float(values[1]), sqrt(covariance[1, 1]), freedom).mapped(exponential),
        r2=1 - float(residuals @ residuals) / float(away @ away),
        points=len(xs),
        ignored=ignored,
        source="y = amplitude exp(-x/constant), least squares, weighted where scatter grows with y",
    )


def _decay(x: FloatArray, values: FloatArray) -> FloatArray:
    return np.asarray(values[0] * np.exp(-x * np.exp(-values[1])), dtype=np.float64)


_Fitted = tuple[FloatArray, NDArray[np.float64], FloatArray, int]
"""Amplitude and ln of the constant, their covariance, the variance of each point, and freedom."""


def _fit(x: FloatArray, y: FloatArray) -> _Fitted:
    even, growing = _even(x, y), _growing(x, y)

    def likelihood(fitted: _Fitted) -> float:
        values, _, variance, _ = fitted
        return -float(np.sum(np.log(variance) + (y - _decay(x, values)) ** 2 / variance)) / 2

    return growing if likelihood(growing) > likelihood(even) + _BY_CHANCE else even


def _even(x: FloatArray, y: FloatArray) -> _Fitted:
    """Scatter that is alike everywhere."""

    def residual(p: FloatArray) -> FloatArray:
        return _decay(x, p) - y

    values = optimize.least_squares(residual, _start(x, y), x_scale="jac", max_nfev=200).x
    squares = float(np.sum((y - _decay(x, values)) ** 2))
    slopes = _slopes(x, values)
    freedom = len(x) - len(values)
    covariance = np.linalg.inv(slopes.T @ slopes) * squares / freedom
    return values, covariance, np.full(len(x), max(squares / len(x), 1e-30)), freedom


def _growing(x: FloatArray, y: FloatArray) -> _Fitted:
    """Scatter that grows with the change."""
    values, variance = _start(x, y), np.full(len(x), float(np.var(y)))
    for _ in range(_ROUNDS):
        weights = 1 / np.sqrt(variance)

        def residual(p: FloatArray, weights: FloatArray = weights) -> FloatArray:
            return (_decay(x, p) - y) * weights

        values = optimize.least_squares(residual, values, x_scale="jac", max_nfev=200).x
        variance = _variance(_decay(x, values), y, variance)
    covariance = _covariance(_slopes(x, values), y - _decay(x, values), variance)
    return values, covariance, variance, len(x) - _PARAMETERS


def _slopes(x: FloatArray, values: FloatArray) -> FloatArray:
    """Derivatives to amplitude and ln of the constant."""
    falling = np.exp(-x * exp(-float(np.clip(values[1], -700, 700))))
    return np.column_stack([falling, values[0] * falling * x * exp(-float(values[1]))])


def _covariance(
    slopes: FloatArray, residuals: FloatArray, variance: FloatArray
) -> NDArray[np.float64]:
    """The larger one of two, for the variance of a point is itself found from these residuals.

    That of weighted least squares, and one that does not believe the weights: HC3 of J. G.
    MacKinnon and H. White, J. Econometrics 29 (1985) 305.
    """
    weighted = slopes / variance[:, None]
    bread = np.linalg.inv(slopes.T @ weighted)
    left = max(len(residuals) - _PARAMETERS - 2, 1)
    trusting = bread * max(1.0, float(np.mean(residuals**2 / variance)) * len(residuals) / left)
    leverage = np.sum(weighted @ bread * slopes, axis=1)
    alone = residuals / np.maximum(1 - leverage, 1e-6)
    doubting = bread @ ((weighted * alone[:, None]).T @ (weighted * alone[:, None])) @ bread
    larger = np.sqrt(np.maximum(np.diag(doubting) / np.diag(trusting), 1.0))
    return np.asarray(trusting * np.outer(larger, larger), dtype=np.float64)


def _start(x: FloatArray, y: FloatArray) -> FloatArray:
    def amplitude(constant: float) -> float:
        falling = np.exp(-x / constant)
        return float(falling @ y) / float(falling @ falling)

    def squares(constant: float) -> float:
        return float(np.sum((y - amplitude(constant) * np.exp(-x / constant)) ** 2))

    best = min(np.geomspace(0.1, 10, 25) * np.ptp(x), key=squares)
    return np.array([amplitude(best), log(best)])


def _variance(modelled: FloatArray, y: FloatArray, before: FloatArray) -> FloatArray:
    """s0^2 + (c y)^2 from the squared residuals; neither part below nothing."""
    grown, n = modelled**2, len(y)
    squares = (y - modelled) ** 2 * n / (n - 2)
    design = np.column_stack([np.ones(n), grown]) / before[:, None]
    (constant, share), *_ = np.linalg.lstsq(design, squares / before, rcond=None)
    if constant < 0:
        constant, share = 0.0, float(np.mean(squares / np.maximum(grown, 1e-300)))
    if share < 0:
        constant, share = float(np.mean(squares)), 0.0
    least = max(_LEAST_SHARE * float(np.mean(squares)), 1e-30)
    return np.asarray(np.maximum(constant + share * grown, least), dtype=np.float64)
