"""Draws a figure with matplotlib, without a screen."""

from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mho.errors import RecordingError
from mho.figure import Figure, Line, Panel

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_STYLES: dict[str, dict[str, Any]] = {
    "line": {"linestyle": "-"},
    "points": {"linestyle": "", "marker": "o", "markersize": 3},
    "both": {"linestyle": "-", "marker": "o", "markersize": 2.6, "linewidth": 0.9},
    "steps": {"drawstyle": "steps-post", "linewidth": 1.0},
}


def draw(figure: Figure, path: Path) -> None:
    """Draw a figure into a PNG.

    Raises
    ------
    RecordingError
        The file cannot be written.
    """
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure as Canvas

    heights = [panel.height for panel in figure.panels]
    with mpl.rc_context({"font.size": 9, "axes.spines.top": False, "axes.spines.right": False}):
        canvas = Canvas(figsize=(6.4, 1.2 + 1.7 * sum(heights)), dpi=160, layout="constrained")
        FigureCanvasAgg(canvas)
        grid = canvas.subplots(
            len(heights), 1, sharex=figure.shared_x, height_ratios=heights, squeeze=False
        )
        colours = _colours(figure)
        for axes, panel in zip(grid[:, 0], figure.panels, strict=True):
            _draw_panel(axes, panel, colours)
        for axes, panel in list(zip(grid[:, 0], figure.panels, strict=True))[1:]:
            if any(line.label and _drawn(line) for line in panel.lines):
                axes.legend(frameon=False, fontsize=8)
        canvas.suptitle(figure.title, fontsize=10)
        if figure.legend:
            handles, labels = grid[0, 0].get_legend_handles_labels()
            canvas.legend(
                handles, labels, title=figure.legend, loc="outside right upper", frameon=False
            )
        try:
            canvas.savefig(path)
        except OSError as error:
            raise RecordingError(f"{path} cannot be written: {error.strerror or error}") from error


def _colours(figure: Figure) -> list[Any]:
    from matplotlib import colormaps

    series = 1 + max((line.series for panel in figure.panels for line in panel.lines), default=0)
    if series <= 1:
        return ["C0"]
    return [colormaps["viridis"](0.92 * number / (series - 1)) for number in range(series)]


def _draw_panel(axes: "Axes", panel: Panel, colours: list[Any]) -> None:
    for band in panel.bands:
        axes.fill_between(
            band.x, band.low, band.high, color=colours[band.series], alpha=0.25, linewidth=0
        )
    for line in panel.lines:
        if _drawn(line):  # a line of NaN alone gives a logarithmic axis no range
            _draw_line(axes, line, colours[line.series])
    axes.set_xscale(panel.x_scale)
    axes.set_yscale(panel.y_scale)
    axes.set_ylabel(panel.y_label)
    if panel.x_label:
        axes.set_xlabel(panel.x_label)
    axes.grid(visible=True, alpha=0.25, linewidth=0.5)


def _draw_line(axes: "Axes", line: Line, colour: Any) -> None:
    if line.style == "bars":
        axes.bar(line.x, line.y, color=colour, label=line.label or None)
        return
    style = dict(_STYLES[line.style])
    if line.faint:
        style |= {"alpha": 0.25, "linewidth": 0.5, "zorder": 1.5}
    axes.plot(line.x, line.y, color=colour, label=line.label or None, **style)
    if line.arrow:
        _draw_arrow(axes, line, colour)


def _drawn(line: Line) -> list[tuple[float, float]]:
    pairs = zip(line.x, line.y, strict=True)
    return [(x, y) for x, y in pairs if isfinite(x) and isfinite(y)]


def _draw_arrow(axes: "Axes", line: Line, colour: Any) -> None:
    """An arrowhead at the middle point, along the way from the one before it."""
    drawn = _drawn(line)
    middle = len(drawn) // 2
    if middle and drawn[middle - 1] != drawn[middle]:
        arrow = {"arrowstyle": "-|>,head_width=0.5,head_length=0.9", "color": colour}
        arrow |= {"shrinkA": 0, "shrinkB": 0, "linewidth": 0}
        axes.annotate("", xy=drawn[middle], xytext=drawn[middle - 1], arrowprops=arrow)
