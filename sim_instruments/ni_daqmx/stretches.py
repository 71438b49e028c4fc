"""Readings within a stretch in which nothing that drives the device changes.

The device is asked at few of the samples, and the others lie on straight lines between. They are
close together after the beginning, where its answer to a step is.
"""

import numpy as np
from numpy.typing import NDArray


def probes(count: int) -> list[int]:
    """Which of ``count`` samples to ask for: 0, 1, 3, 7, and so on, and the last."""
    chosen = []
    number = 1
    while number <= count:
        chosen.append(number - 1)
        number *= 2
    if count and chosen[-1] != count - 1:
        chosen.append(count - 1)
    return chosen


def filled(chosen: list[int], values: list[float], count: int) -> NDArray[np.float64]:
    """All of ``count`` samples, from those that were asked for."""
    if len(chosen) == count:
        return np.array(values)
    return np.interp(np.arange(count), chosen, values)


def low_passed(
    values: NDArray[np.float64], first: float, period: float, before: float, pole: float
) -> NDArray[np.float64]:
    """What one pole makes of a signal that jumps to ``values[0]`` ``first`` seconds earlier.

    ``values`` are ``period`` seconds apart and joined by straight lines; ``before`` is where the
    output stood at the jump, ``pole`` the time constant (s).
    """
    from scipy.signal import lfilter

    start = values[0] + (before - values[0]) * np.exp(-first / pole)
    if len(values) == 1:
        return np.array([start])
    ratio = period / pole
    decay = np.exp(-ratio)
    # the exact answer to a straight line over one period
    new = 1 - (1 - decay) / ratio
    old = (1 - decay) / ratio - decay
    driven = new * values[1:] + old * values[:-1]
    out, _ = lfilter([1.0], [1.0, -decay], driven, zi=[decay * start])
    return np.concatenate(([start], out))
