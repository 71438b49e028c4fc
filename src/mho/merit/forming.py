"""The forming voltage of a ramp: the first jump of the current that lasts, as a bracket."""

from dataclasses import dataclass
from math import log

import numpy as np
from numpy.typing import ArrayLike

from mho.merit.samples import FloatArray, NotEnoughData, usable

_BEFORE = 6
"""Readings before a jump that say what the current would be without it."""

_STEEPEST_LEAKAGE = 12.0
"""Exponent of the steepest power law that is still leakage."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FormingVoltage:
    """Between which levels the device formed.

    Attributes
    ----------
    not_formed, formed
        V: the last level before the jump and the first after it; they are the interval.
    jump
        Current after over what the readings before lead one to expect.
    """

    not_formed: float
    formed: float
    jump: float
    points: int
    ignored: int
    source: str


def forming_voltage(
    level: ArrayLike,
    current: ArrayLike,
    *,
    factor: float = 2.0,
    scatters: float = 8.0,
    lasting: int = 3,
    noise_floor: float = 1e-10,
) -> FormingVoltage:
    """The first level from which on the current stays above what the levels before it promise.

    Parameters
    ----------
    level, current
        Shape (n,), V and A in order of time, of one polarity; magnitudes are taken.
    factor, scatters
        A jump is at least ``factor`` times the power law of up to six readings before, and that
        many times as large as their scatter about it.
    lasting
        Readings (or all that are left) for which it stays.
    noise_floor
        A: the least that the instrument can tell. It counts as raised while the readings scatter
        about nothing.

    Raises
    ------
    NotEnoughData
        Fewer than 3 levels, or no jump: the current grew gradually, or never.
    """
    what = "the forming voltage"
    (levels, amps), ignored = usable(what, 3, level=level, current=current)
    volts = np.abs(levels)
    keep = volts > 0
    volts, amps = volts[keep], amps[keep]
    x = np.log(volts)
    small = np.abs(amps) <= 20 * noise_floor
    for at in range(2, len(volts)):
        before = slice(max(0, at - _BEFORE), at)
        after = slice(at, at + lasting)
        if small[after].any():
            continue
        floor = max(noise_floor, _noise(amps[before]))
        y = np.log(np.maximum(np.abs(amps), floor))
        slope, scatter = _power_law(x[before], y[before])
        rise = y[after] - (y[before].mean() + slope * (x[after] - x[before].mean()))
        least = max(log(factor), scatters * scatter)
        if np.all(rise >= least):
            sign = 1.0 if levels[keep][at] > 0 else -1.0
            return FormingVoltage(
                not_formed=sign * float(volts[at - 1]),
                formed=sign * float(volts[at]),
                jump=float(np.exp(rise[0])),
                points=len(volts),
                ignored=ignored,
                source=f"first jump by {factor:g} or more that lasts for {lasting} readings",
            )
    raise NotEnoughData(f"{what}: the current never jumps by {factor:g} and stays")


def _noise(amps: FloatArray) -> float:
    """What readings scatter by if they are noise about nothing, else 0."""
    scatter = float(np.std(amps, ddof=1))
    return 3 * scatter if abs(float(np.mean(amps))) < 3 * scatter else 0.0


def _power_law(x: FloatArray, y: FloatArray) -> tuple[float, float]:
    """Exponent of a power law, and the scatter of ln I about it."""
    if len(x) < 4 or not np.ptp(x) > 0:
        return 1.0, 0.0
    about = x - x.mean()
    slope = float(np.clip(about @ y / (about @ about), 0.0, _STEEPEST_LEAKAGE))
    return slope, float(np.std(y - slope * x, ddof=2))
