"""The figure of the curves of a transistor, from the rows alone."""

from dataclasses import replace
from math import isfinite

import pandas as pd

from mho.figure import Axis, Band, Figure, Line, Panel
from mho.merit.estimate import Estimate
from mho.protocols.quoting import value_or_reason
from mho.protocols.transistor.recipe import TransistorRecipe
from mho.protocols.transistor.results import _law, _of, output_curves, transfer_curve
from mho.protocols.transistor.row import Curve
from mho.quantities import AMPERE, OHM, VOLT


def figure(rows: pd.DataFrame, recipe: TransistorRecipe) -> Figure:
    """Output curves, transfer curve (logarithmic and linear) and on-resistance against the gate."""
    panels = [panel for panel in (_output(rows), *_transfer(rows, recipe)) if panel is not None]
    if not panels:
        panels = [Panel(x=Axis("VG", VOLT), y=Axis("ID", AMPERE), lines=())]
    return Figure(
        title="Transistor: " + " and ".join(str(one) for one in dict.fromkeys(rows["curve"])),
        panels=tuple(panels),
    )


def _output(rows: pd.DataFrame) -> Panel | None:
    curves = [
        Line(
            x=curve["level"].to_list(),
            y=curve["current"].to_list(),
            series=series,
            label=VOLT.show(gate),
            style="both",
        )
        for series, (gate, curve) in enumerate(output_curves(rows))
    ]
    if not curves:
        return None
    return Panel(
        x=Axis("VD", VOLT),
        y=Axis("ID", AMPERE),
        lines=tuple(curves),
        height=1.6,
        legend="VG",
        ordered=True,
    )


def _transfer(rows: pd.DataFrame, recipe: TransistorRecipe) -> list[Panel]:
    points = _of(rows, Curve.TRANSFER)
    if recipe.transfer is None or not len(points):
        return []
    at, gates = VOLT.show(recipe.transfer.drain), points["gate"].to_list()
    current = points["current"].abs()
    threshold = _threshold(rows, recipe)
    gate = Axis("VG", VOLT)

    def panel(y: Axis, values: pd.Series, beside: bool, marked: bool) -> Panel:
        shown = values[values > 0]
        line = Line(x=gates, y=values.to_list(), label=f"VD {at}" if beside else "", style="both")
        lines = [line]
        bands: tuple[Band, ...] = ()
        if marked and threshold is not None and len(shown):
            mark, bands = _mark(threshold, float(shown.min()), float(shown.max()))
            lines.append(mark if beside else replace(mark, label=""))
        return Panel(x=gate, y=y, lines=tuple(lines), bands=bands, height=1.6, beside=beside)

    return [
        panel(Axis("abs(ID)", AMPERE, "log"), current, True, True),
        panel(Axis("abs(ID)", AMPERE), current, False, True),
        panel(Axis("VD/ID", OHM, "log"), _resistance(points), True, False),
    ]


def _threshold(rows: pd.DataFrame, recipe: TransistorRecipe) -> Estimate | None:
    transfer = recipe.transfer
    if transfer is None:
        return None
    law = value_or_reason(lambda: _law(transfer, *transfer_curve(rows)), [])
    return None if law is None else law.extrapolated


def _mark(threshold: Estimate, low: float, high: float) -> tuple[Line, tuple[Band, ...]]:
    """The threshold voltage as an upright line with its interval."""
    line = Line(
        x=[threshold.value] * 2,
        y=[low, high],
        series=None,
        label="Vth, tangent at gm,max, 95 % interval",
        style="dashed",
    )
    if not (isfinite(threshold.low) and isfinite(threshold.high)):
        return line, ()
    ends = (threshold.low, threshold.high)
    return line, (Band(x=ends, low=[low] * 2, high=[high] * 2, series=None),)


def _resistance(points: pd.DataFrame) -> pd.Series:
    return points["voltage"] / points["current"].where(points["current"] != 0)
