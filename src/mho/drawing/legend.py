"""The legend of a panel, above it: what is drawn, and what is said of it."""

from collections.abc import Iterator, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.font_manager import FontProperties
from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from matplotlib.transforms import ScaledTranslation

from mho.drawing.words import folded, typeset, width_of_text
from mho.figure import Panel

_HANDLE, _PAD, _BETWEEN = 1.5, 0.5, 1.2
"""Font sizes: the length of a sample, the gap to its label, the gap to the next sample."""

_LINE = 1.45
"""Font sizes from line to line."""

_LIFT = 2.0
"""Points between the axes and the lowest line."""

Entry = tuple[Any, str]


def draw_legend(axes: Axes, panel: Panel, width: float, renderer: RendererBase) -> float:
    """Draw the legend of a panel, in lines of at most ``width`` pixels, above its left corner.

    Returns its height in points.
    """
    font = FontProperties(size=mpl.rcParams["legend.fontsize"])
    rows = list(_rows(axes, font, width, renderer))
    texts = [*panel.notes, *((panel.legend,) if panel.legend and (rows or panel.tiles) else ())]
    lines = [
        line for text in texts for line in folded(typeset(text), font, width, renderer).splitlines()
    ]
    step = _LINE * font.get_size_in_points()
    for number, row in enumerate(reversed(rows)):
        _draw_row(axes, row, font, _LIFT + number * step)
    for number, line in enumerate(reversed(lines), start=len(rows)):
        axes.annotate(
            line,
            xy=(0, 1),
            xytext=(0, _LIFT + number * step),
            xycoords="axes fraction",
            textcoords="offset points",
            fontproperties=font,
            annotation_clip=False,
        )
    return (len(rows) + len(lines)) * step


def _rows(
    axes: Axes, font: FontProperties, width: float, renderer: RendererBase
) -> Iterator[list[Entry]]:
    """The entries of a legend in rows, each as full as it can be."""
    pixels = np.asarray(renderer.points_to_pixels(font.get_size_in_points()), float).item()
    row: list[Entry] = []
    taken = 0.0
    for handle, label in zip(*axes.get_legend_handles_labels(), strict=True):
        gaps = (_HANDLE + _PAD + _BETWEEN) * pixels
        needed = gaps + width_of_text(label, font, renderer)
        if row and taken + needed > width:
            yield row
            row, taken = [], 0.0
        row.append((handle, label))
        taken += needed
    if row:
        yield row


def _draw_row(axes: Axes, row: Sequence[Entry], font: FontProperties, lift: float) -> None:
    up = ScaledTranslation(0, lift / 72, axes.figure.dpi_scale_trans)
    legend = Legend(
        axes,
        [handle for handle, _ in row],
        [label for _, label in row],
        prop=font,
        ncols=len(row),
        loc="lower left",
        bbox_to_anchor=(0, 1),
        bbox_transform=axes.transAxes + up,
        frameon=mpl.rcParams["legend.frameon"],
        borderaxespad=0,
        borderpad=0,
        columnspacing=_BETWEEN,
        handlelength=_HANDLE,
        handletextpad=_PAD,
    )
    for handle in legend.legend_handles:
        if isinstance(handle, Line2D) and handle.get_linestyle() == "None":
            handle.set_alpha(1)  # points are faint or small where they are many: one alone is not
            handle.set_markersize(mpl.rcParams["lines.markersize"])
    axes.add_artist(legend)
    legend.set_clip_on(False)  # else the layout takes it for a part of the axes
