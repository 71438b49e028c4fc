"""The way out and the way back of a voltage sweep, for one polarity."""

from typing import Literal

import numpy as np

from mho.merit.samples import FloatArray, NotEnoughData

Polarity = Literal[1, -1]


def branches(what: str, voltage: FloatArray, polarity: Polarity) -> tuple[slice, slice]:
    """Where the sweep leaves 0 V towards the extreme of a polarity, and where it comes back.

    Both include the extreme and exclude 0 V. ``voltage`` holds the levels asked for, in the order
    of time: a measured voltage collapses in compliance and would hide the extreme.

    Raises
    ------
    NotEnoughData
        The sweep never enters that polarity.
    """
    height = polarity * voltage
    peaks = np.flatnonzero(height == np.max(height))
    top = float(height[peaks[0]])
    if top <= 0:
        sign = "positive" if polarity > 0 else "negative"
        raise NotEnoughData(f"{what}: the sweep has no {sign} voltages")
    outside = np.flatnonzero(height <= 0)
    before, after = outside[outside < peaks[0]], outside[outside > peaks[0]]
    first = int(before[-1]) + 1 if len(before) else 0
    end = int(after[0]) if len(after) else len(height)
    last_peak = int(peaks[peaks < end][-1])
    return slice(first, int(peaks[0]) + 1), slice(last_peak, end)
