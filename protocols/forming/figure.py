"""The figure of a forming run, from its rows alone."""

from math import inf, isfinite, sqrt

import pandas as pd

from mho.figure import Axis, Band, Figure, Line, Panel
from mho.merit.estimate import Estimate
from mho.protocols.drawn_estimates import FEWEST, points
from mho.protocols.forming.recipe import FormingRecipe
from mho.protocols.forming.results import forming_voltage
from mho.protocols.forming.row import Phase, Verdict
from mho.quantities import AMPERE, SIEMENS, VOLT


def figure(rows: pd.DataFrame, recipe: FormingRecipe) -> Figure:
    """abs(I) against V, there and back; beneath, the reads after each level.

    Bands are the step within which the cell formed, and what counts as formed.
    """
    up, back = rows[rows["phase"] == Phase.STEP], rows[rows["phase"] == Phase.BACK]
    currents = [
        Line(
            x=way["level"].to_list(),
            y=way["current"].abs().where(way["level"] != 0).to_list(),  # at 0 V: offset and noise
            series=series,
            label=label,
            style="both",
        )
        for series, (way, label) in enumerate(((up, "up"), (back, "back to 0 V")))
        if len(way)
    ]
    currents += _held(up)
    reached = up["level"].to_list()
    first, last = (reached[0], reached[-1]) if reached else (0.0, 0.0)
    lowest, highest = min(0.0, first, last), max(0.0, first, last)
    if lowest == highest:
        lowest, highest = -0.1, 0.1
    formed = Band(
        x=(lowest, highest),
        low=[1 / recipe.formed_below] * 2,
        high=[1 / recipe.damaged_below] * 2,
        series=2,
        label="counts as formed",
    )
    voltage = Axis("forming voltage", VOLT)
    return Figure(
        title=f"Electroforming by {recipe.method}: {rows['verdict'].iloc[-1]}",
        panels=(
            Panel(
                x=voltage,
                y=Axis("abs(current)", AMPERE, "log"),
                lines=tuple(currents),
                bands=_step(rows, up),
                height=1.8,
            ),
            Panel(
                x=voltage,
                y=Axis("conductance", SIEMENS, "log"),
                lines=tuple(_states(rows, last)),
                bands=(formed,),
                height=1.2,
                shared_x=True,
            ),
        ),
    )


def _states(rows: pd.DataFrame, last: float) -> list[Line]:
    """The reads: those before stand at 0 V, those after the last level there."""
    read = rows[(rows["phase"] != Phase.BACK) & (rows["reads"] > 0)]
    lines = []
    for series, (phase, label) in enumerate(
        ((Phase.STEP, "after each level"), (Phase.BEFORE, "before"), (Phase.AFTER, "at the end"))
    ):
        part = read[read["phase"] == phase]
        if len(part):
            at = {Phase.BEFORE: [0.0], Phase.AFTER: [last]}.get(phase)
            x = part["level"].to_list() if at is None else at * len(part)
            states = [_state(*read) for read in zip(*(part[n] for n in _READ), strict=True)]
            lines.append(points(x, states, series=(0, 3, 4)[series], label=label))
    return lines


_READ = ("conductance", "spread", "reads")


def _state(conductance: float, sd: float, reads: int) -> Estimate:
    """A mean of reads with its interval; open for one read."""
    if reads < FEWEST or not isfinite(sd):
        return Estimate(value=conductance, low=-inf, high=inf)
    return Estimate.of(conductance, sd / sqrt(reads), reads - 1)


def _held(up: pd.DataFrame) -> list[Line]:
    """The compliance, where it was reached."""
    if not len(up) or not up["in_compliance"].any():
        return []
    levels = up["level"].to_list()
    return [
        Line(
            x=levels,
            y=up["compliance"].to_list(),
            series=None,
            label="compliance",
            style="dashed",
        )
    ]


def _step(rows: pd.DataFrame, up: pd.DataFrame) -> tuple[Band, ...]:
    """The interval in which the forming voltage lies."""
    formed = str(rows["verdict"].iloc[-1]) in (Verdict.FORMED, Verdict.DAMAGED)
    found = forming_voltage(up) if formed and len(up) else None
    currents = up["current"].abs()
    seen = currents[currents > 0]
    if found is None or not len(seen):
        return ()
    low, high = float(seen.min()), float(seen.max())
    sign = 1 if up["level"].sum() > 0 else -1
    return (
        Band(
            x=sorted((sign * abs(found.not_formed), sign * abs(found.formed))),
            low=[low] * 2,
            high=[high] * 2,
            series=2,
            label="formed within this step",
        ),
    )
