"""Least squares: straight lines and curves, with intervals from the covariance (Student t)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf, sqrt

import numpy as np
from scipy import optimize

from mho.merit.estimate import Estimate
from mho.merit.samples import FloatArray, NotEnoughData, require_change

Model = Callable[..., FloatArray]
"""A curve: x, then one number per parameter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """Parameters in the order of the model, and what their errors follow from.

    Attributes
    ----------
    values, covariance
        Shapes (p,) and (p, p).
    freedom
        Points minus parameters.
    r2
        1 - SSE/SST.
    """

    values: FloatArray
    covariance: FloatArray
    freedom: int
    r2: float

    def parameter(self, number: int) -> Estimate:
        """One parameter with its interval."""
        error = sqrt(self.covariance[number, number])
        return Estimate.of(float(self.values[number]), error, self.freedom)

    def derived(self, function: Callable[[FloatArray], float]) -> Estimate:
        """A quantity computed from the parameters; its error by the delta method."""
        steps = 1e-6 * np.where(self.values == 0, 1.0, np.abs(self.values))
        gradient = np.array(
            [
                (function(self.values + step) - function(self.values - step)) / (2 * size)
                for size, step in zip(steps, np.diag(steps), strict=True)
            ]
        )
        value = function(self.values)
        if not np.all(np.isfinite(gradient)):
            return Estimate(value=value, low=-inf, high=inf)
        error = sqrt(max(float(gradient @ self.covariance @ gradient), 0.0))
        return Estimate.of(value, error, self.freedom)


def linear(what: str, terms: Sequence[FloatArray], y: FloatArray) -> Fit:
    """Ordinary least squares of y = sum of coefficient x term.

    Raises
    ------
    NotEnoughData
        Fewer points than terms, y constant, or terms that the points cannot tell apart.
    """
    require_change(what, "the ordinate", y)
    design = np.column_stack(terms)
    freedom = len(y) - design.shape[1]
    if freedom < 0:
        raise NotEnoughData(f"{what} needs {design.shape[1]} points, got {len(y)}")
    values, inverse = _solve(what, design, y)
    return _fit(values, inverse, y - design @ values, y, freedom)


def line(what: str, x: FloatArray, y: FloatArray) -> Fit:
    """Ordinary least squares of y = slope x + intercept: parameters in that order."""
    require_change(what, "the abscissa", x)
    return linear(what, (x, np.ones_like(x)), y)


def curve(
    what: str,
    model: Model,
    x: FloatArray,
    y: FloatArray,
    *,
    start: Sequence[float],
    unit: Sequence[float],
    low: Sequence[float] | None = None,
    high: Sequence[float] | None = None,
) -> Fit:
    """Nonlinear least squares within bounds, from a good start.

    ``unit`` holds a typical magnitude of every parameter; the solver sees parameters of order 1.

    Raises
    ------
    NotEnoughData
        No more points than parameters, y constant, no convergence, a parameter at its bound, or
        parameters that the points do not determine.
    """
    require_change(what, "the ordinate", y)
    units = np.asarray(unit, dtype=np.float64)
    first = np.asarray(start, dtype=np.float64) / units
    freedom = len(y) - len(first)
    if freedom < 1:
        raise NotEnoughData(f"{what} needs {len(first) + 1} points, got {len(y)}")
    lower = np.full_like(first, -np.inf) if low is None else np.asarray(low) / units
    upper = np.full_like(first, np.inf) if high is None else np.asarray(high) / units
    scale = float(np.std(y))

    def residual(parameters: FloatArray) -> FloatArray:
        return (model(x, *(parameters * units)) - y) / scale

    with np.errstate(all="ignore"):  # a trial step may overflow; the solver then shortens it
        try:
            result = optimize.least_squares(
                residual,
                np.clip(first, lower, upper),
                jac="3-point",
                bounds=(lower, upper),
                x_scale="jac",
                ftol=1e-12,
                xtol=1e-12,
                gtol=1e-12,
                max_nfev=200,
            )
        except (ValueError, np.linalg.LinAlgError) as error:
            raise NotEnoughData(f"{what}: the fit broke down on these data ({error})") from error
    jacobian = np.asarray(result.jac, dtype=np.float64)
    if not result.success or not np.all(np.isfinite(jacobian)):
        raise NotEnoughData(f"{what}: the fit does not converge on these data")
    if np.any(result.active_mask):
        raise NotEnoughData(f"{what}: the data do not determine the curve, a parameter ran away")
    inverse = _inverse(what, jacobian) * np.outer(units, units) / scale**2
    return _fit(result.x * units, inverse, result.fun * scale, y, freedom)


def _solve(what: str, design: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
    inverse = _inverse(what, design)
    norms = np.linalg.norm(design, axis=0)
    values, *_ = np.linalg.lstsq(design / norms, y, rcond=None)
    return values / norms, inverse


def _inverse(what: str, jacobian: FloatArray) -> FloatArray:
    """Inverse of J'J, by singular values of J with its columns normalised."""
    norms = np.linalg.norm(jacobian, axis=0)
    if np.any(norms == 0):
        raise NotEnoughData(f"{what}: the data do not determine every parameter")
    _, singular, rows = np.linalg.svd(jacobian / norms, full_matrices=False)
    if singular[-1] < 1e-9 * singular[0]:
        raise NotEnoughData(f"{what}: the data do not determine every parameter")
    scaled = rows / singular[:, None]
    inverse: FloatArray = (scaled.T @ scaled) / np.outer(norms, norms)
    return inverse


def _fit(
    values: FloatArray,
    inverse: FloatArray,
    residuals: FloatArray,
    y: FloatArray,
    freedom: int,
) -> Fit:
    squares = float(residuals @ residuals)
    variance = squares / freedom if freedom else 0.0
    away = y - np.mean(y)
    unit = float(np.max(np.abs(away)))  # squares of the smallest numbers underflow
    return Fit(
        values=values,
        covariance=inverse * variance,
        freedom=freedom,
        r2=1 - float(np.sum((residuals / unit) ** 2) / np.sum((away / unit) ** 2)),
    )


def open_inverse(jacobian: FloatArray) -> FloatArray:
    """Inverse of J'J; a direction that the data do not tell comes out large, and finite."""
    _, singular, rows = np.linalg.svd(jacobian, full_matrices=False)
    singular = np.maximum(singular, singular[0] * 1e-10)
    inverse: FloatArray = (rows.T / singular**2) @ rows
    return inverse
