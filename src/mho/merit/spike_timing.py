"""Spike-timing dependent plasticity (STDP): two-sided exponential window with its sign stated."""

from dataclasses import dataclass, replace
from enum import Enum

import numpy as np
from numpy.typing import ArrayLike

from mho.merit.estimate import Estimate
from mho.merit.samples import FloatArray, NotEnoughData, usable
from mho.merit.scattered_decay import scattered_decay


class TimeOrder(Enum):
    """What a positive time difference means; store it with the data."""

    POST_MINUS_PRE = "t_post - t_pre"
    """Most papers: positive when the presynaptic spike comes first."""
    PRE_MINUS_POST = "t_pre - t_post"
    """The Ag/alpha-Fe2O3/FTO paper: positive when the postsynaptic spike comes first."""


def in_order(difference: ArrayLike, given: TimeOrder, wanted: TimeOrder) -> FloatArray:
    """Time differences (s) of one convention in the other."""
    values = np.asarray(difference, dtype=np.float64)
    return values if given is wanted else -values


def weight_change(before: ArrayLike, after: ArrayLike) -> FloatArray:
    """100 (G_after - G_before) / G_before in percent, elementwise; NaN where G_before is 0."""
    start, end = np.asarray(before, dtype=np.float64), np.asarray(after, dtype=np.float64)
    return 100 * (end - start) / np.where(start == 0, np.nan, start)


@dataclass(frozen=True, slots=True, kw_only=True)
class SpikeTimingWindow:
    """dW = a_plus exp(-dt/tau_plus) for dt > 0, -a_minus exp(dt/tau_minus) for dt < 0.

    Attributes
    ----------
    a_plus, a_minus
        In the unit of dW (percent); both positive where positive dt potentiates, both negative
        where it depresses.
    tau_plus, tau_minus
        Seconds.
    order
        What dt means.
    r2_plus, r2_minus
        Of either branch.
    """

    a_plus: Estimate
    tau_plus: Estimate
    a_minus: Estimate
    tau_minus: Estimate
    order: TimeOrder
    r2_plus: float
    r2_minus: float
    points: int
    ignored: int
    source: str

    def to(self, order: TimeOrder) -> "SpikeTimingWindow":
        """The same window in a convention: dt changes sign, so the branches change places."""
        if order is self.order:
            return self
        return replace(
            self,
            a_plus=self.a_minus.mapped(lambda value: -value),
            a_minus=self.a_plus.mapped(lambda value: -value),
            tau_plus=self.tau_minus,
            tau_minus=self.tau_plus,
            r2_plus=self.r2_minus,
            r2_minus=self.r2_plus,
            order=order,
        )


def spike_timing_window(
    difference: ArrayLike, change: ArrayLike, *, order: TimeOrder
) -> SpikeTimingWindow:
    """Fit one exponential to zero on either side; the scatter may grow with the change.

    Parameters
    ----------
    difference, change
        Shape (n,): time differences (s) in the convention ``order``, and weight changes (percent,
        see `weight_change`). Points at exactly 0 belong to neither side and are ignored. Unlike a
        line through ln dW, points whose noise has the wrong sign count.

    Raises
    ------
    NotEnoughData
        A side with fewer than 4 usable points, or that does not decay.
    """
    what = "the STDP window"
    (dt, dw), ignored = usable(what, 8, difference=difference, change=change)
    sides = []
    for sign, name in ((1, "dt > 0"), (-1, "dt < 0")):
        side = sign * dt > 0
        if np.count_nonzero(side) < 4:
            raise NotEnoughData(f"{what} needs 4 points with {name}, got {np.count_nonzero(side)}")
        sides.append(scattered_decay(np.abs(dt[side]), sign * dw[side], what=f"{what} at {name}"))
    plus, minus = sides
    return SpikeTimingWindow(
        a_plus=plus.amplitude,
        tau_plus=plus.constant,
        a_minus=minus.amplitude,
        tau_minus=minus.constant,
        order=order,
        r2_plus=plus.r2,
        r2_minus=minus.r2,
        points=plus.points + minus.points,
        ignored=ignored + int(np.count_nonzero(dt == 0)),
        source=f"dW = A+ exp(-dt/tau+), -A- exp(dt/tau-), dt = {order.value}",
    )
