"""The figure of a characterisation, from its rows alone."""

from functools import partial

import numpy as np
import pandas as pd

from mho.figure import Axis, Figure, Line, Panel
from mho.merit.noise_shares import block_variances
from mho.merit.reporting import attempt
from mho.merit.stress_curve import StressCurve
from mho.protocols.characterise.estimates import Characterised
from mho.protocols.characterise.recipe import CharacteriseRecipe
from mho.protocols.characterise.results import of_rows
from mho.protocols.characterise.row import Phase
from mho.protocols.quoting import brief
from mho.quantities import FRACTION, SECOND, SIEMENS, VOLT

_MOST_POINTS = 400
"""Of a level that are drawn."""


def figure(rows: pd.DataFrame, recipe: CharacteriseRecipe) -> Figure:
    """Where pulses lead with the curves through them; levels against time; noise against time."""
    found = of_rows(rows, recipe)
    curves = {raising: attempt(partial(found.curve, raising=raising)) for raising in (True, False)}
    noisy = _noise(found)
    return Figure(
        title="Characterised for programming",
        panels=(
            _stairs(rows, curves),
            _levels(found, recipe),
            *((noisy,) if noisy.lines else ()),
        ),
    )


def _stairs(rows: pd.DataFrame, curves: dict[bool, tuple[StressCurve | None, str]]) -> Panel:
    lines: list[Line] = []
    notes = []
    for series, (raising, (curve, why)) in enumerate(curves.items()):
        phase = Phase.SET if raising else Phase.RESET
        of = rows[(rows["phase"] == phase) & (rows["conductance"] > 0)]
        lines.append(
            Line(
                x=of["amplitude"].abs().to_list(),
                y=of["conductance"].to_list(),
                series=series,
                label=f"after a {phase.value.upper()} pulse",
                style="points",
                faint=True,
            )
        )
        if curve is None:
            notes.append(why)
            continue
        lines.append(
            Line(
                x=[one.value for one in curve.amplitude],
                y=list(curve.conductance),
                series=series,
                label=f"stress curve, {phase.value.upper()}",
            )
        )
    return Panel(
        x=Axis("amplitude", VOLT),
        y=Axis("conductance", SIEMENS, "log"),
        lines=tuple(lines),
        height=1.6,
        notes=tuple(notes),
    )


def _levels(found: Characterised, recipe: CharacteriseRecipe) -> Panel:
    lines = []
    for series, level in enumerate(found.levels):
        # as dense early as late on an axis of ln t
        drawn = np.unique(np.geomspace(1, len(level.age), _MOST_POINTS).astype(int)) - 1
        lines.append(
            Line(
                x=level.age[drawn].tolist(),
                y=(level.conductance[drawn] / (level.mean or np.nan)).tolist(),
                series=series,
                label=brief(level.mean, SIEMENS, 3),
            )
        )
    notes = () if lines else (f"none of {recipe.levels} levels was watched",)
    return Panel(
        x=Axis("time since the pulse", SECOND, "log"),
        y=Axis("conductance / settled mean"),
        lines=tuple(lines),
        ordered=True,
        legend="level",
        notes=notes,
    )


def _noise(found: Characterised) -> Panel:
    """The sd of block means against their length."""
    lines = []
    for series, level in enumerate(found.levels):
        blocks, _ = attempt(partial(block_variances, level.relative))
        if blocks is None:
            continue
        lengths, variances, counts = blocks
        sd = np.sqrt(variances)
        error = sd / np.sqrt(2.0 * np.maximum(counts - 1, 1))
        lines.append(
            Line(
                x=(lengths * level.interval).tolist(),
                y=sd.tolist(),
                low=np.maximum(sd - 2 * error, 0.05 * sd).tolist(),
                high=(sd + 2 * error).tolist(),
                series=series,
                label=brief(level.mean, SIEMENS, 3),
                style="both",
            )
        )
    return Panel(
        x=Axis("length of a block", SECOND, "log"),
        y=Axis("sd of block means", FRACTION, "log"),
        lines=tuple(lines),
        ordered=True,
        legend="level; bar: 95 %",
    )
