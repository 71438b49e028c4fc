"""How many states pulses can tell apart, from the scatter of their reads about a smooth trace."""

from collections.abc import Sequence
from math import sqrt

import numpy as np
from numpy.typing import ArrayLike

from mho.merit.estimate import Estimate, deviation
from mho.merit.levels import distinguishable_states
from mho.merit.samples import FloatArray, NotEnoughData

_BINS = 8
_FEWEST = 12
"""Second differences in all; in a bin a third of that."""
_SHARE = 18 / 35
"""Of the second differences of white noise that count as independent, for a variance."""


def states_of_pulses(traces: Sequence[ArrayLike], *, z: float = 3.0) -> Estimate:
    """N = 1 + integral dG / (2 z sigma(G)) over the range that the traces cross.

    sigma(G) is the scatter of a state about its neighbours, what writing and reading add to it:
    from the second differences of the reads (their variance is six times that of white noise), in
    bins of equal conductance. Slow wandering of a whole trace does not count. The interval is that
    of the scatter (chi square).

    Parameters
    ----------
    traces
        One a branch and cycle, each of shape (reads,) in S and in pulse order.

    Raises
    ------
    NotEnoughData
        Fewer than twelve second differences, or no scatter at all.
    """
    middles: list[FloatArray] = []
    seconds: list[FloatArray] = []
    for trace in traces:
        reads = np.asarray(trace, dtype=np.float64)
        middles.append(reads[1:-1])
        seconds.append(reads[2:] - 2 * reads[1:-1] + reads[:-2])
    at = np.concatenate(middles) if middles else np.empty(0)
    bend = np.concatenate(seconds) if seconds else np.empty(0)
    whole = np.isfinite(at) & np.isfinite(bend) & (at > 0)
    at, bend = at[whole], bend[whole]
    if len(bend) < _FEWEST:
        raise NotEnoughData(
            f"the number of states needs {_FEWEST} second differences of reads, got {len(bend)}"
        )
    edges = np.linspace(at.min(), at.max(), _BINS + 1)
    number = np.clip(np.searchsorted(edges, at, side="right") - 1, 0, _BINS - 1)
    centres, sigmas = [], []
    for one in range(_BINS):
        inside = bend[number == one]
        if len(inside) < _FEWEST // 3 or not inside.any():
            continue
        centres.append(float(np.mean(at[number == one])))
        sigmas.append(sqrt(float(np.mean(inside**2)) / 6))
    if len(centres) < 2:
        raise NotEnoughData("the number of states needs scatter at two conductances")
    # to the ends of the range, where sigma is that of the nearest bin
    grid = np.array([at.min(), *centres, at.max()])
    sigma = np.array([sigmas[0], *sigmas, sigmas[-1]])
    order = np.argsort(grid)
    found = distinguishable_states(grid[order], sigma[order], z=z)
    scatter = deviation(1.0, max(_SHARE * len(bend) - 1, 1.0))
    return Estimate(
        value=found.states,
        low=1 + (found.states - 1) / scatter.high,
        high=1 + (found.states - 1) / scatter.low,
    )
