"""Figures as data: a protocol says what to draw, `mho.drawing` draws it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from mho.quantities import Unit


@dataclass(frozen=True, slots=True)
class Axis:
    """What an axis shows, for example ``Axis("conductance", SIEMENS, "log")``.

    Values are SI floats; whoever draws chooses the prefix and writes it behind the quantity. A
    fraction is drawn in percent. ``unit`` is None for a count or a ratio.
    """

    quantity: str
    unit: Unit | None = None
    scale: Literal["linear", "log"] = "linear"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Points joined by a line, marked, or both. ``series`` numbers the colour, from 0.

    ``x`` and ``y`` are in the units of the axes of its panel: SI floats.

    ``faint`` draws it pale (one of many repetitions); ``arrow`` marks the order of the points
    with an arrowhead half-way. A NaN interrupts a line, and so does what a logarithmic axis cannot
    show: 0 and less.
    """

    x: Sequence[float]
    y: Sequence[float]
    series: int = 0
    label: str = ""
    faint: bool = False
    arrow: bool = False
    style: Literal["line", "points", "both", "steps", "bars"] = "line"


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """The area between two values of y, over ``x`` from first to last; SI floats as in a line."""

    x: tuple[float, float]
    low: float
    high: float
    series: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One pair of axes, and what is drawn between them."""

    x: Axis
    y: Axis
    lines: tuple[Line, ...]
    bands: tuple[Band, ...] = ()
    height: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """Panels beneath one another; one x axis, that of the lowest panel, where ``shared_x``.

    ``legend`` is the title of the legend of the first panel; empty for none. A lower panel with
    labelled lines has a legend of its own.
    """

    title: str
    panels: tuple[Panel, ...]
    shared_x: bool = True
    legend: str = ""
