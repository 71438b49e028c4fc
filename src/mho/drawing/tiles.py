"""Draws a map of cells: one tile each, coloured by a number or a word."""

from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PatchCollection
from matplotlib.colors import LogNorm, Normalize
from matplotlib.patches import Rectangle

from mho.drawing.colours import Colour, distinct
from mho.drawing.ticks import set_ticks, unit_of
from mho.drawing.words import label_of, typeset
from mho.figure import Axis, Panel, Tile

_GREY = "#D9D9D9"
_HATCH = "////"
_MOST_NAMES = 40
"""Tiles whose names can be read in them."""

_LABELS = 6
"""On the scale of the colours."""

NOTHING = "no result"


def draw_tiles(axes: Axes, panel: Panel) -> None:
    """Draw the map of a panel, rows from above, tiles square."""
    tiles = panel.tiles
    numbers = [tile for tile in tiles if isinstance(tile.value, float | int)]
    words = list(dict.fromkeys(tile.value for tile in tiles if isinstance(tile.value, str)))
    if numbers:
        _draw_numbers(axes, _scale_of(axes, tiles), numbers, panel.coloured or Axis(""))
    for series, word in enumerate(sorted(words)):
        same = [tile for tile in tiles if tile.value == word]
        _draw(axes, same, typeset(f"{word} ({len(same)})"), distinct(series), alpha=0.75)
    without = [tile for tile in tiles if tile.value is None]
    if without:
        text = f"{NOTHING} ({len(without)})"
        _draw(axes, without, text, _GREY, hatch=_HATCH, edgecolor="#808080")
    if len(tiles) <= _MOST_NAMES:
        _write_names(axes, tiles)
    axes.set_xlim(-0.5, max(tile.column for tile in tiles) + 0.5)
    axes.set_ylim(max(tile.row for tile in tiles) + 0.5, -0.5)
    axes.set_aspect("equal", anchor="W")
    axes.set_ylabel(label_of(panel.y, unit_of(panel.y, np.zeros(0))))


def _scale_of(axes: Axes, tiles: Sequence[Tile]) -> Axes:
    """Room for the scale of the colours, beside the map however large its layout makes it."""
    rows, columns = (1 + max(getattr(tile, way) for tile in tiles) for way in ("row", "column"))
    heights = rows / columns  # of the map, in its widths
    return axes.inset_axes((1 + 0.05 * heights, 0.05, 0.05 * heights, 0.9))


def _draw_numbers(axes: Axes, scale: Axes, tiles: Sequence[Tile], coloured: Axis) -> None:
    values = np.array([float(tile.value or 0) for tile in tiles])
    unit = unit_of(coloured, values)
    shown = values / unit.factor
    low, high = float(shown.min()), float(shown.max())
    if low == high:  # one colour needs a scale, too
        low, high = (low / 3, high * 3) if coloured.scale == "log" else (low - 1, high + 1)
    norm = (LogNorm if coloured.scale == "log" else Normalize)(low, high)
    drawn = PatchCollection(
        [_square(tile) for tile in tiles], cmap=mpl.rcParams["image.cmap"], norm=norm, linewidth=0
    )
    drawn.set_array(shown)
    axes.add_collection(drawn)
    bar = axes.figure.colorbar(drawn, cax=scale)
    bar.outline.set_visible(False)
    bar.set_label(label_of(coloured, unit))
    set_ticks(bar.ax.yaxis, coloured, values, _LABELS)


def _draw(
    axes: Axes, tiles: Sequence[Tile], label: str, colour: Colour | str, **style: Any
) -> None:
    style = {"facecolor": colour, "edgecolor": "none", "linewidth": 0, **style}
    for number, tile in enumerate(tiles):
        patch = _square(tile)
        patch.update({**style, "label": "" if number else label})
        axes.add_patch(patch)


def _square(tile: Tile) -> Rectangle:
    return Rectangle((tile.column - 0.47, tile.row - 0.47), 0.94, 0.94)


def _write_names(axes: Axes, tiles: Sequence[Tile]) -> None:
    for tile in tiles:
        axes.text(
            tile.column,
            tile.row,
            typeset(tile.name),
            ha="center",
            va="center",
            fontsize=mpl.rcParams["legend.fontsize"],
            bbox={"facecolor": "white", "alpha": 0.6, "linewidth": 0, "pad": 0.8},
        )
