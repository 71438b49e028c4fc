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
    """Points joined by a line, marked, or both, with error bars where they have intervals.

    ``x`` and ``y`` are in the units of the axes of its panel: SI floats. A NaN interrupts a line,
    and so does what a logarithmic axis cannot show: 0 and less.

    Attributes
    ----------
    series
        Numbers the colour, from 0. None is black: what belongs to no series, or to all of them,
        such as a limit or the fit of a mean.
    label
        In the legend of its panel; empty for none.
    faint
        Drawn pale: one of many repetitions.
    arrow
        Marks the order of the points with an arrowhead half-way.
    style
        "open" is a hollow marker; "dashed" is for limits and for what was not measured.
    low, high
        Ends of the interval of each y, or empty. An end that is not finite is not drawn.
    """

    x: Sequence[float]
    y: Sequence[float]
    series: int | None = 0
    label: str = ""
    faint: bool = False
    arrow: bool = False
    style: Literal["line", "points", "open", "both", "steps", "dashed"] = "line"
    low: Sequence[float] = ()
    high: Sequence[float] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """The area between ``low`` and ``high`` over ``x``; SI floats and colours as in a line."""

    x: Sequence[float]
    low: Sequence[float]
    high: Sequence[float]
    series: int | None = 0
    label: str = ""


@dataclass(frozen=True, slots=True)
class Tile:
    """A cell of a sample seen from above; ``value`` is a number, a word, or None: there is none."""

    row: int
    column: int
    value: float | str | None
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One pair of axes, and what is drawn between them.

    Attributes
    ----------
    legend
        Title over the labels of its lines and bands.
    notes
        Said beside the legend: why a fit is not drawn, for example.
    ordered
        Its series stand for values in an order (targets, amplitudes): their colours go from dark
        to light. Else they are as different as colours can be.
    shared_x
        It stands beneath the panel before it and shares its x axis, drawn once, under the lower.
    beside
        It stands to the right of the panel before it where the figure is wide enough, else
        beneath.
    tiles
        It is a map of these: x counts columns, y counts rows from above. Words each have a colour,
        numbers one of a scale along ``coloured``; where there is no value it is grey and hatched.
    coloured
        What the numbers of its tiles are.
    """

    x: Axis
    y: Axis
    lines: tuple[Line, ...] = ()
    bands: tuple[Band, ...] = ()
    height: float = 1.0
    legend: str = ""
    notes: tuple[str, ...] = ()
    ordered: bool = False
    shared_x: bool = False
    beside: bool = False
    tiles: tuple[Tile, ...] = ()
    coloured: Axis | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """Panels beneath, or beside, one another."""

    title: str
    panels: tuple[Panel, ...]
