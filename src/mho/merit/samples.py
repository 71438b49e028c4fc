"""The points that can be used, and the error raised when they are too few."""

from collections.abc import Collection

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mho.errors import MhoError

FloatArray = NDArray[np.float64]

_CHANCE = 0.01


class NotEnoughData(MhoError):
    """The data cannot answer; the message names the figure of merit and what is missing."""


def usable(
    what: str, at_least: int, *, positive: Collection[str] = (), **columns: ArrayLike
) -> tuple[list[FloatArray], int]:
    """Keep the rows in which every column is finite, and count the others.

    Parameters
    ----------
    what
        The figure of merit, for the message.
    at_least
        How many rows must remain.
    positive
        Names of columns that must also be above zero (their logarithm is taken).
    columns
        One-dimensional arrays of one length, by name.

    Returns
    -------
    The columns that remain, in the order given, and the number of rows ignored.

    Raises
    ------
    NotEnoughData
        Fewer than ``at_least`` rows remain.
    ValueError
        A column is not one-dimensional, or their lengths differ.
    """
    arrays = {name: np.asarray(column, dtype=np.float64) for name, column in columns.items()}
    shapes = {name: array.shape for name, array in arrays.items()}
    if any(len(shape) != 1 for shape in shapes.values()) or len(set(shapes.values())) > 1:
        raise ValueError(f"{what}: columns must be one-dimensional, of one length; got {shapes}")
    keep = np.all([np.isfinite(array) for array in arrays.values()], axis=0)
    for name in positive:
        keep &= np.nan_to_num(arrays[name]) > 0
    used, total = int(np.count_nonzero(keep)), len(keep)
    if used < at_least:
        points = f"{at_least} point{'s' * (at_least != 1)}"
        raise NotEnoughData(f"{what} needs {points}; {_given(used, total, positive)}")
    return [array[keep] for array in arrays.values()], total - used


def require_curve(what: str, r2: float, points: int, parameters: int) -> None:
    """Refuse a fitted curve that explains no more than as many parameters would of noise.

    Scatter around a level follows any curve a little: the F test of the curve (``parameters`` of it
    fitted, the level included) against the level alone, at 1 %.

    Raises
    ------
    NotEnoughData
        It does not.
    """
    from scipy.special import fdtrc  # slow to import, and a plan needs no curve

    shape, left = parameters - 1, points - parameters
    if left <= 0 or r2 >= 1:
        return
    if fdtrc(shape, left, max(r2, 0.0) / shape / ((1 - r2) / left)) > _CHANCE:
        raise NotEnoughData(
            f"{what}: the points scatter around one level, and no curve explains them better than "
            f"chance (R2 {max(r2, 0.0):.2g} of {points} points); take more points, or average reads"
        )


def _given(used: int, total: int, positive: Collection[str]) -> str:
    """What there was, and why no more of it can be used."""
    if used == total:
        were = {0: "none was", 1: "1 was"}.get(total, f"{total} were")
        return f"{were} given"
    but = f", or {' or '.join(positive)} is not above zero" if positive else ""
    return f"{used} of the {total} given can be used: the others hold no finite number{but}"


def is_constant(values: FloatArray) -> bool:
    """Whether values differ by rounding only."""
    return bool(np.ptp(values) <= 1e-12 * np.max(np.abs(values)))


def require_change(what: str, name: str, values: FloatArray) -> None:
    """Refuse a column that is constant or empty: no slope or curve can be read from it.

    Raises
    ------
    NotEnoughData
        All values are equal, or there is none.
    """
    if not len(values):
        raise NotEnoughData(f"{what}: no point is left to fit")
    if is_constant(values):
        raise NotEnoughData(f"{what}: {name} is constant at {values[0]:.6g}, nothing can be fitted")
