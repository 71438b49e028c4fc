"""The transistor of a 1T1R cell: threshold, swing, on-resistance, output slope, gain factor.

Voltages and currents are given for an n-channel; for a p-channel pass their magnitudes.
"""

from dataclasses import dataclass
from math import inf

import numpy as np
from numpy.typing import ArrayLike

from mho.merit import regression
from mho.merit.estimate import Estimate
from mho.merit.samples import FloatArray, NotEnoughData, is_constant, usable


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """Vth (V) and the largest transconductance (S) with the gate voltage (V) it stands at."""

    voltage: Estimate
    transconductance: Estimate
    at: float
    r2: float
    points: int
    ignored: int
    source: str


def threshold_voltage(
    gate: ArrayLike, drain_current: ArrayLike, *, drain_voltage: float, tangent: int = 5
) -> Threshold:
    """Where the tangent at gm,max meets zero current, minus VDS/2.

    Parameters
    ----------
    gate, drain_current
        Shape (n,): a transfer sweep at a small constant ``drain_voltage`` (V), gate rising.
    tangent
        Successive points of the straight lines that are tried; the steepest is the tangent. More
        of them calm noise and flatten the peak of gm. The interval is that of the line chosen and
        does not know that it was chosen for its slope.

    Raises
    ------
    NotEnoughData
        Fewer than ``tangent`` points (at least 3), or no rising part.
    """
    what = "the threshold voltage"
    fit, at, points, ignored = _steepest(what, gate, drain_current, tangent)
    return Threshold(
        voltage=fit.derived(lambda p: float(-p[1] / p[0]) - drain_voltage / 2),
        transconductance=fit.parameter(0),
        at=at,
        r2=fit.r2,
        points=points,
        ignored=ignored,
        source=f"tangent at gm,max ({tangent} points) minus VDS/2",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SubthresholdSwing:
    """SS (V per decade of current)."""

    swing: Estimate
    r2: float
    points: int
    ignored: int
    source: str


def subthreshold_swing(
    gate: ArrayLike,
    drain_current: ArrayLike,
    *,
    between: tuple[float, float] | None = None,
    tangent: int = 5,
) -> SubthresholdSwing:
    """SS = dVG/dlog10 ID, shapes (n,), gate rising.

    Parameters
    ----------
    between
        Range of current (A) fitted by one line; when None, the steepest line through ``tangent``
        successive points, which is smaller and noisier. Currents at or below 0 are ignored.

    Raises
    ------
    NotEnoughData
        Fewer than 3 points in the range, or a current that does not rise.
    """
    what = "the subthreshold swing"
    (vg, amps), ignored = usable(
        what, 3, positive=("drain_current",), gate=gate, drain_current=drain_current
    )
    if between is None:
        fit, _, _, _ = _steepest(what, vg, np.log10(amps), tangent)
        used, source = tangent, f"dVG/dlog10 ID, steepest {tangent} points"
    else:
        inside = (amps >= between[0]) & (amps <= between[1])
        used = int(np.count_nonzero(inside))
        source = f"dVG/dlog10 ID from {between[0]:g} to {between[1]:g} A"
        if used < 3:
            raise NotEnoughData(f"{what} needs 3 points, got {used} in its range of current")
        fit = regression.line(what, vg[inside], np.log10(amps[inside]))
        if fit.values[0] <= 0:
            raise NotEnoughData(f"{what}: the current does not rise with the gate voltage")
    return SubthresholdSwing(
        swing=_inverse(fit.parameter(0)), r2=fit.r2, points=used, ignored=ignored, source=source
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class OnResistance:
    """Ron (ohm) at small VDS."""

    resistance: Estimate
    r2: float
    points: int
    ignored: int
    source: str


def on_resistance(
    drain_voltage: ArrayLike, drain_current: ArrayLike, *, up_to: float
) -> OnResistance:
    """VDS/ID by a line through the origin over abs(VDS) <= ``up_to`` (V), shapes (n,).

    At VDS the triode law makes it VDS/2 of overdrive too high, so keep ``up_to`` small and state
    it.

    Raises
    ------
    NotEnoughData
        Fewer than 2 points in the range, or a current that does not follow the voltage.
    """
    what = "the on-resistance"
    (vds, amps), ignored = usable(what, 2, voltage=drain_voltage, current=drain_current)
    inside = np.abs(vds) <= up_to
    used = int(np.count_nonzero(inside))
    if used < 2 or is_constant(vds[inside]):
        raise NotEnoughData(
            f"{what} needs 2 different voltages up to {up_to:g} V, got {used} points"
        )
    fit = regression.linear(what, (vds[inside],), amps[inside])
    if fit.values[0] <= 0:
        raise NotEnoughData(f"{what}: the current does not follow the voltage")
    return OnResistance(
        resistance=_inverse(fit.parameter(0)),
        r2=fit.r2,
        points=used,
        ignored=ignored,
        source=f"VDS/ID through the origin, abs(VDS) <= {up_to:g} V",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputSlope:
    """Channel-length modulation lambda (1/V), and the current (A) extrapolated to VDS = 0."""

    modulation: Estimate
    current: Estimate
    r2: float
    points: int
    ignored: int
    source: str


def channel_length_modulation(
    drain_voltage: ArrayLike, drain_current: ArrayLike, *, above: float
) -> OutputSlope:
    """Lambda of ID = I0 (1 + lambda VDS), from the output curve at VDS >= ``above`` (V).

    Raises
    ------
    NotEnoughData
        Fewer than 3 points in saturation, or a current that extrapolates to nothing.
    """
    what = "the channel-length modulation"
    (vds, amps), ignored = usable(what, 3, voltage=drain_voltage, current=drain_current)
    inside = vds >= above
    used = int(np.count_nonzero(inside))
    if used < 3:
        raise NotEnoughData(f"{what} needs 3 points from {above:g} V up, got {used}")
    fit = regression.line(what, vds[inside], amps[inside])
    if fit.values[1] <= 0:
        raise NotEnoughData(f"{what}: the saturation current extrapolates to zero or below")
    return OutputSlope(
        modulation=fit.derived(lambda p: float(p[0] / p[1])),
        current=fit.parameter(1),
        r2=fit.r2,
        points=used,
        ignored=ignored,
        source=f"ID = I0 (1 + lambda VDS), VDS >= {above:g} V",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class GainFactor:
    """kp (A/V^2) and the series resistance (ohm) beside the channels; exactly 0 where not fitted.

    ``r2`` is None for a single transistor.
    """

    kp: Estimate
    series_resistance: Estimate
    r2: float | None
    points: int
    ignored: int
    source: str


def gain_factor(
    aspect_ratio: ArrayLike,
    resistance: ArrayLike,
    *,
    gate: float,
    threshold: float,
    drain: float,
    series: bool = False,
) -> GainFactor:
    """Level-1 kp from on-resistances against W/L: 1/Ron = kp (W/L) (VG - Vth - VDS/2).

    Parameters
    ----------
    aspect_ratio, resistance
        Shape (transistors,): W/L and Ron (ohm).
    gate, threshold, drain
        VG, Vth and VDS (V) at which Ron was read.
    series
        Fit Ron against L/W with an intercept, the series resistance. Otherwise 1/Ron against W/L
        through the origin; one transistor then gives a kp without an interval.

    Raises
    ------
    NotEnoughData
        No overdrive, too few transistors, or Ron that does not fall with W/L.
    """
    what = "the gain factor"
    overdrive = gate - threshold - drain / 2
    if overdrive <= 0:
        raise NotEnoughData(f"{what} needs VG - Vth - VDS/2 above 0, got {overdrive:g} V")
    (ratio, ohms), ignored = usable(
        what,
        3 if series else 1,
        positive=("aspect_ratio", "resistance"),
        aspect_ratio=aspect_ratio,
        resistance=resistance,
    )
    none = Estimate(value=0.0, low=0.0, high=0.0)
    r2: float | None = None
    if series:
        fit = regression.line(what, 1 / ratio, ohms)
        if fit.values[0] <= 0:
            raise NotEnoughData(f"{what}: the on-resistance does not fall with W/L")
        kp, none, r2 = _inverse(fit.parameter(0)), fit.parameter(1), fit.r2
    elif len(ratio) == 1:
        kp = Estimate(value=float(1 / (ohms[0] * ratio[0])), low=0.0, high=inf)
    else:
        fit = regression.linear(what, (ratio,), 1 / ohms)
        kp, r2 = fit.parameter(0), fit.r2
    return GainFactor(
        kp=kp.mapped(lambda value: value / overdrive),
        series_resistance=none,
        r2=r2,
        points=len(ratio),
        ignored=ignored,
        source="1/Ron = kp (W/L) (VG - Vth - VDS/2)" + (", with a series resistance" * series),
    )


def _steepest(
    what: str, x: ArrayLike, y: ArrayLike, width: int
) -> tuple[regression.Fit, float, int, int]:
    """The steepest line through ``width`` successive points, its middle x, and its points."""
    width = max(width, 3)
    (xs, ys), ignored = usable(what, width, x=x, y=y)
    places = range(len(xs) - width + 1)
    slopes = [_slope(xs[place : place + width], ys[place : place + width]) for place in places]
    best = int(np.argmax(slopes))
    if not slopes[best] > 0:
        raise NotEnoughData(f"{what}: the current does not rise with the gate voltage")
    part = slice(best, best + width)
    fit = regression.line(what, xs[part], ys[part])
    return fit, float(np.mean(xs[part])), width, ignored


def _slope(x: FloatArray, y: FloatArray) -> float:
    about = x - np.mean(x)
    squares = float(about @ about)
    return float(about @ y) / squares if squares else -inf


def _inverse(slope: Estimate) -> Estimate:
    """1/slope of a positive slope; open above where its interval reaches zero."""
    high = 1 / slope.low if slope.low > 0 else inf
    return Estimate(value=1 / slope.value, low=1 / slope.high, high=high)
