"""Asymmetry of up and down steps: A(G) over the common range, and the asymmetric ratio."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mho.merit.estimate import Estimate, quantiles
from mho.merit.pulse_trace import steps_of
from mho.merit.samples import FloatArray, NotEnoughData, usable

_RESAMPLES = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Asymmetry:
    """A(G) = (dG+ - dG-) / (dG+ + dG-) over the range that both directions cross.

    Attributes
    ----------
    conductance, asymmetry
        Centres of the bins (S) and A there; NaN where a bin holds fewer than two steps a direction
        or its steps do not move.
    mean, largest
        Of abs(A) over the bins; percentile intervals of a bootstrap over the steps. Noise only
        enlarges abs(A), so both tend to be high on noisy traces: compare with ``signed_mean``.
    signed_mean
        Positive where up steps are the larger ones.
    """

    conductance: tuple[float, ...]
    asymmetry: tuple[float, ...]
    mean: Estimate
    largest: Estimate
    signed_mean: Estimate
    points: int
    ignored: int
    source: str


def asymmetry(
    potentiation: Sequence[ArrayLike],
    depression: Sequence[ArrayLike],
    *,
    bins: int = 10,
    seed: int = 0,
) -> Asymmetry:
    """Compare the mean size of the next up and the next down step at the same conductance.

    Parameters
    ----------
    potentiation, depression
        One trace or several per direction, each of shape (pulses + 1,) in S and in pulse order.
        A step belongs to the conductance it starts from; one with a missing end is ignored.
    bins
        Equal parts of the common range of conductance.
    seed
        Of the bootstrap.

    Raises
    ------
    NotEnoughData
        No common range, or no bin with two steps in each direction.
    """
    what = "the asymmetry"
    (up_from, up), lost_up = steps_of(potentiation)
    (down_from, down), lost_down = steps_of(depression)
    if min(len(up), len(down)) < 2:
        raise NotEnoughData(
            f"{what} needs two steps a direction; got {len(up)} up, {len(down)} down"
        )
    low = max(np.min(up_from), np.min(down_from))
    high = min(np.max(up_from), np.max(down_from))
    if not low < high:
        raise NotEnoughData(f"{what}: potentiation and depression cover no common conductance")
    edges = np.linspace(low, high, bins + 1)
    groups = [
        (up[inside_up], -down[inside_down])
        for inside_up, inside_down in zip(
            _binned(up_from, edges), _binned(down_from, edges), strict=True
        )
    ]
    values = np.array(
        [
            _ratio(float(np.mean(u)), float(np.mean(d))) if _enough(u, d) else np.nan
            for u, d in groups
        ]
    )
    filled = np.isfinite(values)
    if not np.any(filled):
        raise NotEnoughData(f"{what}: no bin holds two steps in each direction; use fewer bins")
    drawn = _resampled([group for group, ok in zip(groups, filled, strict=True) if ok], seed)
    used = values[filled]
    return Asymmetry(
        conductance=tuple(((edges[1:] + edges[:-1]) / 2).tolist()),
        asymmetry=tuple(values.tolist()),
        mean=quantiles(float(np.mean(np.abs(used))), np.mean(np.abs(drawn), axis=0)),
        largest=quantiles(float(np.max(np.abs(used))), np.max(np.abs(drawn), axis=0)),
        signed_mean=quantiles(float(np.mean(used)), np.mean(drawn, axis=0)),
        points=sum(len(u) + len(d) for (u, d), ok in zip(groups, filled, strict=True) if ok),
        ignored=lost_up + lost_down,
        source=f"A(G) = (dG+ - dG-)/(dG+ + dG-), mean next steps in {bins} bins of G",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class AsymmetricRatio:
    """Largest distance of a potentiation from the mirrored depression, as a part of its range."""

    value: float
    pulse: int
    points: int
    ignored: int
    source: str


def asymmetric_ratio(potentiation: ArrayLike, depression: ArrayLike) -> AsymmetricRatio:
    """Largest over n of abs(G_P(n) - G_D(N - n)) / (G_P(N) - G_P(0)).

    Both traces have shape (N + 1,), in S and in pulse order. It has no interval: noise only
    enlarges a maximum.

    Raises
    ------
    NotEnoughData
        Fewer than 3 usable pairs, or a potentiation that does not rise.
    """
    what = "the asymmetric ratio"
    fall = np.asarray(depression, dtype=np.float64)
    (n, up, down), ignored = usable(
        what,
        3,
        n=np.arange(np.size(potentiation)),
        potentiation=potentiation,
        depression=fall[::-1],
    )
    rise = float(up[-1] - up[0])
    if rise <= 0:
        raise NotEnoughData(f"{what}: the potentiation does not rise")
    distance = np.abs(up - down)
    return AsymmetricRatio(
        value=float(np.max(distance)) / rise,
        pulse=int(n[np.argmax(distance)]),
        points=len(n),
        ignored=ignored,
        source="max abs(G_P(n) - G_D(N - n)) / (G_P(N) - G_P(0))",
    )


def _binned(start: FloatArray, edges: FloatArray) -> list[NDArray[np.intp]]:
    places = np.searchsorted(edges, start, side="right") - 1
    places[start == edges[-1]] = len(edges) - 2
    return [np.flatnonzero(places == number) for number in range(len(edges) - 1)]


def _enough(up: FloatArray, down: FloatArray) -> bool:
    return min(len(up), len(down)) >= 2 and bool(np.mean(up) + np.mean(down) > 0)


def _ratio(up: float, down: float) -> float:
    return (up - down) / (up + down)


def _resampled(groups: Sequence[tuple[FloatArray, FloatArray]], seed: int) -> FloatArray:
    """A of every group in every resample, shape (groups, resamples)."""
    random = np.random.default_rng(seed)

    def means(steps: FloatArray) -> FloatArray:
        drawn = random.integers(len(steps), size=(_RESAMPLES, len(steps)))
        averages: FloatArray = np.mean(steps[drawn], axis=1)
        return averages

    rows = []
    for up, down in groups:
        u, d = means(up), means(down)
        moved = u + d > 0
        rows.append(np.where(moved, (u - d) / np.where(moved, u + d, 1.0), 1.0))
    return np.array(rows)
