"""The interval of a share: how many of how many."""

from math import sqrt
from statistics import NormalDist

from mho.merit.estimate import CONFIDENCE, Estimate
from mho.merit.samples import NotEnoughData

WILSON = "share with Wilson score interval"
_QUANTILE = NormalDist().inv_cdf(0.5 + CONFIDENCE / 2)


def proportion(hits: int, trials: int) -> Estimate:
    """Share of trials that hit, each independent of the others, with the Wilson score interval.

    E. B. Wilson, J. Am. Stat. Assoc. 22 (1927) 209.

    Raises
    ------
    NotEnoughData
        No trial.
    ValueError
        More hits than trials, or fewer than none.
    """
    if not 0 <= hits <= trials:
        raise ValueError(f"a share needs hits from 0 to the trials; got {hits} of {trials}")
    if not trials:
        raise NotEnoughData("a share needs a trial, there is none")
    share, square = hits / trials, _QUANTILE**2
    centre = 2 * hits + square
    reach = _QUANTILE * sqrt(4 * hits * (1 - share) + square)
    wide = 2 * (trials + square)
    return Estimate(
        value=share,
        low=(centre - reach) / wide if hits else 0.0,
        high=(centre + reach) / wide if hits < trials else 1.0,
    )
