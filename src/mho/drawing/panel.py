"""Draws what one panel holds: bands, lines, error bars, arrows."""

from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes

from mho.drawing.colours import MARKERS, Colour, distinct, ink, ordered
from mho.drawing.ticks import unit_of
from mho.drawing.tiles import draw_tiles
from mho.drawing.values import FloatArray, along_y, shown
from mho.drawing.words import label_of, typeset
from mho.figure import Band, Line, Panel
from mho.quantities import ScaledUnit

_FAINT = {"alpha": 0.35, "linewidth": 0.5, "zorder": 1.5}


_CROWDED = ((60, 1.0), (200, 0.75), (float("inf"), 0.55))
"""Up to how many points of a line the markers of a panel have which share of their size."""

NOTHING = "nothing was measured that could stand here"


def draw_panel(axes: Axes, panel: Panel, x: FloatArray, series: int) -> None:
    """Draw a panel.

    ``x`` are the SI values of all panels on its x axis; ``series`` counts those of all ordered
    panels of its figure.
    """
    if panel.tiles:
        draw_tiles(axes, panel)
        return
    y = along_y(panel)
    x_unit, y_unit = unit_of(panel.x, x), unit_of(panel.y, y)
    axes.set_xscale(panel.x.scale)
    axes.set_yscale(panel.y.scale)
    if panel.x.scale == "log" and _is_one(x):
        axes.set_xlim(*_about(x_unit.of(float(x[0]))))
    if panel.y.scale == "log" and _is_one(y) and not any(len(one.low) for one in panel.lines):
        axes.set_ylim(*_about(y_unit.of(float(y[0]))))
    for band in panel.bands:
        _draw_band(axes, panel, band, x_unit, y_unit, _colour(panel, band, series))
    for line in panel.lines:
        at, value = shown(line.x, panel.x) / x_unit.factor, shown(line.y, panel.y) / y_unit.factor
        if np.isfinite(at + value).any():  # a line of NaN alone gives a logarithmic axis no range
            colour = _colour(panel, line, series)
            _draw_line(axes, panel, line, at, value, colour)
            _draw_bars(axes, line, at, value, y_unit, colour)
    if not (axes.lines or axes.collections):
        axes.text(0.5, 0.5, NOTHING, transform=axes.transAxes, ha="center", va="center")
    axes.set_ylabel(label_of(panel.y, y_unit))
    low, high = axes.get_ylim()
    if panel.y.scale == "linear" and low < 0 < high:
        axes.axhline(0, color=mpl.rcParams["axes.edgecolor"], linewidth=0.4, zorder=0.5)


def _is_one(values: FloatArray) -> bool:
    """Whether there is one value only: of that, a logarithmic axis makes no range."""
    return len(values) > 0 and bool(np.allclose(values, values[0], rtol=1e-9, atol=0))


def _about(value: float) -> tuple[float, float]:
    return value / 3, value * 3


def _colour(panel: Panel, drawn: Line | Band, series: int) -> Colour:
    if drawn.series is None:
        return ink()
    return ordered(drawn.series, series) if panel.ordered else distinct(drawn.series)


def _draw_band(
    axes: Axes, panel: Panel, band: Band, x_unit: ScaledUnit, y_unit: ScaledUnit, colour: Colour
) -> None:
    x = shown(band.x, panel.x) / x_unit.factor
    low, high = (shown(end, panel.y) / y_unit.factor for end in (band.low, band.high))
    if np.isfinite(x + low + high).any():
        label = typeset(band.label) or None
        axes.fill_between(
            x,
            low,
            high,
            color=colour,
            alpha=0.13 if band.series is None else 0.22,
            linewidth=0,
            label=label,
        )


def _draw_line(
    axes: Axes, panel: Panel, line: Line, x: FloatArray, y: FloatArray, colour: Colour
) -> None:
    style = _style(panel, line, colour)
    axes.plot(x, y, color=colour, label=typeset(line.label) or None, **style)
    if line.arrow:
        _draw_arrow(axes, x, y, colour)


def _style(panel: Panel, line: Line, colour: Colour) -> dict[str, Any]:
    width, size = mpl.rcParams["lines.linewidth"], mpl.rcParams["lines.markersize"]
    marked = (len(one.x) for one in panel.lines if one.style in ("points", "both"))
    count = max(marked, default=0)
    crowded = next(share for most, share in _CROWDED if count <= most)
    several = line.series is not None and not panel.ordered
    marker = MARKERS[(line.series or 0) % len(MARKERS)] if several else "o"
    match line.style:
        case "points":
            style = {"linestyle": "", "marker": marker, "markersize": crowded * size}
            style |= {"markeredgewidth": 0, "zorder": 2.4}
        case "open":
            style = {"linestyle": "", "marker": "s" if marker == "o" else marker}
            style |= {"markersize": 1.1 * size, "markerfacecolor": mpl.rcParams["axes.facecolor"]}
            style |= {"markeredgecolor": colour, "markeredgewidth": 0.8 * width, "zorder": 2.3}
        case "both":
            style = {"linestyle": "-", "linewidth": 0.8 * width, "marker": marker}
            style |= {"markersize": 0.8 * crowded * size, "markeredgewidth": 0}
        case "steps":
            style = {"drawstyle": "steps-post", "linewidth": width}
        case "dashed":
            style = {"linestyle": (0, (4, 2)), "linewidth": 0.8 * width, "zorder": 2.5}
        case _:
            style = {"linestyle": "-", "linewidth": width}
    if line.faint:
        style |= _FAINT
    return style


def _draw_bars(
    axes: Axes, line: Line, x: FloatArray, y: FloatArray, unit: ScaledUnit, colour: Colour
) -> None:
    """Error bars; on a logarithmic axis one that reaches 0 goes down to where the axis ends."""
    if not len(line.low) or not len(line.high):
        return
    low, high = (np.asarray(end, dtype=np.float64) / unit.factor for end in (line.low, line.high))
    lengths = np.array(
        [y - np.where(np.isfinite(low), low, y), np.where(np.isfinite(high), high, y) - y]
    )
    known = np.isfinite(x + y) & (lengths >= 0).all(axis=0) & (lengths > 0).any(axis=0)
    if known.any():
        axes.errorbar(
            x[known],
            y[known],
            yerr=lengths[:, known],
            fmt="none",
            ecolor=colour,
            elinewidth=0.7 * mpl.rcParams["lines.linewidth"],
            capsize=1.6,
            capthick=0.7 * mpl.rcParams["lines.linewidth"],
            zorder=2.5,
        )


def _draw_arrow(axes: Axes, x: FloatArray, y: FloatArray, colour: Colour) -> None:
    """An arrowhead at the middle point, along the way from the one before it."""
    drawn = np.column_stack((x, y))[np.isfinite(x + y)]
    middle = len(drawn) // 2
    if middle and (drawn[middle - 1] != drawn[middle]).any():
        arrow: dict[str, Any] = {"color": colour, "linewidth": 0, "shrinkA": 0, "shrinkB": 0}
        arrow["arrowstyle"] = "-|>,head_width=0.28,head_length=0.55"
        axes.annotate("", xy=drawn[middle], xytext=drawn[middle - 1], arrowprops=arrow)
