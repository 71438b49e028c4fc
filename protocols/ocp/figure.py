"""The figure of an open-circuit potential, from its rows alone."""

import pandas as pd

from mho.figure import Axis, Figure, Line, Panel
from mho.protocols.ocp.recipe import OcpRecipe
from mho.protocols.ocp.results import fitted, sound, ways
from mho.protocols.quoting import value_or_reason
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
    fit = value_or_reason(lambda: fitted(rows), [])
    if fit is not None:
        slope, begins = fit.values
        ends = [float(end) for end in (sound(rows)["conductance"].agg(["min", "max"]))]
        volts = [float(begins + slope * end) for end in ends]
        above.append(Line(x=ends, y=volts, series=len(drawn), label="line"))
    return Figure(
        title="Open-circuit potential",
        legend="way",
        shared_x=False,
        panels=(
            Panel(
                x=Axis("conductance", SIEMENS),
                y=Axis("potential with 0 A", VOLT),
                lines=tuple(above),
                height=1.6,
            ),
            Panel(
                x=Axis("charge delivered so far", COULOMB),
                y=Axis("conductance", SIEMENS),
                lines=tuple(
                    _line(part, "delivered_so_far", "conductance", number)
                    for number, part in enumerate(drawn.values())
                ),
            ),
        ),
    )


def _line(part: pd.DataFrame, x: str, y: str, series: int, label: str = "") -> Line:
    return Line(x=part[x].to_list(), y=part[y].to_list(), series=series, label=label, style="both")
