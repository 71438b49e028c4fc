"""No line is weak on its background, and those side by side are told apart by everybody."""

from itertools import combinations, pairwise

import matplotlib as mpl
import numpy as np
import pytest

from mho.drawing.colours import LEAST_CONTRAST, PALETTE, contrast, distinct, ordered
from mho.drawing.look import Look
from mho.drawing.style import rc_of

# Machado, Oliveira, Fernandes, IEEE Trans. Vis. Comput. Graph. 15, 1291 (2009), severity 1.
VISION = {
    "normal": np.eye(3),
    "protanopia": [[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]],
    "deuteranopia": [[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]],
    "tritanopia": [[1.256, -0.077, -0.179], [-0.078, 0.931, 0.148], [0.005, 0.691, 0.304]],
}


def lab(colour, seen):
    """CIE L*a*b* of a colour as somebody sees it."""
    rgb = np.array(mpl.colors.to_rgb(colour))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    linear = np.clip(np.array(seen) @ linear, 0, 1)
    to_xyz = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    ratio = to_xyz @ linear / np.array([0.9505, 1.0, 1.089])
    f = np.where(ratio > 0.008856, np.cbrt(ratio), 7.787 * ratio + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def test_contrast_is_that_of_wcag():
    assert contrast("black", "white") == pytest.approx(21)
    assert contrast("white", "white") == 1
    assert contrast("#777777", "white") == pytest.approx(4.48, abs=0.01)
    assert contrast("yellow", "white") < 1.1


@pytest.mark.parametrize("count", [1, 2, 5, 9, 40])
def test_every_line_can_be_read_on_white(count):
    with mpl.rc_context(rc_of(Look())):
        colours = [distinct(n) for n in range(len(PALETTE))]
        colours += [ordered(n, count) for n in range(count)]
    assert min(contrast(colour, "white") for colour in colours) >= LEAST_CONTRAST


@pytest.mark.parametrize("vision", VISION)
def test_the_colours_of_a_panel_are_told_apart_whatever_cones_one_has(vision):
    seen = [lab(colour, VISION[vision]) for colour in PALETTE]
    assert min(np.linalg.norm(a - b) for a, b in combinations(seen, 2)) >= 19
    black = lab("black", VISION[vision])
    assert min(np.linalg.norm(black - one) for one in seen) >= 12


def test_colours_in_an_order_grow_lighter():
    with mpl.rc_context(rc_of(Look())):
        lightness = [lab(ordered(n, 9), np.eye(3))[0] for n in range(9)]
    assert all(a < b for a, b in pairwise(lightness))


def test_a_style_with_a_dark_background_gets_the_light_end_of_the_map(tmp_path):
    dark = tmp_path / "dark.mplstyle"
    dark.write_text("axes.facecolor: black\nimage.cmap: viridis\n", "utf-8")
    with mpl.rc_context(rc_of(Look(style=dark))):
        colours = [ordered(n, 6) for n in range(6)]
    assert min(contrast(colour, "black") for colour in colours) >= LEAST_CONTRAST
    assert contrast(colours[-1], "white") < LEAST_CONTRAST
