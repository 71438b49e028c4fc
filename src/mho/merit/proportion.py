"""The interval of a share: how many of how many."""

from mho.merit.estimate import CONFIDENCE, Estimate
from mho.merit.samples import NotEnoughData

WILSON = "share with Wilson score interval"


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
    from scipy.stats import binomtest  # takes a second to import

    interval = binomtest(hits, trials).proportion_ci(CONFIDENCE, method="wilson")
    return Estimate(value=hits / trials, low=float(interval.low), high=float(interval.high))
