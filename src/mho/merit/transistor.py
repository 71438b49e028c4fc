"""The transistor of a 1T1R cell: on-resistance, output slope, gain factor; see also `transfer`.

Voltages and currents are given for an n-channel; for a p-channel pass their magnitudes.
"""

from dataclasses import dataclass
from math import inf

import numpy as np
from numpy.typing import ArrayLike

from mho.merit import regression
from mho.merit.estimate import Estimate
from mho.merit.samples import NotEnoughData, is_constant, usable


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


def _inverse(slope: Estimate) -> Estimate:
    """1/slope of a positive slope; open above where its interval reaches zero."""
    high = 1 / slope.low if slope.low > 0 else inf
    return Estimate(value=1 / slope.value, low=1 / slope.high, high=high)
