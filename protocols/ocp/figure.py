"""The figure of an open-circuit potential, from its rows alone."""

from math import isfinite

import numpy as np
import pandas as pd

from mho.figure import Axis, Band, Figure, Line, Panel
from mho.merit.estimate import student_quantile
from mho.merit.samples import NotEnoughData
from mho.protocols.ocp.recipe import OcpRecipe
from mho.protocols.ocp.results import fitted, sound, ways
from mho.quantities import COULOMB, SIEMENS, VOLT


def figure(rows: pd.DataFrame, recipe: OcpRecipe) -> Figure:
    """Potential against conductance, with its straight line; beneath, conductance against charge.

    States whose potential or conductance was held by a limit are left out above.
    """
    del recipe
    drawn = ways(rows)
    above = [
        _line(sound(part), "conductance", "potential", number, way.value)
        for number, (way, part) in enumerate(drawn.items())
    ]
    line, bands, notes = _fit(rows)
    return Figure(
        title="Open-circuit potential",
        panels=(
            Panel(
                x=Axis("conductance", SIEMENS),
                y=Axis("potential with 0 A", VOLT),
                lines=(*above, *line),
                bands=bands,
                height=1.6,
                legend="way",
                notes=notes,
            ),
            Panel(
                x=Axis("charge delivered so far", COULOMB),
                y=Axis("conductance", SIEMENS),
                lines=tuple(
                    _line(part, "delivered_so_far", "conductance", number, way.value)
                    for number, (way, part) in enumerate(drawn.items())
                ),
                height=1.2,
            ),
        ),
    )


def _fit(rows: pd.DataFrame) -> tuple[tuple[Line, ...], tuple[Band, ...], tuple[str, ...]]:
    """The straight line with the 95 % band of its mean; or why there is none."""
    try:
        fit = fitted(rows)
    except NotEnoughData as reason:
        return (), (), (f"no line is drawn: {reason}",)
    slope = fit.parameter(0)
    if slope.covers(0.0) or not isfinite(slope.low):
        return (), (), (f"no line is drawn: its slope is not told from 0 (R2 {fit.r2:.2g})",)
    low, high = (float(end) for end in sound(rows)["conductance"].agg(["min", "max"]))
    x = np.linspace(low, high, 50)
    terms = np.column_stack((x, np.ones_like(x)))
    y = terms @ fit.values
    error = np.sqrt(np.einsum("ij,jk,ik->i", terms, fit.covariance, terms))
    half = student_quantile(fit.freedom) * error
    line = Line(
        x=x.tolist(), y=y.tolist(), series=None, label="straight line, 95 % band", style="line"
    )
    band = Band(x=x.tolist(), low=(y - half).tolist(), high=(y + half).tolist(), series=None)
    return (line,), (band,), ()


def _line(part: pd.DataFrame, x: str, y: str, series: int, label: str) -> Line:
    return Line(x=part[x].to_list(), y=part[y].to_list(), series=series, label=label, style="both")
