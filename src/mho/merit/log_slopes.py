"""Two slopes with a smooth knee between them in a double-logarithmic I-V (ohmic to SCLC)."""

from dataclasses import dataclass
from math import exp, log, sqrt

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize

from mho.merit import regression
from mho.merit.estimate import Estimate, exponential
from mho.merit.samples import FloatArray, NotEnoughData, require_change, usable

_PARAMETERS = 5
_PLACES, _SHARPNESSES = np.linspace(0.15, 0.9, 12), (2.0, 6.0, 25.0)
_USUAL, _SPREAD = log(6.0), 2.0
"""ln of the sharpness that is expected, and how weakly."""

_ROUNDS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class LogSlopes:
    """ln I = a + m1 x + (m2 - m1)/p ln(1 + exp(p (x - x0))), x = ln V.

    The slope is m1 far below x0 and m2 far above.

    Attributes
    ----------
    low_slope, high_slope
        m1 and m2 (the Ag/alpha-Fe2O3/FTO paper: 1.07 and 2.19 in the HRS). They are asymptotic: the
        interval widens where the curve does not reach far beyond the knee.
    break_voltage
        V, the knee.
    sharpness
        p; a corner above 25.
    single_slope, single_r2
        Of one line through everything: a knee is worth believing only where it gains on this.
    """

    low_slope: Estimate
    high_slope: Estimate
    break_voltage: Estimate
    sharpness: float
    single_slope: Estimate
    single_r2: float
    r2: float
    points: int
    ignored: int
    source: str


def log_slopes(voltage: ArrayLike, current: ArrayLike) -> LogSlopes:
    """Fit both slopes and the knee; magnitudes of one branch, shapes (n,).

    Points at or below zero are ignored.

    Raises
    ------
    NotEnoughData
        Fewer than 8 different voltages, a constant current, or one slope, whose knee is nowhere.
    """
    what = "the two slopes"
    (v, i), ignored = usable(
        what, _PARAMETERS + 3, positive=("voltage", "current"), voltage=voltage, current=current
    )
    order = np.argsort(v)
    x, y = np.log(v[order]), np.log(i[order])
    require_change(what, "the current", y)
    different = len(np.unique(x))
    if different < _PARAMETERS + 3:
        raise NotEnoughData(f"{what} needs {_PARAMETERS + 3} different voltages, got {different}")
    with np.errstate(all="ignore"):  # a trial step may overflow; the solver then shortens it
        try:
            fit = _fit(x, y)
        except (ValueError, np.linalg.LinAlgError) as error:
            raise NotEnoughData(f"{what}: the fit broke down on these data ({error})") from error
    bend = fit.parameter(2)
    if not np.all(np.isfinite(fit.covariance)) or bend.covers(0.0):
        raise NotEnoughData(f"{what}: the curve has one slope, its knee is nowhere")
    single = regression.line(what, x, y)
    return LogSlopes(
        low_slope=fit.parameter(1),
        high_slope=fit.derived(lambda p: float(p[1] + p[2])),
        break_voltage=fit.parameter(3).mapped(exponential),
        sharpness=exponential(float(fit.values[4])),
        single_slope=single.parameter(0),
        single_r2=single.r2,
        r2=fit.r2,
        points=len(x),
        ignored=ignored,
        source="ln I against ln V, two slopes with a smooth knee, least squares",
    )


def _base(x: FloatArray, knee: float, sharpness: float) -> FloatArray:
    bend = np.logaddexp(0, sharpness * (x - knee)) / sharpness
    return np.column_stack([np.ones_like(x), x, bend])


def _fit(x: FloatArray, y: FloatArray) -> regression.Fit:
    """Parameters a, m1, m2 - m1, x0, ln p: a scan of knees, then nonlinear least squares."""
    start = _start(x, y)
    freedom = len(x) - _PARAMETERS
    scatter = sqrt(_squares(x, y, start) / freedom) + 1e-9
    for _ in range(_ROUNDS):

        def residual(p: FloatArray, scatter: float = scatter) -> FloatArray:
            modelled = _base(x, float(p[3]), exp(float(np.clip(p[4], -1, 6)))) @ p[:3]
            return np.append((modelled - y) / scatter, (p[4] - _USUAL) / _SPREAD)

        result = optimize.least_squares(residual, start, x_scale="jac", method="lm", max_nfev=400)
        start, before = result.x, scatter
        scatter = scatter * sqrt(float(np.sum(result.fun[:-1] ** 2)) / freedom)
        if not scatter > 1e-12 or abs(scatter / before - 1) < 0.02:
            break
    away = y - np.mean(y)
    return regression.Fit(
        values=start,
        covariance=regression.open_inverse(np.asarray(result.jac, dtype=np.float64)),
        freedom=freedom,
        r2=1 - _squares(x, y, start) / float(away @ away),
    )


def _start(x: FloatArray, y: FloatArray) -> FloatArray:
    """The best of a grid of knees and sharpnesses."""
    found: list[tuple[float, FloatArray]] = []
    for knee in np.quantile(x, _PLACES).tolist():
        for sharpness in _SHARPNESSES:
            base = _base(x, knee, sharpness)
            linear, *_ = np.linalg.lstsq(base, y, rcond=None)
            error = y - base @ linear
            found.append((float(error @ error), np.array([*linear, knee, log(sharpness)])))
    return min(found, key=lambda one: one[0])[1]


def _squares(x: FloatArray, y: FloatArray, p: FloatArray) -> float:
    error = y - _base(x, float(p[3]), exp(float(np.clip(p[4], -1, 6)))) @ p[:3]
    return float(error @ error)
