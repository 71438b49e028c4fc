"""How many levels are kept apart: gaps and d' of measured levels, and the count a noise allows."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log2

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from mho.merit.samples import FloatArray, NotEnoughData, usable


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbours:
    """Two levels next to one another in mean conductance.

    Attributes
    ----------
    gap
        min(upper) - max(lower) (S); negative where their reads overlap.
    d_prime
        abs(mu1 - mu2) / sqrt((s1^2 + s2^2) / 2); infinite between levels without scatter.
    error
        Q(d'/2): share of reads on the wrong side of the midpoint between two normal levels of
        equal sd.
    """

    lower: int
    upper: int
    gap: float
    d_prime: float
    error: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelSeparation:
    """Separation of measured levels. They are numbered as given.

    Attributes
    ----------
    neighbours
        Adjacent levels, in ascending order of their means.
    separated_by_gap
        Numbers of the largest set of levels with pairwise gaps of at least ``minimum_gap`` (S).
    separated_by_d_prime
        Numbers of the levels met in ascending order whose d' to the last one taken is at least
        ``minimum_d_prime``.
    """

    neighbours: tuple[Neighbours, ...]
    separated_by_gap: tuple[int, ...]
    separated_by_d_prime: tuple[int, ...]
    minimum_gap: float
    minimum_d_prime: float
    points: int
    ignored: int
    source: str


def level_separation(
    levels: Sequence[ArrayLike], *, minimum_gap: float = 0.2e-6, minimum_d_prime: float = 6.0
) -> LevelSeparation:
    """Gap and d' between levels, from all reads (S) of each level.

    The default gap is that of the Cu:Te/TaOx/IGZO paper (doi:10.3389/fnins.2025.1516971: 0.2 uS
    over a 3 s read); it shrinks with the time of the reads, so state that beside it. The default
    d' of 6 sets two levels 3 sd either side of a threshold.

    Raises
    ------
    NotEnoughData
        Fewer than two levels, or a level with fewer than two finite reads.
    """
    what = "the separation of levels"
    if len(levels) < 2:
        raise NotEnoughData(f"{what} needs two levels, got {len(levels)}")
    reads: list[FloatArray] = []
    ignored = 0
    for number, level in enumerate(levels):
        (used,), lost = usable(f"{what} (level {number})", 2, level=level)
        reads.append(used)
        ignored += lost
    ascending = sorted(range(len(reads)), key=lambda number: float(np.mean(reads[number])))
    pairs = pairwise(ascending)
    return LevelSeparation(
        neighbours=tuple(_neighbours(reads, lower, upper) for lower, upper in pairs),
        separated_by_gap=_apart_by_gap(reads, minimum_gap),
        separated_by_d_prime=_apart_by_d_prime(reads, ascending, minimum_d_prime),
        minimum_gap=minimum_gap,
        minimum_d_prime=minimum_d_prime,
        points=sum(len(level) for level in reads),
        ignored=ignored,
        source="gap = min(upper) - max(lower); d' = abs(mu1 - mu2) / sqrt((s1^2 + s2^2) / 2)",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class DistinguishableStates:
    """How many states a noise allows in a range.

    Attributes
    ----------
    states
        N_d, not rounded; ``bits`` is its binary logarithm.
    z
        Half distance between states, in sd.
    """

    states: float
    bits: float
    z: float
    points: int
    ignored: int
    source: str


def distinguishable_states(
    conductance: ArrayLike, sigma: ArrayLike, *, z: float = 3.0
) -> DistinguishableStates:
    """N_d = 1 + integral of dG / (2 z sigma(G)) over the range of ``conductance``.

    Parameters
    ----------
    conductance, sigma
        Shape (n,), in S: sd at some conductances, in any order. It should hold read noise over the
        stated window, relaxation and write error. Between points sigma is a power law of G, so
        two points suffice for rsd0 (G/G_ref)^-beta.

    Raises
    ------
    NotEnoughData
        Fewer than two different conductances with a positive sigma.
    """
    what = "the number of distinguishable states"
    (g, sd), ignored = usable(
        what, 2, positive=("conductance", "sigma"), conductance=conductance, sigma=sigma
    )
    levels, first = np.unique(g, return_index=True)
    if len(levels) < len(g):
        sd = np.array([np.sqrt(np.mean(sd[g == level] ** 2)) for level in levels])
    else:
        sd = sd[first]
    if len(levels) < 2:
        raise NotEnoughData(f"{what} needs sigma at two different conductances")
    density = levels / sd
    growth = np.diff(np.log(density))
    # The integral of a power law over one segment, written to hold for the logarithm too.
    segments = density[:-1] * np.diff(np.log(levels)) * special.exprel(growth)
    states = 1 + float(np.sum(segments)) / (2 * z)
    return DistinguishableStates(
        states=states,
        bits=log2(states),
        z=z,
        points=len(g),
        ignored=ignored,
        source="N_d = 1 + integral dG / (2 z sigma(G)), sigma a power law between points",
    )


def _neighbours(reads: Sequence[FloatArray], lower: int, upper: int) -> Neighbours:
    d = _d_prime(reads[lower], reads[upper])
    return Neighbours(
        lower=lower,
        upper=upper,
        gap=float(np.min(reads[upper]) - np.max(reads[lower])),
        d_prime=d,
        error=float(special.ndtr(-d / 2)),
    )


def _d_prime(one: FloatArray, other: FloatArray) -> float:
    distance = abs(float(np.mean(one) - np.mean(other)))
    sd = float(np.sqrt((np.var(one, ddof=1) + np.var(other, ddof=1)) / 2))
    if sd == 0:
        return float("inf") if distance else 0.0
    return distance / sd


def _apart_by_gap(reads: Sequence[FloatArray], minimum: float) -> tuple[int, ...]:
    """Interval scheduling: taking the level that ends lowest first gives the largest set."""
    taken: list[int] = []
    end = -np.inf
    for number in sorted(range(len(reads)), key=lambda n: float(np.max(reads[n]))):
        if np.min(reads[number]) - end >= minimum:
            taken.append(number)
            end = float(np.max(reads[number]))
    return tuple(taken)


def _apart_by_d_prime(
    reads: Sequence[FloatArray], ascending: Sequence[int], minimum: float
) -> tuple[int, ...]:
    taken = [ascending[0]]
    for number in ascending[1:]:
        if _d_prime(reads[taken[-1]], reads[number]) >= minimum:
            taken.append(number)
    return tuple(taken)
