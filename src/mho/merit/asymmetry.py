"""Asymmetry of up and down steps: A(G) over the common range, and the asymmetric ratio."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import ArrayLike

from mho.merit.estimate import Estimate, quantiles
from mho.merit.pulse_trace import steps_of
from mho.merit.samples import FloatArray, NotEnoughData, usable
from mho.merit.step_lines import StepLine, step_line

_DRAWS = 600
_GRID = 41


@dataclass(frozen=True, slots=True, kw_only=True)
class Asymmetry:
    """A(G) = (dG+ - dG-) / (dG+ + dG-) over the range that both directions cross.

    Attributes
    ----------
    conductance, asymmetry
        Centres of the bins (S) and A there, from mean steps; NaN where a bin holds fewer than two
        steps a direction or its steps do not move.
    mean, largest, signed_mean
        Of abs(A), and of A itself (positive where up steps are the larger ones), from the straight
        lines through the steps of each direction, over the inner part of the common range.
    symmetric_point
        S, where the lines cross; None where they do not within the common range.
    """

    conductance: tuple[float, ...]
    asymmetry: tuple[float, ...]
    mean: Estimate
    largest: Estimate
    signed_mean: Estimate
    symmetric_point: Estimate | None
    points: int
    ignored: int
    source: str


def asymmetry(
    potentiation: Sequence[ArrayLike],
    depression: Sequence[ArrayLike],
    *,
    bins: int = 10,
    inner: float = 0.1,
    seed: int = 0,
) -> Asymmetry:
    """Compare the mean size of the next up and the next down step at the same conductance.

    Noise only enlarges abs(A) and its maximum: both are corrected by what drawing the lines, and
    the ends of the range, anew adds to them, and so are the draws that give the interval.

    Parameters
    ----------
    potentiation, depression
        One trace or several per direction, each of shape (pulses + 1,) in S and in pulse order.
        A step belongs to the conductance it starts from; one with a missing end is ignored.
    bins
        Equal parts of the common range of conductance, for the curve.
    inner
        Part of the common range that is left out at either end of it, for the figures.
    seed
        Of the draws.

    Raises
    ------
    NotEnoughData
        No common range, or fewer than 3 steps in a direction.
    """
    what = "the asymmetry"
    (up_from, up), lost_up = steps_of(potentiation)
    (down_from, down), lost_down = steps_of(depression)
    if min(len(up), len(down)) < 3:
        raise NotEnoughData(f"{what} needs 3 steps a direction; got {len(up)} up, {len(down)} down")
    ends = _Ends.of(potentiation, 1), _Ends.of(depression, -1)
    low, high = max(end.low for end in ends), min(end.high for end in ends)
    if not low < high:
        raise NotEnoughData(f"{what}: potentiation and depression cover no common conductance")
    margin = inner * (high - low)
    within = low + margin, high - margin
    lines = step_line(what, potentiation, 1, within), step_line(what, depression, -1, within)
    ratios, crossings = _drawn(lines, ends, inner, seed)
    if not np.all(np.isfinite(ratios[0])):
        raise NotEnoughData(f"{what}: the steps do not move in the common range")
    crosses = low <= crossings[0] <= high
    edges = np.linspace(low, high, bins + 1)
    return Asymmetry(
        conductance=tuple(((edges[1:] + edges[:-1]) / 2).tolist()),
        asymmetry=_of_bins(edges, (up_from, up), (down_from, down)),
        mean=_folded(np.mean(np.abs(ratios), axis=1)),
        largest=_folded(np.max(np.abs(ratios), axis=1)),
        signed_mean=quantiles(float(np.mean(ratios[0])), np.mean(ratios[1:], axis=1)),
        symmetric_point=quantiles(float(crossings[0]), crossings[1:]) if crosses else None,
        points=len(up) + len(down),
        ignored=lost_up + lost_down,
        source="A(G) = (dG+ - dG-)/(dG+ + dG-), lines through the steps, inner "
        f"{100 * (1 - 2 * inner):g} % of the common range",
    )


@dataclass(frozen=True, slots=True)
class _Ends:
    """Lowest and highest conductance (S) of a mean trace, and how many reads are in either.

    Of a trace that rises or falls throughout, as isotonic regression has them: single reads carry
    noise, and the largest of many that stand at one level is one of noise.
    """

    low: float
    high: float
    of_low: int
    of_high: int

    @classmethod
    def of(cls, traces: Sequence[ArrayLike], sign: int) -> "_Ends":
        columns = [np.asarray(trace, dtype=np.float64) for trace in traces]
        length = min(len(column) for column in columns)
        reads = np.array([column[:length] for column in columns])
        known = np.isfinite(reads)
        counts = known.sum(axis=0)
        means = np.where(known, reads, 0.0).sum(axis=0)[counts > 0] / counts[counts > 0]
        order = np.arange(1, len(means) + 1)
        upward = means[::sign]
        first, last = np.cumsum(upward) / order, np.cumsum(upward[::-1]) / order
        low, high = int(np.argmin(first)), int(np.argmax(last))
        traced = len(columns)
        return cls(float(first[low]), float(last[high]), traced * (low + 1), traced * (high + 1))


def _grids(
    ends: tuple[_Ends, _Ends],
    lines: tuple[StepLine, StepLine],
    led: tuple[FloatArray, FloatArray],
    inner: float,
    seed: int,
) -> FloatArray:
    """The inner part of the common range, shape (1 + draws, grid), its ends drawn with noise.

    Upward steps lead to its high end, downward ones to its low end; these go where the steps that
    were drawn lead to (``led``), and the way back starts from there.
    """
    normal = np.random.default_rng([seed, 1]).standard_normal((2, 2, 1 + _DRAWS))
    normal[:, :, 0] = 0
    up, down = led
    lows, highs = (
        np.array(
            [
                end + steps + line.read_deviation / sqrt(reads) * drawn
                for (end, reads), line, drawn in zip(side, lines, noise, strict=True)
            ]
        )
        for side, steps, noise in (
            ([(end.low, end.of_low) for end in ends], down, normal[0]),
            ([(end.high, end.of_high) for end in ends], up, normal[1]),
        )
    )
    low, high = np.max(lows, axis=0), np.min(highs, axis=0)
    low, high = (np.where(low < high, side, side[0]) for side in (low, high))
    margin = inner * (high - low)
    return np.linspace(low + margin, high - margin, _GRID, axis=1)


def _drawn(
    lines: tuple[StepLine, StepLine], ends: tuple[_Ends, _Ends], inner: float, seed: int
) -> tuple[FloatArray, FloatArray]:
    """A over the grids, shape (1 + draws, grid), and the crossing of the lines, (1 + draws,).

    The first row is that of the lines themselves. Larger steps also lead further, so that a line
    and the end that its steps lead to are drawn together.
    """
    chance = np.random.default_rng(seed)
    away = [np.vstack([np.zeros(3), line.drawn(chance, _DRAWS)]) for line in lines]
    up, down = (line.values + part[:, :2] for line, part in zip(lines, away, strict=True))
    grid = _grids(ends, lines, (away[0][:, 2], away[1][:, 2]), inner, seed)
    rise = up[:, :1] + up[:, 1:] * grid
    fall = down[:, :1] + down[:, 1:] * grid
    moved = rise + fall
    with np.errstate(all="ignore"):  # a draw may lie flat
        ratios = np.where(moved > 0, (rise - fall) / moved, np.nan)
        crossings = (down[:, 0] - up[:, 0]) / (up[:, 1] - down[:, 1])
    ratios[1:] = np.where(np.isfinite(ratios[1:]), ratios[1:], ratios[0])
    return ratios, np.where(np.isfinite(crossings), crossings, crossings[0])


def _folded(values: FloatArray) -> Estimate:
    """Of a magnitude: its first value less what the draws add, and the draws about their mean.

    Its low end is at most the reflected one: a magnitude of nothing shows as one of noise.
    """
    first, middle = float(values[0]), float(np.mean(values[1:]))
    value, drawn = max(2 * first - middle, 0.0), quantiles(first, values[1:])
    low = max(min(value + drawn.low - middle, 2 * first - drawn.high), 0.0)
    high = max(value + drawn.high - middle, low)
    return Estimate(value=min(max(value, low), high), low=low, high=high)


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


def _of_bins(
    edges: FloatArray, up: tuple[FloatArray, FloatArray], down: tuple[FloatArray, FloatArray]
) -> tuple[float, ...]:
    """A in each bin, from the mean steps that start there."""
    found = []
    for rise, fall in zip(_binned(*up, edges), _binned(*down, edges), strict=True):
        enough = min(len(rise), len(fall)) >= 2 and float(np.mean(rise) - np.mean(fall)) > 0
        a, b = (float(np.mean(rise)), -float(np.mean(fall))) if enough else (np.nan, np.nan)
        found.append((a - b) / (a + b))
    return tuple(found)


def _binned(start: FloatArray, size: FloatArray, edges: FloatArray) -> list[FloatArray]:
    places = np.searchsorted(edges, start, side="right") - 1
    places[start == edges[-1]] = len(edges) - 2
    return [size[places == number] for number in range(len(edges) - 1)]
