"""Retention: relative change over a hold, time to an allowed change, and its activation energy."""

from dataclasses import dataclass
from math import inf, log

import numpy as np
from numpy.typing import ArrayLike
from scipy.constants import Boltzmann, elementary_charge

from mho.merit import regression
from mho.merit.drift import Drift
from mho.merit.estimate import Estimate, exponential
from mho.merit.samples import FloatArray, NotEnoughData, usable
from mho.merit.slow_noise import BELOW_A_CHANGE, FEWEST, colour, error_of, ratio_of_records


@dataclass(frozen=True, slots=True, kw_only=True)
class RelativeChange:
    """(G_end - G_start) / G_start of means over both ends of a hold; times in s."""

    change: Estimate
    start: float
    end: float
    first_time: float
    last_time: float
    points: int
    ignored: int
    source: str


def relative_change(
    time: ArrayLike, conductance: ArrayLike, *, share: float = 0.1
) -> RelativeChange:
    """Relative change of a conductance (S) over a hold, shapes (n,), in order of time.

    Parameters
    ----------
    share
        Part of the reads averaged at either end, at least one read. The interval takes them as
        evenly spaced, and as much alike as they are seen to be about a straight line
        (`mho.merit.slow_noise`); it is open for single reads.

    Raises
    ------
    NotEnoughData
        Fewer than two usable reads.
    """
    what = "the relative change"
    (t, g), ignored = usable(what, 2, positive=("conductance",), time=time, conductance=conductance)
    count = min(max(1, round(share * len(g))), len(g) // 2)
    first, last = g[:count], g[-count:]
    start, end = float(np.mean(first)), float(np.mean(last))
    return RelativeChange(
        change=_ratio_of_ends(g, count).mapped(lambda ratio: ratio - 1),
        start=start,
        end=end,
        first_time=float(np.mean(t[:count])),
        last_time=float(np.mean(t[-count:])),
        points=2 * count,
        ignored=ignored,
        source=f"(G_end - G_start) / G_start, means of {count} reads at either end",
    )


def _ratio_of_ends(conductance: FloatArray, count: int) -> Estimate:
    """Mean of the last ``count`` reads over that of the first."""
    first, last, reads = conductance[:count], conductance[-count:], len(conductance)
    if reads < FEWEST:
        return ratio_of_records(last, first)
    relative, order = conductance / np.mean(conductance), np.arange(reads)
    weights = np.zeros(reads)
    weights[:count], weights[-count:] = -1 / count, 1 / count
    noise = colour(relative - np.polyval(np.polyfit(order, relative, 1), order))
    error, freedom = error_of(weights, noise, below=BELOW_A_CHANGE)
    value = float(np.mean(last) / np.mean(first))
    return Estimate.of(log(value), error, freedom).mapped(exponential)


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionTime:
    """Seconds until the conductance left the allowed band.

    Attributes
    ----------
    time
        First read outside the band; its interval reaches back to the last read inside. If the
        hold ended first, the end of the hold, and open above.
    failed
        Whether the band was left.
    """

    time: Estimate
    failed: bool
    allowed_change: float
    points: int
    ignored: int
    source: str


def retention_time(
    time: ArrayLike, conductance: ArrayLike, *, allowed_change: float
) -> RetentionTime:
    """First time at which abs(G/G_first - 1) exceeds ``allowed_change`` (a fraction).

    Parameters
    ----------
    time, conductance
        Shape (n,), in order of time. Average first where single reads are noisy: one outlier ends
        the retention.

    Raises
    ------
    NotEnoughData
        Fewer than two usable reads.
    """
    (t, g), ignored = usable(
        "the retention time", 2, positive=("conductance",), time=time, conductance=conductance
    )
    outside = np.flatnonzero(np.abs(g / g[0] - 1) > allowed_change)
    at = int(outside[0]) if len(outside) else len(t) - 1
    moment = float(t[at])
    inside = float(t[at - 1]) if len(outside) else moment
    return RetentionTime(
        time=Estimate(value=moment, low=inside, high=moment if len(outside) else inf),
        failed=len(outside) > 0,
        allowed_change=allowed_change,
        points=len(t),
        ignored=ignored,
        source=f"first read with abs(G/G_first - 1) > {allowed_change:g}",
    )


def extrapolated_retention(law: Drift, *, allowed_change: float) -> Estimate:
    """Seconds at which a drift law has changed G by a fraction of its value at t0.

    t = t0 (1 - allowed)^(-1/nu) for a falling conductance, t0 (1 + allowed)^(-1/nu) for a rising
    one. The interval carries the error of nu only; it is open above where no drift at all cannot
    be excluded. An extrapolation: no measurement reached that time.

    Raises
    ------
    NotEnoughData
        ``allowed_change`` is not between 0 and 1.
    """
    if not 0 < allowed_change < 1:
        raise NotEnoughData(
            f"the allowed change is a fraction above 0, below 1: {allowed_change:g}"
        )

    def moment(nu: float) -> float:
        if nu == 0:
            return inf
        reach = -log(1 - allowed_change) if nu > 0 else -log(1 + allowed_change)
        return law.t0 * exponential(reach / nu)

    ends = [moment(law.nu.low), moment(law.nu.high)]
    crosses = law.nu.low <= 0 <= law.nu.high
    return Estimate(value=moment(law.nu.value), low=min(ends), high=inf if crosses else max(ends))


@dataclass(frozen=True, slots=True, kw_only=True)
class Activation:
    """t_fail = prefactor exp(Ea / kT).

    Attributes
    ----------
    energy
        Ea (eV).
    prefactor
        Seconds, at infinite temperature.
    """

    energy: Estimate
    prefactor: Estimate
    r2: float
    points: int
    ignored: int
    source: str


def activation(temperature: ArrayLike, failure_time: ArrayLike) -> Activation:
    """Arrhenius line: ln of the failure time (s) against 1/kT, temperatures in kelvin, shapes (n,).

    Raises
    ------
    NotEnoughData
        Fewer than 3 usable points, or one temperature only.
    """
    what = "the activation energy"
    (kelvin, t), ignored = usable(
        what,
        3,
        positive=("temperature", "failure_time"),
        temperature=temperature,
        failure_time=failure_time,
    )
    fit = regression.line(what, elementary_charge / (Boltzmann * kelvin), np.log(t))
    return Activation(
        energy=fit.parameter(0),
        prefactor=fit.parameter(1).mapped(exponential),
        r2=fit.r2,
        points=len(t),
        ignored=ignored,
        source="Arrhenius: ln t_fail = ln t_inf + Ea / kT",
    )
