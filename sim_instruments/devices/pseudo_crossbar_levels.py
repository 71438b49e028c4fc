"""Levels of the lines of an array, and what they leave between gate and channel of its cells."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from mho.stimuli import Drive, Source

Floats = NDArray[np.float64]
Levels = Sequence[float | None]
"""Volts; None where nothing drives a line."""

_OPEN = Source.OPEN


def given(drives: Mapping[str, Drive], names: tuple[str, ...]) -> Levels:
    """Those of these lines."""
    found = map(drives.get, names)
    return [None if one is None or one.source is _OPEN else one.level for one in found]


def numbers(levels: Levels) -> Floats:
    """The same, NaN where nothing drives one."""
    return np.array(levels, dtype=np.float64)


def grounded(levels: Floats) -> Floats:
    """0 where nothing drives."""
    return np.where(levels == levels, levels, 0.0)  # only NaN is not itself


def across(gates: Levels, columns: Levels) -> Floats:
    """From gate to channel at each cell (V); NaN where the gate floats."""
    return np.asarray(numbers(gates)[:, None] - grounded(numbers(columns)))


def farthest(gates: Levels, columns: Levels) -> float:
    """The largest of them (V, magnitude); 0 where all gates float."""
    high = [level for level in gates if level is not None]
    low = [0.0 if level is None else level for level in columns]
    return max(max(high) - min(low), max(low) - min(high)) if high else 0.0


def different(levels: Floats) -> tuple[Floats, NDArray[np.intp]]:
    """Each level once, and where each line has its own among them: lines stand at few."""
    found, places = np.unique(levels, return_inverse=True)
    return found, np.asarray(places, dtype=np.intp)
