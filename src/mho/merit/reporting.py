"""How results are made: an estimate with its interval, or why there is none."""

from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite
from typing import TypeVar

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from mho.merit import estimate
from mho.merit.estimate import Estimate
from mho.merit.samples import NotEnoughData, usable
from mho.result import Interval, Result

Made = TypeVar("Made")

COUNT, RATIO = "1", "1"
"""Units of what has none."""

OVER_CYCLES = "median over cycles, interval of order statistics"


@dataclass(frozen=True, slots=True)
class Taken:
    """The rows that a result is made of, in words.

    ``limited``: the current limit held every one of them, so they tell of the limit, not of the
    device.
    """

    text: str
    limited: bool = False

    def __str__(self) -> str:
        return self.text


def taken_from(rows: pd.DataFrame, what: str, *flags: str) -> Taken:
    """``120 rows of reads, 3 of them held by the current limit``.

    ``flags`` are the columns that say what was held: ``in_compliance`` unless given. For what the
    limit does not spoil (a current, a power, a count) hand on the ``text`` alone.
    """
    columns = [rows[flag].to_numpy(bool) for flag in flags or ("in_compliance",)]
    return taken_of(np.logical_or.reduce(columns), what)


def taken_of(limited: NDArray[np.bool_], what: str) -> Taken:
    """As `taken_from`, by whether the current limit held each of the rows."""
    count, held = len(limited), int(limited.sum())
    text = f"{count} row{'s' * (count != 1)} of {what}"
    if not held:
        return Taken(text)
    return Taken(f"{text}, {held} of them held by the current limit", limited=held == count)


def where(rows: pd.DataFrame, chosen: "pd.Series | NDArray[np.bool_]") -> pd.DataFrame:
    """The chosen rows; all or none of them at once, for which pandas takes as long as for some."""
    mask = np.asarray(chosen, bool)
    if mask.all():
        return rows
    return rows[mask] if mask.any() else rows.iloc[:0]


def attempt(compute: Callable[[], Made]) -> tuple[Made | None, str]:
    """What ``compute`` returns; or None, and why the data do not tell."""
    try:
        return compute(), ""
    except NotEnoughData as reason:
        return None, str(reason)


def measured(
    name: str,
    unit: str,
    value: Estimate | float | Callable[[], Estimate | float] | None,
    *,
    method: str,
    source: Taken | str,
    part: str = "",
    why: str = "",
) -> Result:
    """A result that is a number; undetermined where the data do not tell it.

    Parameters
    ----------
    value
        A plain number has no interval. A function may raise NotEnoughData.
    why
        Said where there is no value, or none that is finite.
    """
    found, reason = attempt(value) if callable(value) else (value, "")
    number, interval, why = None, None, reason or why
    if isinstance(found, Estimate):
        number, interval = found.value, _interval(found)
    elif found is not None:
        number = float(found)
    if isinstance(source, Taken) and source.limited:
        number, why = None, "the current limit held every row that it would be made from"
    if number is None or not isfinite(number):
        number, interval, why = None, None, why or "the rows give no number for it"
    return Result(
        name=name,
        value=number,
        interval=interval,
        unit=unit,
        method=method,
        source=str(source),
        part=part,
        undetermined="" if number is not None else why,
    )


def counted(name: str, number: int, *, method: str, source: str, part: str = "") -> Result:
    """A result that is an exact count."""
    return measured(name, COUNT, float(number), method=method, source=source, part=part)


def outcome(word: str | None, *, source: str, part: str = "") -> Result:
    """How a run, or a part of it, ended; None where it was left before that was known."""
    return Result(
        name="outcome",
        value=word,
        unit="",
        method="conclusion of the last row",
        source=source,
        part=part,
        undetermined="" if word else "it was ended before its outcome was known",
    )


def middle(what: str, values: ArrayLike) -> Estimate:
    """Median of those that are finite; its interval needs six.

    Raises
    ------
    NotEnoughData
        There is none; ``what`` stands in the message.
    """
    (finite,), _ = usable(what, 1, values=values)
    return estimate.median(finite)


def average(what: str, values: ArrayLike) -> Estimate:
    """Mean of those that are finite, Student t interval; raises as `middle`."""
    (finite,), _ = usable(what, 1, values=values)
    return estimate.mean(finite)


def largest(estimates: "list[Estimate]") -> Estimate | None:
    """That of the largest magnitude, with its own interval; None of none."""
    return max(estimates, key=lambda one: abs(one.value), default=None)


def _interval(value: Estimate) -> Interval | None:
    if not isfinite(value.value) or value.low != value.low or value.high != value.high:
        return None
    # Resampled values, or a fit at the edge of its range, may leave the value outside.
    low, high = min(value.low, value.value), max(value.high, value.value)
    ends = low if isfinite(low) else None, high if isfinite(high) else None
    return None if ends == (None, None) else ends
