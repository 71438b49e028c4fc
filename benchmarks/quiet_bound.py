"""What looking for quiet states can bring: a controller that sees where a cell is and its traps.

It knows the noise-free conductance, the switching curve and the traps of the present state exactly;
by chance come only the lengths of steps (inverse Gaussian, variance over mean the grain), the traps
that a step draws anew, and what the noise does in the judged mean. Slow noise it does not foresee.
It stops, or pulses on at a price, by value iteration on distance from the target and state; beside
it stands the same controller blind to the traps, whose success without a price is the noise
ceiling. Cu:Te 1T1R at 50 uS, the judged mean over 10 s.

    python benchmarks/quiet_bound.py
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr, ndtr

from mho.programming.adaptive.prediction import averaged
from mho.sim_instruments.devices.cu_te_parameters import CuTeParameters

Floats = NDArray[np.float64]

TOLERANCES, PRICES = (0.01, 0.005), (0.0005, 0.001, 0.002, 0.004)
LASTS = 10.0
STATES, DRAWN = 9, 4500
GRID = np.linspace(-0.1, 0.1, 401)
STEPS = np.geomspace(1e-3, 0.12, 22)
DISTANCE = 1.5
"""e-folds of conductance that the first pulse has to go."""


class Pulse(NamedTuple):
    """What a pulse of a mean step does."""

    moves: Floats
    """Chances from each point of the grid (row) to each."""
    anew: float
    """Chance that the traps are drawn anew."""


def pulses(p: CuTeParameters) -> list[Pulse]:
    """Of both polarities and all mean steps."""
    spacing, n = GRID[1] - GRID[0], len(GRID)
    found = []
    for sign, grain in ((-1, p.reset_grain), (1, p.set_grain)):
        for mean in STEPS:
            edges = np.concatenate([[0.0], (np.arange(n) + 0.5) * spacing])
            chances = np.diff(_inverse_gaussian(edges, mean, grain))
            moves = np.zeros((n, n))
            for row in range(n):
                moves[row, row:] = chances[: n - row]
                moves[row, -1] += 1.0 - chances[: n - row].sum()
            moves = moves if sign > 0 else moves[::-1, ::-1]
            found.append(Pulse(moves, -np.expm1(-mean / p.rearranging_step)))
    return found


def _inverse_gaussian(x: Floats, mean: float, grain: float) -> Floats:
    """Cumulative distribution of a step of this mean and of variance ``grain`` times it."""
    shape = mean * mean / grain
    root = np.sqrt(shape / np.maximum(x, 1e-12))
    return np.asarray(
        ndtr(root * (x / mean - 1.0))
        + np.exp(2.0 * mean / grain + log_ndtr(-root * (x / mean + 1.0)))
    )


def deviations(p: CuTeParameters) -> Floats:
    """Relative sd of the judged mean in states from quiet to noisy, all as frequent."""
    shape, chance = p.noise_shape, np.random.default_rng(0)
    spread = np.log(shape.longest_trap / shape.shortest_trap)
    times = shape.shortest_trap * np.exp(spread * chance.random((DRAWN, shape.traps)))
    traps = np.sort(shape.trap_share / shape.traps * averaged(times, LASTS).sum(axis=1))
    flicker = averaged(np.array(shape.flicker_times), LASTS).mean() * (1.0 - shape.trap_share)
    return p.noise_level * np.sqrt(flicker + traps.reshape(STATES, -1).mean(axis=1))


def best(success: Floats, known: list[Pulse], price: float) -> tuple[Floats, NDArray[np.intp]]:
    """Value (n, states) of the best rule, and its pulse there; -1 where it stops."""
    value = success
    while True:
        anywhere = value.mean(axis=1, keepdims=True)
        after = np.array(
            [
                (1.0 - one.anew) * (one.moves @ value) + one.anew * (one.moves @ anywhere)
                for one in known
            ]
        )
        chosen = after.argmax(axis=0)
        go_on = after.max(axis=0) - price
        updated = np.maximum(success, go_on)
        if abs(updated - value).max() < 1e-5:
            return updated, np.where(success >= go_on, -1, chosen)
        value = updated


def outcome(
    success: Floats, rule: NDArray[np.intp], known: list[Pulse], p: CuTeParameters
) -> tuple[float, int]:
    """Share that succeeds, and the median number of pulses."""
    there = np.exp(-0.5 * GRID**2 / (p.reset_grain * DISTANCE))
    cells = np.outer(there / there.sum(), np.full(success.shape[1], 1.0 / success.shape[1]))
    true, ended, median = 0.0, 0.0, 0
    for count in range(1, 1000):
        true += float((cells * success)[rule < 0].sum())
        ended += float(cells[rule < 0].sum())
        median = count if ended >= 0.5 and not median else median
        if ended > 1.0 - 1e-6:
            break
        moved = np.zeros_like(cells)
        for number in np.unique(rule[rule >= 0]):
            one = known[number]
            arrived = one.moves.T @ np.where(rule == number, cells, 0.0)
            moved += (1.0 - one.anew) * arrived + one.anew * arrived.mean(axis=1, keepdims=True)
        cells = moved
    return true, median


def main() -> None:
    """Print a line for each tolerance and price."""
    p = CuTeParameters()
    known, deviation = pulses(p), deviations(p)
    print("tolerance  sees traps  price %  true %  pulses (median)")
    for tolerance in TOLERANCES:
        off = GRID[:, None]
        success = ndtr((tolerance - off) / deviation) - ndtr((-tolerance - off) / deviation)
        for sees, what in ((False, success.mean(axis=1, keepdims=True)), (True, success)):
            print(f"{100 * tolerance:g} %: ceiling {100 * what[len(GRID) // 2].mean():.1f} %")
            for price in PRICES:
                _, rule = best(what, known, price)
                true, count = outcome(what, rule, known, p)
                print(
                    f"{100 * tolerance:7g} % {'yes' if sees else 'no':>10s} {100 * price:8.2f}"
                    f" {100 * true:7.1f} {count:8d}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
