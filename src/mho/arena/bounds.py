"""What no algorithm can do better: the noise ceiling, and how few pulses would do."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammainc

from mho.arena.trial import judged
from mho.device.bank import CellBank
from mho.programming.algorithm import Floats, Goal, Means

_AIMED = 0.1
"""Mean step of ln G at which the granularity of steps is measured."""

_HALVINGS, _REPEATS = 14, 12
_SPAN, _POINTS = 0.3, 241
_STEPS = 28
_SWEEPS = 300


def ceiling(bank: CellBank, goal: Goal, means: Means) -> NDArray[np.bool_]:
    """Which cells are within once their noise-free, settled conductance is exactly on target.

    Nothing that places cells can honestly do better, unless it looks for quieter states or sees
    slow noise coming.
    """
    bank.place(np.arange(bank.count), goal.target)
    mean = judged(bank, means)
    return np.asarray((mean >= goal.low) & (mean <= goal.high))


def granularity(bank: CellBank, target: Floats, means: Means, sign: int) -> float:
    """Variance over mean of a step of ln G of one polarity: the median over cells.

    Each cell is placed on its target and pulsed again and again, at the amplitude that was found to
    move it by about a tenth. NaN where no amplitude does.
    """
    cells = np.arange(bank.count)
    width = np.full(bank.count, means.width)
    largest = means.set_limit if sign > 0 else means.reset_limit
    low, high = np.zeros(bank.count), np.full(bank.count, largest)

    def steps(amplitude: Floats) -> Floats:
        bank.place(cells, target)
        bank.pulse(cells, sign * amplitude, width)
        return sign * np.log(np.maximum(bank.conductance(cells), 1e-12) / target)

    for _ in range(_HALVINGS):
        amplitude = 0.5 * (low + high)
        weak = steps(amplitude) < _AIMED
        low, high = np.where(weak, amplitude, low), np.where(weak, high, amplitude)
    found = np.array([steps(0.5 * (low + high)) for _ in range(_REPEATS)])
    mean = found.mean(axis=0)
    moved = mean > 0.2 * _AIMED
    if not moved.any():
        return float("nan")
    return float(np.median(found.var(axis=0, ddof=1)[moved] / mean[moved]))


def fewest_pulses(tolerance: float, grains: tuple[float, float], distance: float) -> float:
    """Mean number of pulses of a controller that knows state and device exactly.

    By value iteration on the distance from the target in ln G, with steps of Gamma distribution
    (mean chosen, variance over mean ``grains``: RESET, SET); the first pulse comes from
    ``distance``.
    """
    if not all(np.isfinite(grains)) or min(grains) <= 0.0:
        return float("nan")
    grid = np.linspace(-_SPAN, _SPAN, _POINTS)
    means = np.logspace(-3.3, np.log10(2.0 * _SPAN), _STEPS)
    kernels = [
        (sign, _kernel(mean, grain, grid[1] - grid[0]))
        for sign, grain in zip((-1, 1), grains, strict=True)
        for mean in means
    ]
    inside = abs(grid) <= tolerance
    value = np.where(inside, 0.0, 5.0)
    for _ in range(_SWEEPS):
        expected = np.min([_after(value, sign, kernel) for sign, kernel in kernels], axis=0)
        updated = np.where(inside, 0.0, 1.0 + expected)
        change, value = float(np.max(abs(updated - value))), updated
        if change < 1e-4:
            break
    # the first pulse: its end scatters by the root of grain times distance, about a chosen mean
    sd = float(np.sqrt(min(grains) * distance))
    nodes, weights = np.polynomial.hermite_e.hermegauss(31)
    weights = weights / weights.sum()
    best = min(
        float((weights * np.interp(centre + sd * nodes, grid, value)).sum())
        for centre in np.linspace(-0.2, 0.2, 81)
    )
    return 1.0 + best


def _kernel(mean: float, grain: float, spacing: float) -> Floats:
    """Chance of a step of so many grid points: 0, 1, 2, ..."""
    edges = (np.arange(2 * _POINTS + 1) + 0.5) * spacing
    below = gammainc(mean / grain, edges / grain)
    return np.diff(np.concatenate([[0.0], below]))


def _after(value: Floats, sign: int, kernel: Floats) -> Floats:
    """Expected value after a step; beyond the grid it is that of its end."""
    one_way = value if sign > 0 else value[::-1]
    padded = np.concatenate([one_way, np.full(len(kernel), one_way[-1])])
    found = np.correlate(padded, kernel, "valid")[: len(value)]
    found = np.asarray(found + (1.0 - kernel.sum()) * one_way[-1], dtype=np.float64)
    return found if sign > 0 else found[::-1]
