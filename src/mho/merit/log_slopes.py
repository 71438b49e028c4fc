"""Two straight segments with a continuous break in a double-logarithmic I-V (ohmic to SCLC)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize

from mho.merit import regression
from mho.merit.estimate import Estimate, exponential
from mho.merit.samples import FloatArray, NotEnoughData, require_change, usable


@dataclass(frozen=True, slots=True, kw_only=True)
class LogSlopes:
    """ln I = ln I_break + slope ln(V/V_break), one slope below the break and one above.

    Attributes
    ----------
    low_slope, high_slope
        Of ln I against ln V (the Ag/alpha-Fe2O3/FTO paper: 1.07 and 2.19 in the HRS).
    break_voltage
        V, where both segments meet.
    single_slope, single_r2
        Of one line through everything: a break is worth believing only where it gains on this.
    """

    low_slope: Estimate
    high_slope: Estimate
    break_voltage: Estimate
    single_slope: Estimate
    single_r2: float
    r2: float
    points: int
    ignored: int
    source: str


def log_slopes(voltage: ArrayLike, current: ArrayLike, *, least_points: int = 3) -> LogSlopes:
    """Scan the break, keep the least squares, refine it; magnitudes of one branch, shapes (n,).

    ``least_points`` stay on either side of the break. Points at or below zero are ignored.

    Raises
    ------
    NotEnoughData
        Fewer than ``2 least_points`` (at least 6) different voltages, or both segments of one
        slope, whose break is nowhere.
    """
    what = "the two-segment slopes"
    (v, i), ignored = usable(
        what,
        max(6, 2 * least_points),
        positive=("voltage", "current"),
        voltage=voltage,
        current=current,
    )
    order = np.argsort(v)
    x, y = np.log(v[order]), np.log(i[order])
    require_change(what, "the current", y)
    places = np.unique(x)
    if len(places) < 2 * least_points:
        raise NotEnoughData(
            f"{what} needs {2 * least_points} different voltages, got {len(places)}"
        )
    candidates = places[least_points - 1 : len(places) - least_points + 1]
    scanned = [_squares(x, y, at) for at in candidates]
    best = int(np.argmin(scanned))
    low = float(candidates[max(best - 1, 0)])
    high = float(candidates[min(best + 1, len(candidates) - 1)])
    at = float(candidates[best])
    if high > low:
        refined = optimize.minimize_scalar(
            lambda place: _squares(x, y, place), bounds=(low, high), method="bounded"
        )
        at = float(refined.x) if refined.fun <= scanned[best] else at
    segments = regression.linear(what, _terms(x, at), y)
    single = regression.line(what, x, y)
    bend = float(segments.values[2])
    # The break counts as a fourth parameter. The first slope runs about a fixed origin, so only
    # the bend moves with the break: its column of the Jacobian is -bend above it, else 0.
    jacobian = np.column_stack([*_terms(x, at), np.where(x > at, -bend, 0.0)])
    freedom = len(x) - 4
    variance = _squares(x, y, at) / freedom
    product = jacobian.T @ jacobian
    if bend == 0 or np.linalg.cond(product) > 1e15:
        raise NotEnoughData(f"{what}: both segments have one slope, the break is nowhere")
    full = regression.Fit(
        values=np.array([*segments.values, at]),
        covariance=np.linalg.inv(product) * variance,
        freedom=freedom,
        r2=segments.r2,
    )
    return LogSlopes(
        low_slope=full.parameter(1),
        high_slope=full.derived(lambda p: float(p[1] + p[2])),
        break_voltage=full.parameter(3).mapped(exponential),
        single_slope=single.parameter(0),
        single_r2=single.r2,
        r2=full.r2,
        points=len(x),
        ignored=ignored,
        source="ln I against ln V, two segments that meet at the break of least squares",
    )


def _terms(x: FloatArray, at: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    return np.ones_like(x), x - at, np.maximum(x - at, 0.0)


def _squares(x: FloatArray, y: FloatArray, at: float) -> float:
    design = np.column_stack(_terms(x, at))
    values, *_ = np.linalg.lstsq(design, y, rcond=None)
    error = y - design @ values
    return float(error @ error)
