"""Words in a figure: letters of units, and lines broken where the figure ends."""

import re
from collections.abc import Sequence

from matplotlib.backend_bases import RendererBase
from matplotlib.font_manager import FontProperties

from mho.figure import Axis
from mho.quantities import ScaledUnit

_MICRO = re.compile(r"(?<=[\d\s(])u(?=[A-Zsm])")
_MINUS = re.compile(r"(?<![\w.)-])-(?=\d)")
_MAGNITUDE = re.compile(r"abs\(([^()]*)\)")


def typeset(text: str) -> str:
    """Files write u, ohm and abs(I), which everybody can type; a figure shows µ, Ω, |I|."""
    shown = _MAGNITUDE.sub(r"|\1|", _MICRO.sub("µ", text).replace("ohm", "Ω"))
    return _MINUS.sub("−", shown).replace("$", r"\$")


def label_of(axis: Axis, unit: ScaledUnit) -> str:
    """What stands beside an axis."""
    return typeset(f"{axis.quantity} ({unit.symbol})" if unit.symbol else axis.quantity)


def width_of_text(text: str, font: FontProperties, renderer: RendererBase) -> float:
    """Pixels that one line takes."""
    width, _, _ = renderer.get_text_width_height_descent(text, font, ismath=False)
    return float(width)


def folded(
    text: str, font: FontProperties, width: float, renderer: RendererBase, between: str = " "
) -> str:
    """A text in lines of at most ``width`` pixels, broken at ``between`` where it can be."""
    lines: list[str] = []
    for part in _parts(text, between):
        if between != " " and width_of_text(part, font, renderer) > width:
            lines += folded(part, font, width, renderer).splitlines()
            continue
        joined = f"{lines[-1]}{between}{part}" if lines else part
        if lines and width_of_text(joined, font, renderer) <= width:
            lines[-1] = joined
        else:
            lines.append(part)
    return "\n".join(lines)


def _parts(text: str, between: str) -> Sequence[str]:
    return text.split(between) if text else ()
