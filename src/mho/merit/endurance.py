"""Endurance: cycles until the window closes, and the Weibull law of many devices."""

from dataclasses import dataclass
from math import log, sqrt

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize, special

from mho.merit import regression
from mho.merit.estimate import Estimate, exponential, quantiles
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
    """Maximum likelihood with right-censored devices.

    Intervals are normal ones of ln scale and ln shape from the observed information. With few
    failures the shape comes out high, by a factor of about 1 + 1.4/failures.

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
    logs = np.log(life / np.max(life))
    target = float(np.mean(logs[failed]))

    def score(log_shape: float) -> float:
        weights = np.exp(np.exp(log_shape) * logs)
        return float(weights @ logs / np.sum(weights)) - exponential(-log_shape) - target

    log_shape_high = log(1e6)
    if score(log_shape_high) < 0:
        raise NotEnoughData(f"{what}: the failures are too close together to give a shape")
    shape = exponential(float(optimize.brentq(score, log(1e-6), log_shape_high, xtol=1e-13)))
    log_scale = log(float(np.sum(np.exp(shape * logs))) / failures) / shape + log(
        float(np.max(life))
    )
    error_scale, error_shape = _likelihood_errors(np.log(life) - log_scale, failures, shape)
    z = float(special.ndtri(0.975))
    return WeibullFit(
        scale=_around(log_scale, z * error_scale),
        shape=_around(log(shape), z * error_shape),
        failures=failures,
        censored=len(life) - failures,
        r2=None,
        points=len(life),
        ignored=ignored,
        source="Weibull maximum likelihood, right-censored, observed information",
    )


def _likelihood_errors(offset: FloatArray, failures: int, shape: float) -> tuple[float, float]:
    """Standard errors of ln scale and ln shape; ``offset`` is ln(life/scale).

    Second derivatives of sum over failures of (ln b + b y) - sum of exp(b y), y = ln x - ln eta.
    """
    grown = shape * offset
    weight = np.exp(grown)
    scale_scale = shape**2 * failures
    cross = -shape * float(weight @ grown)
    shape_shape = failures + float(weight @ grown**2)
    determinant = scale_scale * shape_shape - cross**2
    return sqrt(shape_shape / determinant), sqrt(scale_scale / determinant)


def _around(logarithm: float, half: float) -> Estimate:
    return Estimate(value=logarithm, low=logarithm - half, high=logarithm + half).mapped(
        exponential
    )
