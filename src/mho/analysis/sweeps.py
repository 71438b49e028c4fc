"""The ways and cycles of a voltage sweep, from its voltages alone or from columns that tell."""

import numpy as np
import pandas as pd

from mho.analysis.data import Data, finite
from mho.merit.samples import FloatArray

_TURN = 0.02
"""Share of the largest voltage by which a sweep must turn back before it is a turn: a measured
voltage is noisy."""


def ways(voltage: FloatArray) -> FloatArray:
    """The number of the way of each point: a new one at each turn and where the sign changes."""
    turn = _TURN * float(np.max(np.abs(voltage), initial=0.0))
    number, found = 0, np.zeros(len(voltage))
    rising, extreme, at_extreme = True, -np.inf, 0
    sign = 0.0
    for place, value in enumerate(np.abs(voltage).tolist()):
        if abs(voltage[place]) > turn:
            here = float(np.sign(voltage[place]))
            if sign and here != sign:  # through 0 V: it leaves in the other polarity
                number += 0 if rising else 1
                before = np.flatnonzero(here * voltage[:place] <= 0)
                found[int(before[-1]) + 1 : place] = number
                rising, extreme, at_extreme = True, value, place
            sign = here
        if (value > extreme) is rising or value == extreme:
            extreme, at_extreme = value, place
        elif abs(value - extreme) > turn:
            number, rising = number + 1, not rising
            found[at_extreme + 1 : place] = number
            extreme, at_extreme = value, place
        found[place] = number
    return found


def cycles(voltage: FloatArray, way: FloatArray) -> FloatArray:
    """The number of the cycle of each point, from 1: each begins as the first way does."""
    number, found = 0, np.zeros(len(voltage))
    first: tuple[bool, bool] | None = None
    for which in np.unique(way):
        points = way == which
        part = voltage[points]
        far = part[int(np.argmax(np.abs(part)))]
        kind = bool(far > 0), abs(part[-1]) >= abs(part[0])
        if first is None:
            first = kind
        number += kind == first
        found[points] = number
    return found


def complete(data: Data) -> Data:
    """The rows with a voltage, a current and, where they have a column of it, a cycle.

    Raises
    ------
    SettingsError
        There is none.
    """
    cycle = ("cycle",) if "cycle" in data.frame else ()
    return finite(data, ("voltage", "current", *cycle))


def swept(frame: pd.DataFrame) -> pd.DataFrame:
    """The points of sweeps with ``cycle``, ``way``, ``held`` and the voltage asked for, ``asked``.

    Verify reads of a run are left out. Cycles that the rows have must be numbers.
    """
    points = frame[frame["part"] != "read"] if "part" in frame else frame
    asked = points["level" if _has_levels(points) else "voltage"].to_numpy(dtype=float)
    if "branch" in points:
        way = points["branch"].to_numpy(dtype=float)
    elif "cycle" in points:
        way = _ways_of_each(points["cycle"].to_numpy(dtype=float), asked)
    else:
        way = ways(asked)
    cycle = points["cycle"].to_numpy(dtype=float) if "cycle" in points else cycles(asked, way)
    held = np.zeros(len(points), bool)
    if "in_compliance" in points:
        held = points["in_compliance"].to_numpy(dtype=bool)
    return pd.DataFrame(
        {
            "cycle": cycle.astype(int),
            "way": way.astype(int),
            "asked": asked,
            "voltage": points["voltage"].to_numpy(dtype=float),
            "current": points["current"].to_numpy(dtype=float),
            "held": held,
        }
    )


def _ways_of_each(cycle: FloatArray, voltage: FloatArray) -> FloatArray:
    """The ways of each cycle by itself, from 0: its first point begins its first way."""
    found = np.zeros(len(voltage))
    for number in np.unique(cycle):
        points = cycle == number
        found[points] = ways(voltage[points])
    return found


def _has_levels(points: pd.DataFrame) -> bool:
    return "level" in points and pd.api.types.is_float_dtype(points["level"])
