"""Draws a figure with matplotlib, without a screen."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mho.errors import RecordingError
from mho.figure import Axis, Figure, Line, Panel
from mho.quantities import ScaledUnit

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis as DrawnAxis
    from matplotlib.figure import Figure as Canvas

FloatArray = NDArray[np.float64]

_STYLES: dict[str, dict[str, Any]] = {
    "line": {"linestyle": "-", "linewidth": 1.1},
    "points": {"linestyle": "", "marker": "o", "markersize": 3},
    "both": {"linestyle": "-", "marker": "o", "markersize": 2.6, "linewidth": 0.9},
    "steps": {"drawstyle": "steps-post", "linewidth": 1.0},
}

_PLAIN = ScaledUnit("", 1.0)
_MOST_DECADES = 4.0
"""A logarithmic axis that spans more shows powers of ten of the unit without a prefix."""

_MOST_LABELLED = 2.0
"""Decades of a logarithmic axis up to which 2 and 5 are labelled as well as 1."""

_MICRO = re.compile(r"(?<=[\d\s(])u(?=[A-Zsm])")


def draw(figure: Figure, path: Path) -> None:
    """Draw a figure into a PNG.

    Raises
    ------
    RecordingError
        The file cannot be written.
    """
    import matplotlib as mpl

    with mpl.rc_context({"font.size": 9, "axes.spines.top": False, "axes.spines.right": False}):
        canvas = _canvas(figure)
        try:
            canvas.savefig(path)
        except OSError as error:
            raise RecordingError(f"{path} cannot be written: {error.strerror or error}") from error


def _canvas(figure: Figure) -> "Canvas":
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure as Canvas

    heights = [panel.height for panel in figure.panels]
    canvas = Canvas(figsize=(6.4, 1.2 + 1.7 * sum(heights)), dpi=160, layout="constrained")
    FigureCanvasAgg(canvas)
    grid = canvas.subplots(
        len(heights), 1, sharex=figure.shared_x, height_ratios=heights, squeeze=False
    )
    colours = _colours(figure)
    for axes, panel in zip(grid[:, 0], figure.panels, strict=True):
        unit = _unit(panel.x, _along_x(figure.panels if figure.shared_x else (panel,)))
        _draw_panel(axes, panel, unit, colours)
        if not figure.shared_x or panel is figure.panels[-1]:
            axes.set_xlabel(_label(panel.x, unit))
        if panel is not figure.panels[0] and axes.get_legend_handles_labels()[0]:
            axes.legend(frameon=False, fontsize=8)
    canvas.align_ylabels()
    canvas.suptitle(_typeset(figure.title), fontsize=10)
    handles, labels = grid[0, 0].get_legend_handles_labels()
    if figure.legend and handles:
        title = _typeset(figure.legend)
        canvas.legend(handles, labels, title=title, loc="outside right upper", frameon=False)
    return canvas


def _colours(figure: Figure) -> list[Any]:
    from matplotlib import colormaps

    series = 1 + max((line.series for panel in figure.panels for line in panel.lines), default=0)
    if series <= 1:
        return ["C0"]
    return [colormaps["viridis"](0.92 * number / (series - 1)) for number in range(series)]


def _draw_panel(axes: "Axes", panel: Panel, x_unit: ScaledUnit, colours: list[Any]) -> None:
    along_y = _along_y(panel)
    y_unit = _unit(panel.y, along_y)
    axes.set_xscale(panel.x.scale)  # first: a single point gets a range on any scale
    axes.set_yscale(panel.y.scale)
    for band in panel.bands:
        axes.fill_between(
            [x_unit.of(end) for end in band.x],
            y_unit.of(band.low),
            y_unit.of(band.high),
            color=colours[band.series],
            alpha=0.25,
            linewidth=0,
        )
    for line in panel.lines:
        x, y = _shown(line.x, panel.x) / x_unit.factor, _shown(line.y, panel.y) / y_unit.factor
        if np.isfinite(x + y).any():  # a line of NaN alone gives a logarithmic axis no range
            _draw_line(axes, line, x, y, colours[line.series])
    axes.set_ylabel(_label(panel.y, y_unit))
    _set_ticks(axes.xaxis, panel.x, x_unit, _along_x([panel]))
    _set_ticks(axes.yaxis, panel.y, y_unit, along_y)
    axes.grid(visible=True, alpha=0.25, linewidth=0.5)


def _draw_line(axes: "Axes", line: Line, x: FloatArray, y: FloatArray, colour: Any) -> None:
    label = _typeset(line.label) or None
    if line.style == "bars":
        axes.bar(x, y, color=colour, label=label)
        return
    style = dict(_STYLES[line.style])
    if line.faint:
        style |= {"alpha": 0.25, "linewidth": 0.5, "zorder": 1.5}
    axes.plot(x, y, color=colour, label=label, **style)
    if line.arrow:
        _draw_arrow(axes, x, y, colour)


def _draw_arrow(axes: "Axes", x: FloatArray, y: FloatArray, colour: Any) -> None:
    """An arrowhead at the middle point, along the way from the one before it."""
    drawn = np.column_stack((x, y))[np.isfinite(x + y)]
    middle = len(drawn) // 2
    if middle and (drawn[middle - 1] != drawn[middle]).any():
        arrow = {"arrowstyle": "-|>,head_width=0.5,head_length=0.9", "color": colour}
        arrow |= {"shrinkA": 0, "shrinkB": 0, "linewidth": 0}
        axes.annotate("", xy=drawn[middle], xytext=drawn[middle - 1], arrowprops=arrow)


def _set_ticks(axis: "DrawnAxis", asked: Axis, unit: ScaledUnit, values: FloatArray) -> None:
    from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

    if asked.scale == "linear":
        if asked.unit is None and np.array_equal(values, np.rint(values)):
            axis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))
        return
    low, high = _span(values)
    decades = np.log10(high / low) if low < high else 0.0
    if decades <= _MOST_LABELLED:
        axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        axis.set_minor_formatter(NullFormatter())
    if low / unit.factor >= 1e-3 and high / unit.factor < 1e5:
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))


def _unit(axis: Axis, values: FloatArray) -> ScaledUnit:
    """The unit in which an axis is drawn."""
    if axis.unit is None:
        return _PLAIN
    low, high = _span(values)
    if axis.scale == "log" and high > low * 10**_MOST_DECADES:
        return axis.unit.readable(1.0)
    return axis.unit.readable(high)


def _label(axis: Axis, unit: ScaledUnit) -> str:
    return _typeset(f"{axis.quantity} ({unit.symbol})" if unit.symbol else axis.quantity)


def _typeset(text: str) -> str:
    """Files write u and ohm, which everybody can type; a figure shows µ and Ω."""
    return _MICRO.sub("µ", text).replace("ohm", "Ω")


def _span(values: FloatArray) -> tuple[float, float]:
    """Smallest and largest magnitude above zero; both 0 where there is none."""
    magnitudes = np.abs(values[values != 0])
    return (float(magnitudes.min()), float(magnitudes.max())) if len(magnitudes) else (0.0, 0.0)


def _along_x(panels: Iterable[Panel]) -> FloatArray:
    return _finite(
        _shown(values, panel.x)
        for panel in panels
        for values in (*(line.x for line in panel.lines), *(band.x for band in panel.bands))
    )


def _along_y(panel: Panel) -> FloatArray:
    bands = ((band.low, band.high) for band in panel.bands)
    return _finite(
        _shown(values, panel.y) for values in (*(line.y for line in panel.lines), *bands)
    )


def _shown(values: Sequence[float], axis: Axis) -> FloatArray:
    """SI values along an axis, NaN where it has no place for them: at or below 0 if logarithmic."""
    numbers = np.asarray(values, dtype=np.float64)
    fits = np.isfinite(numbers) & ((numbers > 0) | (axis.scale == "linear"))
    return np.where(fits, numbers, np.nan)


def _finite(groups: Iterable[FloatArray]) -> FloatArray:
    values = np.concatenate([np.zeros(0), *groups])
    finite: FloatArray = values[np.isfinite(values)]
    return finite
