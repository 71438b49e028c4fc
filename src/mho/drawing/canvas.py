"""Puts the panels of a figure on a canvas, with title, letters and small print."""

from math import lcm
from string import ascii_lowercase

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure as Canvas
from matplotlib.font_manager import FontProperties

from mho.drawing.legend import draw_legend
from mho.drawing.panel import draw_panel
from mho.drawing.ticks import ALONG_X, ALONG_Y, set_ticks, unit_of
from mho.drawing.values import along_x, along_y
from mho.drawing.words import folded, label_of, typeset
from mho.figure import Figure, Panel

_INCH = 0.0254
_POINT = _INCH / 72
_WORDS, _LABELS = 0.012, 0.007
"""Metres that title and small print take, and ticks and label under an axis."""
_MARGIN = 0.018
"""Metres that ticks and label beside an axis take, about."""

_LEAST = 0.055
"""Metres that a panel needs to stand beside another."""

_TALLEST = 0.235
"""Metres: the height of a printed page."""


def canvas_of(figure: Figure, *, note: str = "", width: float) -> Canvas:
    """The figure, ``width`` metres wide, in the settings of matplotlib that hold now."""
    rows = _rows(figure.panels, width)
    heights = [max(panel.height for panel in row) for row in rows]
    unit = 0.009 + 0.15 * width  # metres of a panel of height 1
    # Words are measured at the resolution of the file: letters grow a little with it.
    dpi = mpl.rcParams["savefig.dpi"]
    canvas = Canvas(
        figsize=(width / _INCH, 1),
        dpi=mpl.rcParams["figure.dpi"] if dpi == "figure" else dpi,
        layout="constrained",
    )
    renderer = _renderer(canvas)
    columns = lcm(*(len(row) for row in rows))
    grid = canvas.add_gridspec(len(rows), columns, height_ratios=heights)
    series = _ordered_series(figure)
    drawn: list[tuple[Axes, Panel, float]] = []
    legends = 0.0
    for number, row in enumerate(rows):
        highest = 0.0
        for place, panel in enumerate(row):
            share = columns // len(row)
            cell = grid[number, place * share : (place + 1) * share]
            axes = canvas.add_subplot(cell, sharex=drawn[-1][0] if _shares(panel, drawn) else None)
            if _shares(panel, drawn):
                above = drawn[-1][0]
                above.tick_params(labelbottom=False)
                above.set_xlabel("")
            x = along_x(_one_axis(figure.panels, panel))
            draw_panel(axes, panel, x, series)
            axes.set_xlabel(label_of(panel.x, unit_of(panel.x, x)))
            across = width / len(row) - _MARGIN
            lines = draw_legend(axes, panel, across / _INCH * canvas.dpi, renderer)
            highest = max(highest, lines)
            drawn.append((axes, panel, across))
        legends += highest * _POINT
    height = _WORDS + sum(heights) * unit + _LABELS * len(rows) + legends
    canvas.set_figheight(min(height, _TALLEST) / _INCH)
    _write_words(canvas, figure, note)
    for number, (axes, panel, across) in enumerate(drawn):
        set_ticks(axes.xaxis, panel.x, along_x([panel]), int(across / ALONG_X))
        set_ticks(axes.yaxis, panel.y, along_y(panel), int(unit * panel.height / ALONG_Y))
        if len(drawn) > 1:
            _write_letter(axes, ascii_lowercase[number % 26])
    canvas.align_ylabels([axes for axes, panel, _ in drawn if not panel.tiles])  # maps are square
    return canvas


def _renderer(canvas: Canvas) -> RendererBase:
    renderer: RendererBase = FigureCanvasAgg(canvas).get_renderer()  # type: ignore[no-untyped-call]
    return renderer


def _rows(panels: tuple[Panel, ...], width: float) -> list[list[Panel]]:
    rows: list[list[Panel]] = []
    for panel in panels:
        if rows and panel.beside and width / (len(rows[-1]) + 1) >= _LEAST:
            rows[-1].append(panel)
        else:
            rows.append([panel])
    return rows


def _shares(panel: Panel, drawn: list[tuple[Axes, Panel, float]]) -> bool:
    return panel.shared_x and bool(drawn)


def _one_axis(panels: tuple[Panel, ...], panel: Panel) -> list[Panel]:
    """The panels that share an x axis with this one."""
    groups: list[list[Panel]] = []
    for one in panels:
        if one.shared_x and groups:
            groups[-1].append(one)
        else:
            groups.append([one])
    return next(group for group in groups if any(one is panel for one in group))


def _ordered_series(figure: Figure) -> int:
    shown = [
        [one.series or 0 for one in panel.lines] + [one.series or 0 for one in panel.bands]
        for panel in figure.panels
        if panel.ordered
    ]
    return 1 + max((number for numbers in shown for number in numbers), default=0)


def _write_words(canvas: Canvas, figure: Figure, note: str) -> None:
    """The title above, the small print beneath; both in as many lines as they need."""
    renderer = _renderer(canvas)
    room = 0.96 * canvas.get_figwidth() * canvas.dpi
    size = mpl.rcParams["figure.titlesize"]
    title = folded(typeset(figure.title), FontProperties(size=size), room, renderer)
    canvas.suptitle(title, fontsize=size)
    if note:
        small = mpl.rcParams["legend.fontsize"]
        text = folded(typeset(note), FontProperties(size=small), room, renderer, between=" · ")
        canvas.supxlabel(text, x=0.012, ha="left", fontsize=small, alpha=0.75)


def _write_letter(axes: Axes, letter: str) -> None:
    axes.annotate(
        letter,
        xy=(0, 1),
        xytext=(-22, 3),
        xycoords="axes fraction",
        textcoords="offset points",
        fontweight="bold",
        annotation_clip=False,
    )
