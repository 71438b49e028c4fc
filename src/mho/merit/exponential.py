"""Exponential and double exponential approach to a level."""

from dataclasses import dataclass
from math import log

import numpy as np
from numpy.typing import ArrayLike

from mho.merit import regression
from mho.merit.estimate import Estimate, exponential
from mho.merit.samples import (
    FloatArray,
    NotEnoughData,
    require_change,
    require_curve,
    usable,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExponentialFit:
    """y = level + amplitude exp(-x / constant).

    Attributes
    ----------
    level
        In the unit of y; without width where it was given.
    constant
        In the unit of x: n0 of a pulse train, tau of a decay.
    """

    level: Estimate
    amplitude: Estimate
    constant: Estimate
    r2: float
    points: int
    ignored: int
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DoubleExponentialFit:
    """y = level + fast_amplitude exp(-x / fast) + slow_amplitude exp(-x / slow), fast < slow."""

    level: Estimate
    fast_amplitude: Estimate
    fast: Estimate
    slow_amplitude: Estimate
    slow: Estimate
    r2: float
    points: int
    ignored: int
    source: str


def exponential_fit(
    x: ArrayLike, y: ArrayLike, *, level: float | None = None, what: str = "the exponential fit"
) -> ExponentialFit:
    """Nonlinear least squares of y = level + amplitude exp(-x / constant), constant > 0.

    The logarithm of the constant is the fitted parameter, so its interval is never negative.

    Parameters
    ----------
    x, y
        Shape (n,).
    level
        Value that y approaches; fitted when None.

    Raises
    ------
    NotEnoughData
        No more points than parameters, x or y constant, or points that do not bend towards a
        level (or lie all on it), or that scatter around one, so that no constant follows from them.
    """
    parameters = 2 if level is not None else 3
    (xs, ys), ignored = usable(what, parameters + 1, x=x, y=y)
    require_change(what, "the abscissa", xs)
    require_change(what, "the ordinate", ys)
    origin, span = float(np.min(xs)), float(np.ptp(xs))
    shifted = xs - origin

    def terms(constant: float) -> list[FloatArray]:
        return [np.exp(-shifted / constant)]

    grid = span * np.geomspace(0.01, 30, 20)
    best = min(grid, key=lambda constant: _squares(terms(constant), ys, level))
    start = _coefficients(terms(best), ys, level)

    def model(x: FloatArray, amplitude: float, logarithm: float, base: float) -> FloatArray:
        return base + amplitude * _decay(x, logarithm)

    fit = _curve(what, model, shifted, ys, [start[0], log(best)], start[-1], level, span, (1,))
    if level is None:
        require_curve(what, fit.r2, len(xs), parameters)

    def at_zero(p: FloatArray) -> float:
        return float(p[0]) * exponential(origin / exponential(float(p[1])))

    return ExponentialFit(
        level=fit.parameter(2) if level is None else _exactly(level),
        amplitude=fit.derived(at_zero),
        constant=fit.parameter(1).mapped(exponential),
        r2=fit.r2,
        points=len(xs),
        ignored=ignored,
        source="y = level + amplitude exp(-x/constant), nonlinear least squares",
    )


def double_exponential_fit(
    x: ArrayLike,
    y: ArrayLike,
    *,
    level: float | None = None,
    what: str = "the double exponential fit",
) -> DoubleExponentialFit:
    """Nonlinear least squares of two exponentials and a level; intervals as `exponential_fit`.

    Raises
    ------
    NotEnoughData
        As `exponential_fit`; in particular points that a single exponential already explains.
    """
    parameters = 4 if level is not None else 5
    (xs, ys), ignored = usable(what, parameters + 1, x=x, y=y)
    require_change(what, "the abscissa", xs)
    require_change(what, "the ordinate", ys)
    span = float(np.ptp(xs))
    if np.min(xs) < 0:
        raise NotEnoughData(f"{what} needs abscissae from 0 up; the smallest is {np.min(xs):g}")
    grid = span * np.geomspace(0.003, 3, 12)

    def terms(pair: tuple[float, float]) -> list[FloatArray]:
        return [np.exp(-xs / constant) for constant in pair]

    pairs = [(fast, slow) for n, fast in enumerate(grid) for slow in grid[n + 1 :]]
    best = min(pairs, key=lambda pair: _squares(terms(pair), ys, level))
    start = _coefficients(terms(best), ys, level)

    def model(
        x: FloatArray, a: float, log_fast: float, b: float, log_slow: float, base: float
    ) -> FloatArray:
        return base + a * _decay(x, log_fast) + b * _decay(x, log_slow)

    guess = [start[0], log(best[0]), start[1], log(best[1])]
    fit = _curve(what, model, xs, ys, guess, start[-1], level, span, (1, 3))
    fast, slow = (0, 2) if fit.values[1] < fit.values[3] else (2, 0)
    return DoubleExponentialFit(
        level=fit.parameter(4) if level is None else _exactly(level),
        fast_amplitude=fit.parameter(fast),
        fast=fit.parameter(fast + 1).mapped(exponential),
        slow_amplitude=fit.parameter(slow),
        slow=fit.parameter(slow + 1).mapped(exponential),
        r2=fit.r2,
        points=len(xs),
        ignored=ignored,
        source="y = level + a exp(-x/fast) + b exp(-x/slow), nonlinear least squares",
    )


def _decay(x: FloatArray, logarithm: float) -> FloatArray:
    return np.asarray(np.exp(-x / np.exp(logarithm)), dtype=np.float64)


def _design(terms: list[FloatArray], level: float | None) -> FloatArray:
    ones = [np.ones_like(terms[0])] if level is None else []
    return np.column_stack([*terms, *ones])


def _coefficients(terms: list[FloatArray], y: FloatArray, level: float | None) -> list[float]:
    """Amplitudes, then the level, that are best for given constants."""
    target = y - (level or 0.0)
    values, *_ = np.linalg.lstsq(_design(terms, level), target, rcond=None)
    return [float(value) for value in values] + ([] if level is None else [level])


def _squares(terms: list[FloatArray], y: FloatArray, level: float | None) -> float:
    *amplitudes, base = _coefficients(terms, y, level)
    error = y - base - sum(a * term for a, term in zip(amplitudes, terms, strict=True))
    return float(error @ error)


def _curve(
    what: str,
    model: regression.Model,
    x: FloatArray,
    y: FloatArray,
    guess: list[float],
    base: float,
    level: float | None,
    span: float,
    logarithms: tuple[int, ...],
) -> regression.Fit:
    low, high = [-np.inf] * len(guess), [np.inf] * len(guess)
    height = float(np.ptp(y))
    unit = [height] * len(guess)
    for place in logarithms:
        unit[place] = 1.0
        low[place], high[place] = log(span * 1e-4), log(span * 1e3)
    if level is not None:

        def fixed(x: FloatArray, *p: float) -> FloatArray:
            return model(x, *p, level)

        return regression.curve(what, fixed, x, y, start=guess, unit=unit, low=low, high=high)
    return regression.curve(
        what,
        model,
        x,
        y,
        start=[*guess, base],
        unit=[*unit, height],
        low=[*low, -np.inf],
        high=[*high, np.inf],
    )


def _exactly(value: float) -> Estimate:
    return Estimate(value=value, low=value, high=value)
