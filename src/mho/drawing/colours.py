"""Colours that can be read on their background, also by the colour-blind."""

from collections.abc import Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.typing import ColorType

Colour = tuple[float, float, float]

PALETTE = ("#0066A8", "#D55E00", "#009E73", "#882255", "#332288")
"""Told apart with normal vision and with each of the three kinds of colour blindness: vermilion and
green of Okabe and Ito, their blue a little darker, wine and indigo of Tol. There is no yellow.
"""

MARKERS = "os^Dv"

LEAST_CONTRAST = 3.0
"""WCAG 2.2, 1.4.11: of graphics against what is beside them."""


def luminance(colour: ColorType) -> float:
    """Relative luminance (WCAG), 0 to 1."""
    rgb = np.asarray(to_rgb(colour), dtype=np.float64)
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return float(linear @ (0.2126, 0.7152, 0.0722))


def contrast(one: ColorType, other: ColorType) -> float:
    """Contrast of two colours (WCAG), 1 to 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def distinct(number: int) -> Colour:
    """The colour of a series among few that have no order."""
    colours = mpl.rcParams["axes.prop_cycle"].by_key().get("color", list(PALETTE))
    return to_rgb(colours[number % len(colours)])


def ordered(number: int, count: int) -> Colour:
    """The colour of a series among ``count`` in an order; all of them readable."""
    if count < 2:
        return distinct(0)
    shades = mpl.colormaps[mpl.rcParams["image.cmap"]](np.linspace(0, 1, 256))
    readable = _readable([to_rgb(tuple(shade)) for shade in shades])
    place = round(min(number, count - 1) / (count - 1) * (len(readable) - 1))
    return readable[place]


def ink() -> Colour:
    """The colour of what belongs to no series: that of the text."""
    return to_rgb(mpl.rcParams["text.color"])


def _readable(colours: Sequence[Colour]) -> Sequence[Colour]:
    """Those of a map with contrast to the background; all if there is none."""
    background = mpl.rcParams["axes.facecolor"]
    found = [one for one in colours if contrast(one, background) >= LEAST_CONTRAST]
    return found or colours
