"""The figure of a retention run, from its rows alone."""

from collections.abc import Iterator
from math import isfinite

import numpy as np
import pandas as pd

from mho.figure import Axis, Band, Figure, Line, Panel
from mho.merit.retention import relative_change
from mho.merit.samples import NotEnoughData
from mho.protocols.drawn_estimates import of_mean
from mho.protocols.log_bins import log_bins
from mho.protocols.retention.recipe import RetentionRecipe
from mho.protocols.retention.results import LevelReads, levels_of
from mho.quantities import FRACTION, SECOND, SIEMENS

_MOST_TOLD_APART = 8
"""Levels of which each has its name and its band; of more there is the first and the last."""


def figure(rows: pd.DataFrame, recipe: RetentionRecipe) -> Figure:
    """Conductance against log time, one colour a level; beneath, the drift and its law.

    The control, which nobody read in between, stands beside both.
    """
    reads: list[Line] = []
    drifts: list[Line] = []
    bands: list[Band] = []
    levels = list(levels_of(rows, recipe))
    many = len(levels) > _MOST_TOLD_APART
    band = "" if many else ", band: 95 % of its exponent"
    notes = [f"points: means over bins, 8 a decade; line: law of drift{band}"]
    spread_out = len(levels) > 1 and all(np.all(level.conductance > 0) for level in levels)
    several = len(recipe.levels) > 1
    for level in levels:
        named = not many or level.index in (levels[0].index, levels[-1].index)
        reads.append(
            Line(
                x=level.age.tolist(),
                y=level.conductance.tolist(),
                series=level.index,
                style="both" if recipe.times.spacing == "log" else "line",
                label=(level.name if named else "") if several else "reads",
            )
        )
        first = level.index == levels[0].index
        reads += _control(level, label="untouched control, 95 % interval" if first else "")
        drifts += _drift(level, bands, notes)
        drifts += _control_change(level, label="untouched control" if first else "")
    age = Axis("time since preparation", SECOND, "log")
    return Figure(
        title=f"Retention over {recipe.times.duration:g} s",
        panels=(
            Panel(
                x=age,
                y=Axis("conductance", SIEMENS, "log" if spread_out else "linear"),
                lines=tuple(reads),
                height=2.0,
                legend=("level, first and last" if many else "level") if several else "",
                ordered=True,
            ),
            Panel(
                x=age,
                y=Axis("change of mean", FRACTION),
                lines=tuple(drifts),
                bands=() if many else tuple(bands),
                height=1.3,
                notes=tuple(notes),
                ordered=True,
                shared_x=True,
            ),
        ),
    )


def _control(level: LevelReads, label: str) -> Iterator[Line]:
    """The means of both ends of the control, which nobody read in between."""
    if len(level.control) < 2:
        return
    half = len(level.control) // 2
    ends = (slice(None, half), slice(half, None))
    found = [of_mean(level.control[end]) for end in ends]
    yield Line(
        x=[float(np.mean(level.control_age[end])) for end in ends],
        y=[one.value for one in found],
        low=[one.low for one in found],
        high=[one.high for one in found],
        series=None,
        label=label,
        style="open",
    )


def _control_change(level: LevelReads, label: str) -> Iterator[Line]:
    """The change of the control, with the interval that counts its slow noise."""
    try:
        change = relative_change(level.control_age, level.control, share=0.5)
    except NotEnoughData:
        return
    one = change.change
    yield Line(
        x=[change.last_time],
        y=[one.value],
        low=[one.low],
        high=[one.high],
        series=None,
        label=label,
        style="open",
    )


def _drift(level: LevelReads, bands: list[Band], notes: list[str]) -> Iterator[Line]:
    """Means over bins and the law through all reads, as changes from where the law begins."""
    ages, means = log_bins(level.age, level.conductance)
    try:
        law = level.law()
    except NotEnoughData as reason:
        notes.append(f"{level.name}: no drift is drawn: {reason}")
        return
    begins = law.initial.value * (ages[0] / law.t0) ** -law.nu.value
    yield Line(
        x=ages.tolist(),
        y=(means / begins - 1).tolist(),
        series=level.index,
        style="points",
    )
    if not (isfinite(law.nu.low) and isfinite(law.nu.high)):
        notes.append(f"{level.name}: the law of drift is not drawn: its exponent is undetermined")
        return
    middle = float(np.exp(np.mean(np.log(ages))))

    def changes(nu: float) -> list[float]:
        """The law with this exponent, turned about the middle of the reads."""
        about = (middle / ages[0]) ** -law.nu.value * (ages / middle) ** -nu
        values: list[float] = (about - 1).tolist()
        return values

    yield Line(
        x=ages.tolist(),
        y=changes(law.nu.value),
        series=level.index,
        style="line",
    )
    ends = np.sort([changes(law.nu.low), changes(law.nu.high)], axis=0)
    bands.append(
        Band(x=ages.tolist(), low=ends[0].tolist(), high=ends[1].tolist(), series=level.index)
    )
