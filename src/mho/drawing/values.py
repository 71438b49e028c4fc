"""The values that a panel shows, as arrays."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from mho.figure import Axis, Panel

FloatArray = NDArray[np.float64]


def shown(values: Sequence[float], axis: Axis) -> FloatArray:
    """SI values along an axis, NaN where it has no place for them: at or below 0 if logarithmic."""
    numbers = np.asarray(values, dtype=np.float64)
    fits = np.isfinite(numbers) & ((numbers > 0) | (axis.scale == "linear"))
    return np.where(fits, numbers, np.nan)


def along_x(panels: Iterable[Panel]) -> FloatArray:
    """Every finite value that these panels show along x."""
    return _finite(
        shown(x, panel.x)
        for panel in panels
        for x in (*(line.x for line in panel.lines), *(band.x for band in panel.bands))
    )


def along_y(panel: Panel) -> FloatArray:
    """Every finite value that a panel shows along y; ends of error bars are not among them."""

    def values() -> Iterator[FloatArray]:
        for line in panel.lines:
            yield shown(line.y, panel.y)
        for band in panel.bands:
            yield shown(band.low, panel.y)
            yield shown(band.high, panel.y)

    return _finite(values())


def span(values: FloatArray) -> tuple[float, float]:
    """Smallest and largest magnitude above zero; both 0 where there is none."""
    magnitudes = np.abs(values[values != 0])
    return (float(magnitudes.min()), float(magnitudes.max())) if len(magnitudes) else (0.0, 0.0)


def _finite(groups: Iterable[FloatArray]) -> FloatArray:
    values = np.concatenate([np.zeros(0), *groups])
    finite: FloatArray = values[np.isfinite(values)]
    return finite
