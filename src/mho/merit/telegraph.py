"""Random telegraph noise: two levels of a current, and how long it stays in each."""

from dataclasses import dataclass
from math import log

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from mho.merit.estimate import CONFIDENCE, Estimate
from mho.merit.samples import FloatArray, NotEnoughData, is_constant

_APART = 3.5
"""Distance of two levels in sd about them from which on they are two: the halves of normal noise
lie 2.65 apart."""

_FEWEST_VISITS = 5
_ROUNDS = 20
_TAIL = (1 - CONFIDENCE) / 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Telegraph:
    """One trap seen in evenly spaced reads.

    Attributes
    ----------
    low, high
        The two levels, in the unit of the reads.
    amplitude
        (high - low) over the mean of the reads, a fraction.
    time_low, time_high
        s; mean time before it leaves a level.
    apart
        high - low in sd about the levels.
    visits
        Changes of level.
    states
        Shape (n,): true where it is high.
    """

    low: Estimate
    high: Estimate
    amplitude: Estimate
    time_low: Estimate
    time_high: Estimate
    apart: float
    visits: int
    states: NDArray[np.bool_]
    points: int
    source: str


def telegraph(reads: ArrayLike, *, interval: float) -> Telegraph:
    """Two levels by the most likely way of a two-state Markov chain with normal noise (Viterbi).

    Levels, noise and rates are found again from that way until it stays the same. Times follow from
    the probabilities of a change between two reads, so that visits shorter than ``interval`` are
    allowed for; their intervals count the changes (chi square).

    Parameters
    ----------
    reads
        Shape (n,), one every ``interval`` seconds; none may be missing.

    Raises
    ------
    NotEnoughData
        A read is missing, fewer than 50, no two levels, or fewer than 5 changes of either kind.
    """
    what = "the telegraph noise"
    i = np.asarray(reads, dtype=np.float64)
    missing = int(np.count_nonzero(~np.isfinite(i)))
    if missing or len(i) < 50:
        raise NotEnoughData(f"{what} needs 50 evenly spaced reads; got {len(i)}, {missing} missing")
    if is_constant(i):
        raise NotEnoughData(f"{what}: the reads are constant")
    states = _two_groups(i)
    for _ in range(_ROUNDS):
        if not 0 < np.count_nonzero(states) < len(i):
            break
        again = _likely_way(i, states)
        if np.array_equal(again, states):
            break
        states = again
    above, below = i[states], i[~states]
    if min(len(above), len(below)) < 2:
        raise NotEnoughData(f"{what}: the reads have one level")
    noise = _noise(i, states)
    step = float(np.mean(above) - np.mean(below))
    apart = step / noise if noise > 0 else np.inf
    if apart < _APART:
        raise NotEnoughData(
            f"{what}: two levels would lie {apart:.2g} sd apart; from {_APART:g} on they are told "
            "from noise that has no levels"
        )
    up = int(np.count_nonzero(~states[:-1] & states[1:]))
    down = int(np.count_nonzero(states[:-1] & ~states[1:]))
    if min(up, down) < _FEWEST_VISITS:
        raise NotEnoughData(
            f"{what} needs {_FEWEST_VISITS} changes of either kind; got {up} up, {down} down: read "
            "for longer"
        )
    to_up, to_down = up / np.count_nonzero(~states[:-1]), down / np.count_nonzero(states[:-1])
    if to_up + to_down >= 0.9:
        raise NotEnoughData(f"{what} is faster than the reads: read more often")
    # Rates of a chain that is seen every `interval` only.
    rate = -log(1 - to_up - to_down) / (to_up + to_down) / interval
    centre = float(np.mean(i))
    ends = [
        Estimate.of(float(np.mean(part)), noise / np.sqrt(len(part)), len(part) - 1)
        for part in (below, above)
    ]
    error = noise * np.sqrt(1 / len(above) + 1 / len(below))
    return Telegraph(
        low=ends[0],
        high=ends[1],
        amplitude=Estimate.of(step / abs(centre), error / abs(centre), len(i) - 2),
        time_low=_time(1 / (rate * to_up), up),
        time_high=_time(1 / (rate * to_down), down),
        apart=float(apart),
        visits=up + down,
        states=states,
        points=len(i),
        source="two-state Markov chain, Viterbi way, rates corrected for the time between reads",
    )


def _two_groups(i: FloatArray) -> NDArray[np.bool_]:
    """The cut that leaves the least variance within two groups (Otsu)."""
    ordered = np.sort(i)
    n, sums = len(i), np.cumsum(ordered)
    count = np.arange(1, n)
    between = (sums[-1] * count / n - sums[:-1]) ** 2 / (count * (n - count))
    above: NDArray[np.bool_] = i > ordered[int(np.argmax(between))]
    return above


def _noise(i: FloatArray, states: NDArray[np.bool_]) -> float:
    left = np.concatenate([i[states] - np.mean(i[states]), i[~states] - np.mean(i[~states])])
    return float(np.sqrt(left @ left / max(len(i) - 2, 1)))


def _likely_way(i: FloatArray, states: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The most likely states, given levels, noise and rates of these."""
    noise = max(_noise(i, states), 1e-12 * float(np.ptp(i)))
    cost = [(i - np.mean(i[part])) ** 2 / (2 * noise**2) for part in (~states, states)]
    leave = []
    for part, other in ((~states, states), (states, ~states)):
        changes = int(np.count_nonzero(part[:-1] & other[1:]))
        leave.append((changes + 0.5) / (int(np.count_nonzero(part[:-1])) + 1.0))
    stay, go = [-log(1 - p) for p in leave], [-log(p) for p in leave]
    low, high = cost[0].tolist(), cost[1].tolist()
    came_low, came_high = [False] * len(i), [True] * len(i)
    at_low, at_high = low[0], high[0]
    for n in range(1, len(i)):
        to_low, from_high = at_low + stay[0], at_high + go[1]
        to_high, from_low = at_high + stay[1], at_low + go[0]
        came_low[n], came_high[n] = from_high < to_low, not from_low < to_high
        at_low = min(to_low, from_high) + low[n]
        at_high = min(to_high, from_low) + high[n]
    found = [False] * len(i)
    state = at_high < at_low
    for n in range(len(i) - 1, -1, -1):
        found[n] = state
        state = came_high[n] if state else came_low[n]
    return np.array(found)


def _time(value: float, changes: int) -> Estimate:
    return Estimate(
        value=value,
        low=value * 2 * changes / float(special.chdtri(2 * changes, _TAIL)),
        high=value * 2 * changes / float(special.chdtri(2 * changes, 1 - _TAIL)),
    )
