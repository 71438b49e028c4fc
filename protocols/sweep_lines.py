"""Lines of a swept current: magnitudes without zero crossings, and the compliance."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Literal

import numpy as np
import pandas as pd

from mho.figure import Line

_FAR = 1.7
"""A compliance that is so many times the largest current is no part of a linear picture."""


def magnitudes(line: Line) -> Line:
    """A line of signed currents as abs(I), interrupted where it crosses zero.

    A current against its voltage, or at 0 V, is offset and noise: its logarithm says nothing of
    the device.
    """
    x, y = (np.asarray(values, dtype=np.float64) for values in (line.x, line.y))
    crossing = ~(x * y > 0)
    return replace(line, y=np.where(crossing, np.nan, np.abs(y)).tolist())


def gapped(line: Line) -> Line:
    """The same line without its label and arrow: they stand in the panel beside it."""
    return replace(line, label="", arrow=False)


def compliances(swept: pd.DataFrame, as_: Literal["magnitude", "signed"]) -> Iterator[Line]:
    """The current limit of either polarity, over the levels at which it held.

    In a linear picture it is left out where it lies far above all currents.
    """
    label = "compliance"
    largest = float(swept["current"].abs().max()) if len(swept) else 0.0
    for sign in (1, -1):
        side = swept[sign * swept["level"] > 0]
        limits = side["compliance"].dropna()
        if not len(limits):
            continue
        limit, far = float(limits.max()), float((sign * side["level"]).max())
        if as_ == "signed" and limit > _FAR * largest:
            continue
        height = limit if as_ == "magnitude" else sign * limit
        yield Line(x=[0.0, sign * far], y=[height] * 2, series=None, label=label, style="dashed")
        label = ""
