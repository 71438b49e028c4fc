"""Ticks: whole decades with what lies between them, and units chosen by what is shown."""

from collections.abc import Iterable, Sequence
from math import ceil, floor, log10

import numpy as np
from matplotlib.axis import Axis as DrawnAxis
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullFormatter

from mho.drawing.values import FloatArray, span
from mho.figure import Axis
from mho.quantities import ScaledUnit

_PLAIN = ScaledUnit("", 1.0)

MOST_DECADES = 6.0
"""A logarithmic axis that spans more shows powers of ten of the unit without a prefix."""

_PLAIN_ABOVE, _PLAIN_BELOW = 5e-5, 2e5
"""Between these, ticks of a logarithmic axis are plain numbers, beyond powers of ten."""

_BETWEEN = tuple(range(2, 10))
_LABELLED = ((1,), (1, 2, 5), (1, 3), (1, 2, 3, 5), tuple(range(1, 10)))
"""Digits that are labelled on a logarithmic axis: the first of these that give enough labels."""

ALONG_X, ALONG_Y = 0.009, 0.0045
"""Metres that a label takes along x, along y."""


def unit_of(axis: Axis, values: FloatArray) -> ScaledUnit:
    """The unit in which an axis is drawn: that in which its largest value is read."""
    if axis.unit is None:
        return _PLAIN
    low, high = span(values)
    if axis.scale == "log" and high > low * 10**MOST_DECADES:
        return axis.unit.readable(1.0)
    return axis.unit.readable(high)


def set_ticks(drawn: DrawnAxis, axis: Axis, values: FloatArray, labels: int) -> None:
    """Set the ticks of an axis with room for so many labels, for the limits that it has by now."""
    labels = max(labels, 2)
    low, high = sorted(float(end) for end in drawn.get_view_interval())
    if axis.scale == "log":
        _set_decades(drawn, low, high, labels)
    else:
        whole = axis.unit is None and np.array_equal(values, np.rint(values))
        most = min(labels, 8)
        drawn.set_major_locator(MaxNLocator(nbins=most, integer=whole, steps=[1, 2, 5, 10]))


def _set_decades(drawn: DrawnAxis, low: float, high: float, labels: int) -> None:
    first, last = floor(log10(low)), ceil(log10(high))
    decades = range(first, last + 1)
    inside = [n for n in decades if low <= 10.0**n <= high]
    stride = ceil(max(len(inside), 1) / labels)
    if len(inside) > 3 or stride > 1:
        # Every decade has its tick; where labels are too many, every second or third has one.
        major: Sequence[float] = [10.0**n for n in inside if n % stride == 0]
    else:
        major = _labelled(low, high, decades, labels)
    all_minor = [digit * 10.0**n for n in decades for digit in (1, *_BETWEEN)]
    minor = [value for value in all_minor if low <= value <= high and value not in major]
    if len(inside) > 2 * labels:
        minor = [10.0**n for n in inside if 10.0**n not in major]
    drawn.set_major_locator(FixedLocator(major))
    drawn.set_minor_locator(FixedLocator(minor))
    drawn.set_minor_formatter(NullFormatter())
    if low >= _PLAIN_ABOVE and high <= _PLAIN_BELOW:
        drawn.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))


def _labelled(low: float, high: float, decades: Iterable[int], labels: int) -> Sequence[float]:
    """Round numbers inside: at least three, and no more than there is room for."""
    wanted = min(3, labels)
    for digits in _LABELLED:
        found = [d * 10.0**n for n in decades for d in digits if low <= d * 10.0**n <= high]
        if wanted <= len(found) <= labels:
            return found
    even = MaxNLocator(nbins=min(labels, 4), steps=[1, 2, 5, 10]).tick_values(low, high)
    return [float(value) for value in even if low <= value <= high]
