"""The figure of an ISPP run, from its rows alone."""

from math import nan
from typing import Literal

import pandas as pd

from mho.figure import Axis, Band, Figure, Line, Panel
from mho.protocols.approach import Verdict
from mho.protocols.ispp.recipe import IsppRecipe, window
from mho.protocols.ispp.results import by_target
from mho.protocols.ispp.row import Phase
from mho.protocols.quoting import brief
from mho.quantities import FRACTION, SECOND, SIEMENS, VOLT

_MOST_JOINED = 60
"""With more pulses, lines that go up and down would cover one another."""

_FARTHEST = 15.0
"""Tolerances that the axis of errors reaches; what lies beyond is marked at its end."""


def figure(rows: pd.DataFrame, recipe: IsppRecipe) -> Figure:
    """Conductance against pulse number, one colour a target, with pulse amplitudes beneath.

    The last panel is the honest one: the mean of many reads against its target, beside the single
    read on which the loop stopped. Bars are the sd of those reads.
    """
    traces, amplitudes, bands = [], [], []
    pulses = [int(number) for number in rows["pulse"]]
    longest = max([*pulses, 2])
    style: Literal["both", "points"] = "both" if longest <= _MOST_JOINED else "points"
    checked = rows[rows["phase"] == Phase.CHECK]
    end = longest * 1.04 if len(checked) else longest
    for series, (target, tuning, _) in enumerate(by_target(rows)):
        x = tuning["pulse"].to_list()
        traces.append(
            Line(
                x=x,
                y=tuning["conductance"].to_list(),
                series=series,
                label=brief(target, SIEMENS),
                style=style,
            )
        )
        amplitudes.append(Line(x=x, y=tuning["amplitude"].to_list(), series=series, style=style))
        low, high = window(recipe, target)
        bands.append(Band(x=(1, end), low=(low, low), high=(high, high), series=series))
    if len(checked):
        traces.append(_means(checked, end))
    pulse = Axis("pulse number")
    within = FRACTION.show(recipe.tolerance)
    return Figure(
        title=f"Conductance tuning by ISPP, tolerance {within}; {_said(rows, recipe)}",
        panels=(
            Panel(
                x=pulse,
                y=Axis("conductance", SIEMENS, "log"),
                lines=tuple(traces),
                bands=tuple(bands),
                height=2.2,
                legend=f"target; its band: within {within}",
                ordered=True,
            ),
            Panel(
                x=pulse,
                y=Axis("amplitude", VOLT),
                lines=tuple(amplitudes),
                ordered=True,
                shared_x=True,
            ),
            *((_errors(rows, recipe, checked),) if len(checked) else ()),
        ),
    )


def _means(checked: pd.DataFrame, at: float) -> Line:
    means, sd = checked["conductance"], checked["spread"]
    return Line(
        x=[at] * len(checked),
        y=means.to_list(),
        low=(means - sd).to_list(),
        high=(means + sd).to_list(),
        series=None,
        label="mean of the check, bar: sd of its reads",
        style="open",
    )


def _errors(rows: pd.DataFrame, recipe: IsppRecipe, checked: pd.DataFrame) -> Panel:
    """How far each target is missed, in percent of it: by the single read, and by the mean."""
    last = rows[rows["phase"] == Phase.TUNING].groupby("target_index", sort=True).last()
    single = pd.DataFrame(
        {"target": last["target"], "error": last["conductance"] / last["target"] - 1}
    )
    mean = pd.DataFrame(
        {
            "target": checked["target"],
            "error": checked["conductance"] / checked["target"] - 1,
            "sd": checked["spread"] / checked["target"],
        }
    )
    tolerance, farthest = recipe.tolerance, _FARTHEST * recipe.tolerance
    ends = (min(recipe.targets), max(recipe.targets))
    if ends[0] == ends[1]:
        ends = (0.9 * ends[0], 1.1 * ends[1])
    return Panel(
        x=Axis("target", SIEMENS, "log"),
        y=Axis("error", FRACTION),
        lines=(
            _within(
                single,
                farthest,
                series=1,
                label="single read on which the loop stopped",
                hollow=True,
            ),
            _within(mean, farthest, series=0, label=_mean_of(recipe)),
            *_beyond(mean, farthest),
        ),
        bands=(
            Band(
                x=ends, low=[-tolerance] * 2, high=[tolerance] * 2, series=None, label="tolerance"
            ),
        ),
        height=1.1,
    )


def _mean_of(recipe: IsppRecipe) -> str:
    if recipe.check is None:  # rows of a check without one in the recipe: another version's
        return "mean of the check"
    check = recipe.check
    span = SECOND.show(round(check.reads * check.interval, 9))
    return f"mean over {span}, {SECOND.show(check.delay)} later; bar: sd of its {check.reads} reads"


def _within(
    errors: pd.DataFrame, farthest: float, *, series: int, label: str, hollow: bool = False
) -> Line:
    """The errors that the axis reaches, with their bars."""
    near = errors[errors["error"].abs() <= farthest]
    bars = near["sd"] if "sd" in near else near["error"] * nan
    return Line(
        x=near["target"].to_list(),
        y=near["error"].to_list(),
        low=(near["error"] - bars).clip(lower=-farthest).to_list(),
        high=(near["error"] + bars).clip(upper=farthest).to_list(),
        series=series,
        label=label,
        style="open" if hollow else "points",
    )


def _beyond(errors: pd.DataFrame, farthest: float) -> list[Line]:
    """The errors beyond the axis, at its end."""
    far = errors[errors["error"].abs() > farthest]
    if not len(far):
        return []
    ends = [farthest if error > 0 else -farthest for error in far["error"]]
    percent = FRACTION.show(float(f"{farthest:.3g}"))
    return [
        Line(
            x=far["target"].to_list(),
            y=ends,
            series=2,
            label=f"beyond {percent}",
            style="points",
        )
    ]


def _said(rows: pd.DataFrame, recipe: IsppRecipe) -> str:
    """How many targets were declared reached, and how many are."""
    last = rows[rows["phase"] == Phase.TUNING].groupby("target_index").last()
    declared = int((last["verdict"] == Verdict.REACHED).sum())
    text = f"{declared} of {len(recipe.targets)} declared"
    if recipe.check is None:
        return text
    checked = rows[rows["phase"] == Phase.CHECK]
    error = (checked["conductance"] / checked["target"].replace(0.0, nan) - 1).abs()
    return f"{text}, {int((error <= recipe.tolerance).sum())} true"
