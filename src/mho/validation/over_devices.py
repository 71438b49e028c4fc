"""One figure of several devices: how far they lie apart, or how long they live."""

from collections.abc import Sequence
from math import isfinite
from typing import Literal

from mho.merit.endurance import WeibullFit, weibull_likelihood
from mho.merit.estimate import Estimate
from mho.merit.spread import spread

OverDevices = Literal["deviation", "relative deviation", "Weibull shape", "Weibull scale"]
"""Standard deviation; that over the mean; shape or scale of the Weibull law of their lives."""


def over_devices(kind: OverDevices, devices: Sequence[Estimate]) -> Estimate:
    """What all devices give together, with its interval.

    A life without an upper end is one that had not ended.

    Raises
    ------
    NotEnoughData
        Too few devices, or fewer than three that failed.
    """
    values = [one.value for one in devices]
    if kind in ("Weibull shape", "Weibull scale"):
        fit: WeibullFit = weibull_likelihood(values, [not isfinite(one.high) for one in devices])
        return fit.shape if kind == "Weibull shape" else fit.scale
    found = spread(values, what="the scatter over devices")
    if kind == "deviation":
        return found.deviation
    centre = abs(found.mean.value)
    return found.deviation.mapped(lambda value: value / centre)
