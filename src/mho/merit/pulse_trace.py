"""One branch of a pulse train: conductance against pulse number, and the fit of its shape."""

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from mho.merit import regression
from mho.merit.samples import (
    FloatArray,
    NotEnoughData,
    require_change,
    require_curve,
    usable,
)

Branch = Literal["potentiation", "depression"]


def read_trace(
    what: str,
    conductance: ArrayLike,
    pulses: ArrayLike | None,
    *,
    at_least: int = 5,
    positive: bool = False,
) -> tuple[FloatArray, FloatArray, float, int]:
    """Position along the trace (0 to 1), conductance, number of pulses, and rows ignored.

    Raises
    ------
    NotEnoughData
        Fewer than ``at_least`` usable reads, or a constant trace.
    ValueError
        Numbers of pulses that do not increase.
    """
    numbers = np.arange(np.size(conductance)) if pulses is None else pulses
    (n, g), ignored = usable(
        what,
        at_least,
        positive=("conductance",) if positive else (),
        pulses=numbers,
        conductance=conductance,
    )
    if np.any(np.diff(n) <= 0):
        raise ValueError(f"{what}: the numbers of pulses must increase from read to read")
    require_change(what, "the conductance", g)
    count = float(n[-1] - n[0])
    return (n - n[0]) / count, g, count, ignored


def steps_of(traces: Sequence[ArrayLike]) -> tuple[tuple[FloatArray, FloatArray], int]:
    """Steps of one or several traces in pulse order.

    Returns
    -------
    The conductance each step starts from and its signed size (S), and how many steps were ignored
    because an end is missing.
    """
    columns = [np.asarray(trace, dtype=np.float64) for trace in traces]
    if any(column.ndim != 1 for column in columns):
        raise ValueError("give a sequence of one-dimensional traces per direction")
    columns = [np.where(np.isfinite(column), column, np.nan) for column in columns]
    start = np.concatenate([column[:-1] for column in columns] or [np.empty(0)])
    step = np.concatenate([np.diff(column) for column in columns] or [np.empty(0)])
    (start, step), ignored = usable("steps", 0, start=start, step=step)
    return (start, step), ignored


def fit_trace(
    what: str,
    model: Callable[[FloatArray, float, float, float], FloatArray],
    x: FloatArray,
    g: FloatArray,
    grid: FloatArray,
    limit: float,
    ends: tuple[float, float],
) -> regression.Fit:
    """Fit model(x, first, last, shape) with both ends free, since the reads there carry noise.

    It starts from the best shape of ``grid`` between the ends read; the shape is sought within
    +-``limit``, the ends within ``ends``.

    Raises
    ------
    NotEnoughData
        The trace scatters around one level.
    """

    def squares(shape: float) -> float:
        return float(np.sum((model(x, g[0], g[-1], shape) - g) ** 2))

    height = float(np.ptp(g))
    fit = regression.curve(
        what,
        model,
        x,
        g,
        start=(g[0], g[-1], min(grid.tolist(), key=squares)),
        unit=(height, height, 1.0),
        low=(ends[0], ends[0], -limit),
        high=(ends[1], ends[1], limit),
    )
    require_curve(what, fit.r2, len(g), 3)
    return fit


def require_rise(what: str, fit: regression.Fit) -> None:
    """Refuse a fitted trace whose last end is not above its first."""
    if fit.values[1] <= fit.values[0]:
        raise NotEnoughData(f"{what}: the trace runs the other way")
