"""The figure of an endurance run, from its rows alone."""

import numpy as np
import pandas as pd

from mho.figure import Axis, Band, Figure, Line, Panel
from mho.protocols.drawn_estimates import across
from mho.protocols.endurance.recipe import EnduranceRecipe
from mho.protocols.endurance.results import Life, life
from mho.quantities import OHM


def figure(rows: pd.DataFrame, recipe: EnduranceRecipe) -> Figure:
    """HRS and LRS resistance against the cycle, with the window beneath."""
    found = life(rows, recipe)
    cycles = found.cycles
    x = [float(number) for number in cycles.index]
    cycle = Axis("cycle", scale="log" if recipe.checks.spacing == "logarithmic" else "linear")
    lines, bands = _window(found, recipe, x)
    return Figure(
        title=f"Endurance: both states against the cycle, {_lived(found)}",
        panels=(
            Panel(
                x=cycle,
                y=Axis("resistance", OHM, "log"),
                lines=tuple(
                    Line(
                        x=x,
                        y=_reciprocal(cycles[name]),
                        series=n,
                        label=label,
                        style="both",
                    )
                    for n, (name, label) in enumerate((("off", "HRS"), ("on", "LRS")))
                ),
                height=2.0,
            ),
            Panel(
                x=cycle,
                y=Axis("on/off ratio", scale="log"),
                lines=tuple(lines),
                bands=bands,
                height=1.2,
                shared_x=True,
            ),
        ),
    )


def _window(
    found: Life, recipe: EnduranceRecipe, x: list[float]
) -> tuple[list[Line], tuple[Band, ...]]:
    ends = (x[0], x[-1]) if x else ()
    criterion = recipe.failure.window
    lines = [
        Line(x=x, y=found.cycles["window"].to_list(), series=2, style="both"),
        Line(x=ends, y=[criterion] * len(ends), series=None, label="fails below", style="dashed"),
    ]
    if found.windows is None or not len(found.lived):
        return lines, ()
    lived = (float(found.lived.index[0]), float(found.lived.index[-1]))
    line, bands = across(
        found.windows.spread.median, lived, series=3, label="median, with its 95 % interval"
    )
    return [*lines, line], bands


def _lived(found: Life) -> str:
    if found.failure is None:
        return "too few checks to judge"
    if found.failure.censored:
        return f"survived {found.survived} cycles"
    return f"failed at cycle {found.failure.cycles}"


def _reciprocal(conductance: pd.Series) -> list[float]:
    values = conductance.to_numpy(dtype=float)
    resistances: list[float] = (1 / np.where(values > 0, values, np.nan)).tolist()
    return resistances
