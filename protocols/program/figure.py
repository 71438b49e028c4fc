"""The figure of a programming run, from its rows alone."""

from typing import Literal

import pandas as pd

from mho.figure import Axis, Band, Figure, Line, Panel
from mho.programming.judged import judged
from mho.protocols.approach import Verdict
from mho.protocols.program.recipe import ProgramRecipe
from mho.protocols.program.results import tolerance_of
from mho.protocols.program.row import Phase
from mho.protocols.quoting import brief
from mho.quantities import FRACTION, SECOND, SIEMENS, VOLT

_MOST_JOINED = 60
"""With more looks, lines that go up and down would cover one another."""

_MOST_NAMED = 12
"""Targets; with more the legend would be longer than the panel, and they are drawn alike."""

_FARTHEST = 6.0
"""Half-widths of the window that the axis of errors reaches; what lies beyond is at its end."""


def figure(rows: pd.DataFrame, recipe: ProgramRecipe) -> Figure:
    """Conductance look by look, the pulses beneath, and how far each target is truly missed.

    Errors are in half-widths of the window that counts as the target: within 1 is true.
    """
    tuning, table = rows[rows["phase"] == Phase.TUNING], judged(rows)
    named = tuning["target_index"].nunique() <= _MOST_NAMED
    looks, pulses = [], []
    longest = max(2, *tuning.groupby("target_index").size())
    style: Literal["both", "points"] = "both" if longest <= _MOST_JOINED else "points"
    for series, (_, of) in enumerate(tuning.groupby("target_index", sort=True)):
        x = list(range(1, len(of) + 1))
        label = brief(float(of["target"].iloc[0]), SIEMENS) if named else ""
        own = series if named else 0
        g, sd = of["conductance"], of["spread"].fillna(0.0)
        looks.append(
            Line(x=x, y=g.to_list(), low=(g - sd).to_list(), high=(g + sd).to_list(), series=own,
                 label=label, style=style)
        )  # fmt: skip
        fired = of["amplitude"].abs() > 0
        pulses.append(
            Line(x=[n for n, is_pulse in zip(x, fired, strict=True) if is_pulse],
                 y=of.loc[fired, "amplitude"].to_list(), series=own, style="points")
        )  # fmt: skip
    bands = _windows(tuning, longest) if named else ()
    order = Axis("look")
    return Figure(
        title=f"Programmed by {recipe.algorithm} to {tolerance_of(recipe)}; {_said(table)}",
        panels=(
            Panel(
                x=order,
                y=Axis("conductance", SIEMENS, "log"),
                lines=tuple(looks),
                bands=bands,
                height=2.0,
                legend="target; its band counts as reached" if named else "",
                ordered=named,
            ),
            Panel(
                x=order,
                y=Axis("amplitude", VOLT),
                lines=tuple(pulses),
                ordered=named,
                shared_x=True,
            ),
            *((_errors(table, recipe),) if table["error"].notna().any() else ()),
        ),
    )


def _windows(tuning: pd.DataFrame, longest: int) -> tuple[Band, ...]:
    found = []
    for series, (_, of) in enumerate(tuning.groupby("target_index", sort=True)):
        low, high = float(of["low"].iloc[0]), float(of["high"].iloc[0])
        found.append(Band(x=(1, longest), low=(low, low), high=(high, high), series=series))
    return tuple(found)


def _errors(table: pd.DataFrame, recipe: ProgramRecipe) -> Panel:
    known = table[table["error"].notna()]
    judge = recipe.judge
    declared = known["verdict"] == Verdict.REACHED
    lines = [
        _points(known[declared], 0, "declared reached"),
        _points(known[~declared], 1, "not declared"),
    ]
    far = known["error"].abs() > _FARTHEST * _half(known)
    notes: tuple[str, ...] = ()
    if far.any():
        notes = (f"{int(far.sum())} of {len(known)} errors lie beyond the axis, at its ends",)
    wide = sorted(known["target"])
    ends = (wide[0] / 1.05, wide[-1] * 1.05)
    half = _half(known).groupby(known["target"]).first()
    return Panel(
        x=Axis("target", SIEMENS, "log"),
        y=Axis("error", FRACTION),
        lines=tuple(line for line in lines if len(line.x)),
        bands=(
            Band(
                x=list(half.index) if len(half) > 1 else list(ends),
                low=[-one for one in half] if len(half) > 1 else [-half.iloc[0]] * 2,
                high=list(half) if len(half) > 1 else [half.iloc[0]] * 2,
                series=None,
                label="counts as reached",
            ),
        ),
        height=1.1,
        legend=f"mean over {SECOND.show(judge.lasts)}, {SECOND.show(judge.after)} later; "
        "bar: sd of its reads",
        notes=notes,
    )


def _half(table: pd.DataFrame) -> pd.Series:
    """Half of the window, relative to the target."""
    return table["half"] / table["target"]


def _points(table: pd.DataFrame, series: int, label: str) -> Line:
    reach = _FARTHEST * _half(table)
    error, sd = table["error"].clip(-reach, reach), (table["spread"] / table["target"]).fillna(0.0)
    return Line(
        x=table["target"].to_list(),
        y=error.to_list(),
        low=(error - sd).clip(-reach, reach).to_list(),
        high=(error + sd).clip(-reach, reach).to_list(),
        series=series,
        label=label,
        style="points",
    )


def _said(table: pd.DataFrame) -> str:
    declared = int((table["verdict"] == Verdict.REACHED).sum())
    return f"{declared} of {len(table)} declared, {int(table['true'].sum())} true"
