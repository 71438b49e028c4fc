"""Endurance: cycles until the window closes, and the Weibull law of many devices."""

from collections.abc import Callable
from dataclasses import dataclass
from math import inf, log

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize

from mho.merit import regression
from mho.merit.estimate import Estimate, exponential, quantiles, student_quantile
from mho.merit.samples import FloatArray, NotEnoughData, require_change, usable

_RESAMPLES = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class CyclesToFailure:
    """How long one device lived.

    Attributes
    ----------
    cycles
        Number of the first failing cycle, or of the last one measured.
    censored
        True when the measurement ended before the device failed.
    """

    cycles: int
    censored: bool
    minimum_ratio: float
    points: int
    ignored: int
    source: str


def cycles_to_failure(
    cycle: ArrayLike, ratio: ArrayLike, *, minimum_ratio: float, in_a_row: int = 1
) -> CyclesToFailure:
    """First cycle whose on/off ratio is below a criterion, shapes (cycles,), in order of time.

    ``in_a_row`` asks for that many failing cycles in succession (the first of them counts), so
    that one bad read is not a death. Cycles without a ratio (NaN) are left out.

    Raises
    ------
    NotEnoughData
        No usable cycle.
    """
    (number, window), ignored = usable("the endurance", 1, cycle=cycle, ratio=ratio)
    failing = window < minimum_ratio
    starts = range(len(failing) - in_a_row + 1)
    dead = next((at for at in starts if np.all(failing[at : at + in_a_row])), None)
    return CyclesToFailure(
        cycles=int(number[-1 if dead is None else dead]),
        censored=dead is None,
        minimum_ratio=minimum_ratio,
        points=len(number),
        ignored=ignored,
        source=f"first of {in_a_row} cycles in a row with an on/off ratio below {minimum_ratio:g}",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class WeibullFit:
    """F(N) = 1 - exp(-(N/scale)^shape).

    Attributes
    ----------
    scale
        eta, cycles (63.2 % have failed).
    shape
        beta: below 1 early failures, above 1 wear-out.
    r2
        Of the Weibull plot; None where the fit is not a straight line through it.
    """

    scale: Estimate
    shape: Estimate
    failures: int
    censored: int
    r2: float | None
    points: int
    ignored: int
    source: str


def weibull_median_ranks(lifetime: ArrayLike, *, seed: int = 0) -> WeibullFit:
    """Straight line through ln(-ln(1-F)) against ln N, F_i = (i - 0.3)/(n + 0.4).

    Complete samples only: every device has failed; otherwise use `weibull_likelihood`. The points
    of the plot depend on one another, so intervals come from the distributions of shape/true shape
    and shape ln(scale/true scale), which are free of the parameters, in simulated samples of the
    same size.

    Parameters
    ----------
    lifetime
        Shape (devices,), cycles, above zero.
    seed
        Of the simulated samples.

    Raises
    ------
    NotEnoughData
        Fewer than 3 usable devices, or all of one lifetime.
    """
    what = "the Weibull plot"
    (life,), ignored = usable(what, 3, positive=("lifetime",), lifetime=lifetime)
    n = len(life)
    ranks = (np.arange(1, n + 1) - 0.3) / (n + 0.4)
    ordinate = np.log(-np.log1p(-ranks))
    abscissa = np.log(np.sort(life))
    require_change(what, "the lifetime", life)
    fit = regression.line(what, abscissa, ordinate)
    shape = float(fit.values[0])
    scale = exponential(-float(fit.values[1]) / shape)
    # A Weibull sample of shape and scale 1 is exponential.
    simulated = np.log(np.sort(np.random.default_rng(seed).exponential(size=(_RESAMPLES, n))))
    centred = simulated - simulated.mean(axis=1, keepdims=True)
    shapes = centred @ (ordinate - ordinate.mean()) / np.sum(centred**2, axis=1)
    offsets = shapes * simulated.mean(axis=1) - ordinate.mean()
    of_shape, of_offset = quantiles(shape, shapes), quantiles(0.0, offsets)
    return WeibullFit(
        scale=Estimate(
            value=scale,
            low=scale * exponential(-of_offset.high / shape),
            high=scale * exponential(-of_offset.low / shape),
        ),
        shape=Estimate(value=shape, low=shape / of_shape.high, high=shape / of_shape.low),
        failures=n,
        censored=0,
        r2=fit.r2,
        points=n,
        ignored=ignored,
        source="Weibull plot, median ranks (i - 0.3)/(n + 0.4), pivotal simulated intervals",
    )


def weibull_likelihood(lifetime: ArrayLike, censored: ArrayLike) -> WeibullFit:
    """Likelihood with right-censored devices, corrected for few failures.

    The shape is that of the modified profile likelihood (Z. Yang and M. Xie, Comput. Stat. Data
    Anal. 43, 1, 2003): plain likelihood makes it too high by a factor of about 1 + 1.4/failures.
    Intervals are those of the profile likelihoods. That of the shape has its correction for few
    failures in the likelihood, and takes the normal quantile; that of the scale has none, and takes
    the Student quantile of twice the devices, for survivors tell of it as well.

    Parameters
    ----------
    lifetime, censored
        Shape (devices,): cycles, above zero, and true where the device had not failed by then.

    Raises
    ------
    NotEnoughData
        Fewer than 3 failures, or failures and survivors of one single lifetime.
    """
    what = "the Weibull likelihood"
    alive = np.asarray(censored, dtype=np.float64)
    (life, survived), ignored = usable(
        what, 3, positive=("lifetime",), lifetime=lifetime, censored=alive
    )
    failed = survived < 0.5
    failures = int(np.count_nonzero(failed))
    if failures < 3:
        raise NotEnoughData(f"{what} needs 3 devices that failed, got {failures} of {len(life)}")
    require_change(what, "the lifetime", life)
    longest = float(np.max(life))
    sample = _Sample(np.log(life / longest), failed)
    if sample.score(log(_STEEPEST), 0.0) > 0:
        raise NotEnoughData(f"{what}: the failures are too close together to give a shape")
    return WeibullFit(
        scale=sample.log_scale().mapped(lambda value: longest * exponential(value)),
        shape=sample.log_shape().mapped(exponential),
        failures=failures,
        censored=len(life) - failures,
        r2=None,
        points=len(life),
        ignored=ignored,
        source="Weibull modified profile likelihood, right-censored",
    )


_STEEPEST = 1e6
"""Largest shape that is looked for."""


class _Sample:
    """Lifetimes as ln(life / longest), and which devices failed."""

    def __init__(self, logs: FloatArray, failed: NDArray[np.bool_]) -> None:
        self._logs = logs
        self._devices, self._failures = len(logs), int(np.count_nonzero(failed))
        self._sum = float(np.sum(logs[failed]))

    def score(self, log_shape: float, less: float) -> float:
        """Slope of the profile likelihood of the shape, with ``less`` failures taken off."""
        shape = exponential(log_shape)
        weights = np.exp(shape * self._logs)
        mean = float(weights @ self._logs) / float(np.sum(weights))
        return (self._failures - less) / shape + self._sum - self._failures * mean

    def log_shape(self) -> Estimate:
        # 2 for a complete sample, 1 under heavy censoring.
        less = 1 + max(0.0, (self._failures / self._devices - 0.45) / 0.55)
        best = self._solved(less)

        def profile(log_shape: float) -> float:
            grown = float(np.sum(np.exp(exponential(log_shape) * self._logs)))
            bent = (self._failures - less) * log_shape + exponential(log_shape) * self._sum
            return bent - self._failures * log(grown)

        return _profiled(profile, best, student_quantile(inf) ** 2 / 2, 0.3)

    def log_scale(self) -> Estimate:
        shape = exponential(self._solved(0.0))
        grown = float(np.sum(np.exp(shape * self._logs)))
        best = log(grown / self._failures) / shape

        def profile(log_scale: float) -> float:
            away = self._logs - log_scale

            def slope(log_shape: float) -> float:
                b = exponential(log_shape)
                weights = np.exp(np.minimum(b * away, 700))
                return (
                    self._failures / b
                    + self._sum
                    - self._failures * log_scale
                    - float(weights @ away)
                )

            b = exponential(float(optimize.brentq(slope, -8, 6)))
            total = float(np.sum(np.exp(np.minimum(b * away, 700))))
            return self._failures * log(b) + b * (self._sum - self._failures * log_scale) - total

        drop = student_quantile(2 * self._devices) ** 2 / 2
        return _profiled(profile, best, drop, 0.5 / shape)

    def _solved(self, less: float) -> float:
        low, high = -8.0, log(_STEEPEST)
        return float(optimize.brentq(self.score, low, high, args=(less,), xtol=1e-13))


def _profiled(profile: Callable[[float], float], best: float, drop: float, step: float) -> Estimate:
    """Where a likelihood falls by no more than ``drop``; open where it never does."""
    top = profile(best)

    def below(at: float) -> float:
        return profile(at) - top + drop

    def end(sign: int) -> float:
        reach = step
        for _ in range(12):
            try:
                if profile(best + sign * reach) < top - drop:
                    return float(
                        optimize.brentq(
                            lambda at: profile(at) - top + drop,
                            best,
                            best + sign * reach,
                            xtol=1e-9,
                        )
                    )
            except ValueError:  # no shape fits such a scale
                break
            reach *= 1.7
        return sign * inf

    return Estimate(value=best, low=end(-1), high=end(1))
