"""Relative standard deviation (RSD) of a read level, and its law over conductance."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from mho.merit import regression
from mho.merit.estimate import Estimate, deviation, exponential
from mho.merit.samples import NotEnoughData, is_constant, usable
from mho.merit.slow_noise import colour, freedom_of_variance, slowest_share


@dataclass(frozen=True, slots=True, kw_only=True)
class RelativeDeviation:
    """sd(I) / abs(mean(I)) at a fixed voltage.

    Attributes
    ----------
    rsd
        A fraction. State it with ``duration``, ``interval`` and the aperture of a read, since 1/f
        noise makes it grow with the duration.
    mean_current
        A.
    duration, interval
        Length of the record and time between reads (s).
    independent
        Reads that would tell as much of the deviation if they were independent.
    slowest
        Share of the variance of the mean that comes from noise about as slow as the record. Above
        a half the record is too short to know the mean.
    """

    rsd: Estimate
    mean_current: float
    duration: float
    interval: float
    independent: float
    slowest: float
    detrended: bool
    points: int
    ignored: int
    source: str


def relative_deviation(
    current: ArrayLike, *, interval: float, detrended: bool = False
) -> RelativeDeviation:
    """RSD of a record of this length and rate at one voltage.

    1/f noise has no RSD of infinite time; a longer record has a larger one.

    Parameters
    ----------
    current
        Shape (n,), A, one read every ``interval`` seconds.
    detrended
        Take the sd about a straight line instead of about the mean.

    Raises
    ------
    NotEnoughData
        Fewer than 4 usable reads, or a mean of zero.
    """
    what = "the relative standard deviation"
    (i,), ignored = usable(what, 4, current=current)
    centre = float(np.mean(i))
    if centre == 0:
        raise NotEnoughData(f"{what}: the mean current is zero")
    flat = is_constant(i)
    about, parameters = i - centre, 1
    if detrended and not flat:
        order = np.arange(len(i), dtype=np.float64)
        about, parameters = i - np.polyval(regression.line(what, order, i).values, order), 2
    noise = colour(about)
    freedom = freedom_of_variance(noise) + 1 - parameters
    squares = 0.0 if flat else float(about @ about)
    rsd = (squares / (len(i) - parameters)) ** 0.5 / abs(centre)
    return RelativeDeviation(
        rsd=deviation(rsd, freedom),
        mean_current=centre,
        duration=np.size(current) * interval,
        interval=interval,
        independent=freedom + parameters,
        slowest=0.0 if flat else slowest_share(noise),
        detrended=detrended,
        points=len(i),
        ignored=ignored,
        source="sd(I)/abs(mean(I)) at fixed voltage" + (", linear trend removed" * detrended),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviationLaw:
    """rsd(G) = rsd0 (G / reference)^-beta.

    Attributes
    ----------
    rsd0
        A fraction, at ``reference`` (S).
    beta
        Positive where low conductances are noisier.
    """

    rsd0: Estimate
    beta: Estimate
    reference: float
    r2: float
    points: int
    ignored: int
    source: str


def deviation_law(conductance: ArrayLike, rsd: ArrayLike, *, reference: float) -> DeviationLaw:
    """Straight line through ln rsd against ln(G / reference), shapes (levels,).

    Raises
    ------
    NotEnoughData
        Fewer than 3 usable levels, one conductance only, or one rsd only.
    """
    what = "the law of the relative deviation"
    (g, sd), ignored = usable(
        what, 3, positive=("conductance", "rsd"), conductance=conductance, rsd=rsd
    )
    fit = regression.line(what, np.log(g / reference), np.log(sd))
    return DeviationLaw(
        rsd0=fit.parameter(1).mapped(exponential),
        beta=fit.parameter(0).mapped(lambda slope: -slope),
        reference=reference,
        r2=fit.r2,
        points=len(g),
        ignored=ignored,
        source="rsd = rsd0 (G/G_ref)^-beta, least squares of ln rsd on ln G",
    )
