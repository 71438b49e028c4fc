"""Drift of a conductance in time: the exponent nu, and log-time relaxation of many cells."""

from dataclasses import dataclass
from math import log10, sqrt

import numpy as np
from numpy.typing import ArrayLike

from mho.merit import regression
from mho.merit.estimate import Estimate, deviation, exponential, mean
from mho.merit.samples import FloatArray, NotEnoughData, usable
from mho.merit.slow_noise import BELOW_A_CHANGE, BELOW_A_LEVEL, FEWEST, colour, error_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """G(t) = G0 (t/t0)^-nu.

    Attributes
    ----------
    nu
        -dlnG/dlnt: positive for a conductance that falls.
    initial
        G0 (S), the fitted conductance at ``t0``.
    t0
        Seconds; without it neither G0 nor a change "since t0" means anything.
    residual
        sd of ln G about the law.
    """

    nu: Estimate
    initial: Estimate
    t0: float
    residual: float
    r2: float
    points: int
    ignored: int
    source: str


def drift(time: ArrayLike, conductance: ArrayLike, *, t0: float = 1.0) -> Drift:
    """Straight line through ln G against ln(t/t0); reads at t <= 0 or G <= 0 are ignored.

    Parameters
    ----------
    time
        Shape (n,), seconds since programming.
    conductance
        Shape (n,), S. The intervals take reads as evenly spaced, and as much alike as they are
        seen to be about the line (`mho.merit.slow_noise`).

    Raises
    ------
    NotEnoughData
        Fewer than 3 usable reads, a constant conductance, or a single time.
    """
    what = "the drift"
    (t, g), ignored = usable(
        what, 3, positive=("time", "conductance"), time=time, conductance=conductance
    )
    x, y = np.log(t / t0), np.log(g)
    fit = regression.line(what, x, y)
    about = y - fit.values[0] * x - fit.values[1]
    slope, intercept = fit.parameter(0), fit.parameter(1)
    if len(x) >= FEWEST:
        slope, intercept = _with_slow_noise(x, fit.values, about)
    return Drift(
        nu=slope.mapped(lambda value: -value),
        initial=intercept.mapped(exponential),
        t0=t0,
        residual=sqrt(float(about @ about) / fit.freedom),
        r2=fit.r2,
        points=len(t),
        ignored=ignored,
        source=f"G(t) = G0 (t/t0)^-nu, t0 = {t0:g} s, least squares of ln G on ln t",
    )


def _with_slow_noise(
    x: FloatArray, line: FloatArray, about: FloatArray
) -> tuple[Estimate, Estimate]:
    """Slope and intercept of a least-squares line whose scatter is not white."""
    centred = x - np.mean(x)
    of_slope = centred / float(centred @ centred)
    of_intercept = 1 / len(x) - np.mean(x) * of_slope
    noise = colour(about)
    slope = error_of(of_slope, noise, below=BELOW_A_CHANGE)
    level = error_of(of_intercept, noise, below=BELOW_A_LEVEL)
    return Estimate.of(float(line[0]), *slope), Estimate.of(float(line[1]), *level)


@dataclass(frozen=True, slots=True, kw_only=True)
class Relaxation:
    """Log-time relaxation of a population: change of ln G per decade of time.

    Attributes
    ----------
    mean_per_decade
        Mean slope of ln G on log10 t over the cells.
    deviation_per_decade
        sd of that slope over the cells, read noise included.
    read_noise_per_decade
        The part of it (rms standard error of a slope) that scatter about the lines explains.
    """

    mean_per_decade: Estimate
    deviation_per_decade: Estimate
    read_noise_per_decade: float
    decades: float
    cells: int
    points: int
    ignored: int
    source: str


def log_time_relaxation(time: ArrayLike, conductance: ArrayLike) -> Relaxation:
    """Slopes of ln G on log10 t, cell by cell, and how they scatter.

    Parameters
    ----------
    time
        Shape (n,), seconds since programming, above zero.
    conductance
        Shape (cells, n), S. A cell with fewer than 3 usable reads is left out, its reads counted
        as ignored.

    Raises
    ------
    NotEnoughData
        Fewer than two such cells.
    """
    what = "the log-time relaxation"
    g = np.atleast_2d(np.asarray(conductance, dtype=np.float64))
    t = np.asarray(time, dtype=np.float64)
    slopes: list[float] = []
    variances: list[float] = []
    decades, used = 0.0, 0
    for cell in g:
        try:
            (moments, levels), _ = usable(
                what, 3, positive=("time", "conductance"), time=t, conductance=cell
            )
            fit = regression.line(what, np.log10(moments), np.log(levels))
        except NotEnoughData:
            continue
        slopes.append(float(fit.values[0]))
        variances.append(float(fit.covariance[0, 0]))
        decades = max(decades, log10(float(np.max(moments)) / float(np.min(moments))))
        used += len(moments)
    if len(slopes) < 2:
        raise NotEnoughData(f"{what} needs two cells with 3 changing reads each; got {len(slopes)}")
    values = np.array(slopes)
    return Relaxation(
        mean_per_decade=mean(values),
        deviation_per_decade=deviation(float(np.std(values, ddof=1)), len(values) - 1),
        read_noise_per_decade=sqrt(float(np.mean(variances))),
        decades=decades,
        cells=len(values),
        points=used,
        ignored=g.size - used,
        source="slope of ln G on log10 t per cell; mean and sd over cells",
    )
