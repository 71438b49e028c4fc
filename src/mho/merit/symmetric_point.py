"""The symmetric point: the conductance at which an up and a down step cancel."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from mho.merit import regression
from mho.merit.estimate import Estimate, mean
from mho.merit.pulse_trace import steps_of
from mho.merit.samples import FloatArray, NotEnoughData, is_constant, usable


@dataclass(frozen=True, slots=True, kw_only=True)
class SymmetricPoint:
    """Conductance (S) at which an up and a down step cancel."""

    conductance: Estimate
    points: int
    ignored: int
    source: str


def symmetric_point(
    potentiation: Sequence[ArrayLike], depression: Sequence[ArrayLike]
) -> SymmetricPoint:
    """Where the mean up step equals the mean down step, from traces as for `asymmetry`.

    dG+(G) and dG-(G) are straight lines (soft bounds: a (1 - f) and b f), fitted together; their
    crossing must lie in the range that both directions cover.

    Raises
    ------
    NotEnoughData
        Fewer than 3 steps a direction, or no crossing in the common range.
    """
    what = "the symmetric point"
    (up_from, up), lost_up = steps_of(potentiation)
    (down_from, down), lost_down = steps_of(depression)
    if min(len(up), len(down)) < 3:
        raise NotEnoughData(f"{what} needs 3 steps a direction; got {len(up)} up, {len(down)} down")
    start = np.concatenate([up_from, down_from])
    rising = np.concatenate([np.ones_like(up), np.zeros_like(down)])
    falling = 1 - rising
    size = np.concatenate([up, -down])
    fit = regression.linear(what, (rising, rising * start, falling, falling * start), size)

    def crossing(p: FloatArray) -> float:
        return float((p[2] - p[0]) / (p[1] - p[3])) if p[1] != p[3] else float("nan")

    point = fit.derived(crossing)
    low = max(np.min(up_from), np.min(down_from))
    high = min(np.max(up_from), np.max(down_from))
    if not low <= point.value <= high:
        raise NotEnoughData(f"{what}: up and down steps do not become equal in the common range")
    return SymmetricPoint(
        conductance=point,
        points=len(size),
        ignored=lost_up + lost_down,
        source="dG+(G) = dG-(G), straight lines through the steps of each direction",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class AlternationLimit:
    """Where alternating single pulses lead.

    Attributes
    ----------
    conductance
        S; the interval takes pairs as independent.
    settled
        Whether no slope is left in the half that was averaged.
    """

    conductance: Estimate
    settled: bool
    points: int
    ignored: int
    source: str


def alternation_limit(conductance: ArrayLike) -> AlternationLimit:
    """Symmetric point as the limit of alternating single up and down pulses.

    Parameters
    ----------
    conductance
        Shape (n,), in S: the read after every pulse, up and down in turn. The means of successive
        pairs are averaged over the second half; a pair with a missing read is ignored.

    Raises
    ------
    NotEnoughData
        Fewer than 8 complete pairs.
    """
    what = "the limit of alternating pulses"
    reads = np.asarray(conductance, dtype=np.float64)
    even = reads[: len(reads) // 2 * 2]
    (pairs,), ignored = usable(what, 8, pairs=(even[::2] + even[1::2]) / 2)
    half = pairs[len(pairs) // 2 :]
    flat = is_constant(half)
    order = np.arange(len(half), dtype=np.float64)
    settled = flat or regression.line(what, order, half).parameter(0).covers(0.0)
    return AlternationLimit(
        conductance=mean(half),
        settled=bool(settled),
        points=2 * len(half),
        ignored=2 * ignored,
        source="mean of the second half of alternating single up and down pulses",
    )
