"""What forming came to: outcome, forming voltage and figure, from the rows alone."""

from math import isfinite, nan, sqrt

import pandas as pd

from mho.figure import Band, Figure, Line, Panel
from mho.merit.estimate import Estimate
from mho.merit.samples import NotEnoughData
from mho.merit.switching import Rule, SwitchingVoltage, switching_voltage
from mho.protocols.forming.recipe import FormingRecipe
from mho.protocols.forming.step import FormingStep, Phase, Verdict
from mho.protocols.quoting import INTERVALS, NONE, brief, quoted
from mho.quantities import AMPERE, JOULE, OHM, SIEMENS, VOLT
from mho.summary import Summary

MICRO = 1e6


def summary(rows: pd.DataFrame, recipe: FormingRecipe) -> Summary:
    """The outcome, and what it took."""
    last = rows.iloc[-1]
    steps = rows[rows["phase"] == Phase.STEP]
    outcome = str(last["verdict"])
    if outcome == Verdict.GOING_ON:
        outcome = "the run was ended before its outcome was read"
    table = [
        ("outcome", outcome),
        ("stopped by", str(last["stop"]) if len(steps) else "nothing was applied"),
    ]
    notes = [INTERVALS]
    if len(steps):
        found = forming_voltage(steps)
        formed = str(last["verdict"]) in (Verdict.FORMED, Verdict.DAMAGED)
        if found is not None and formed:
            at = f"{brief(found.voltage, VOLT)}, or up to {brief(found.resolution, VOLT)} less"
            table.append(("forming voltage", at))
            notes.append(f"forming voltage: {found.source}")
        currents = steps["current"].abs()
        table += [
            ("levels applied", f"{len(steps)}, the last {brief(steps['level'].iloc[-1], VOLT)}"),
            ("largest current", brief(float(currents.max()), AMPERE)),
            ("energy", brief(float(steps["energy"].iloc[-1]), JOULE)),
        ]
        if steps["in_compliance"].any():
            table.append(("current limit", "was active"))
        else:
            table.append(("current limit", "never active: the device limited itself"))
    for phase in (Phase.BEFORE, Phase.AFTER):
        state = rows[rows["phase"] == phase]
        if len(state):
            table.append((f"conductance {phase}", _conductance(state.iloc[0])))
    return Summary(
        title=f"Electroforming by {recipe.method}",
        headers=("", "value"),
        rows=tuple(table),
        notes=tuple(notes),
    )


def figure(rows: pd.DataFrame, recipe: FormingRecipe) -> Figure:
    """abs(I) against V, there and back; beneath, the reads after each level.

    The band is what counts as formed.
    """
    up, back = rows[rows["phase"] == Phase.STEP], rows[rows["phase"] == Phase.BACK]
    currents = [
        Line(
            x=way["level"].to_list(),
            y=_positive(way["current"].abs()),
            series=series,
            label=label,
            style="both",
        )
        for series, (way, label) in enumerate(((up, "up"), (back, "back to 0 V")))
        if len(way)
    ]
    looked = rows[(rows["phase"] != Phase.BACK) & (rows["reads"] > 0)]
    reached = up["level"].to_list()
    first, last = (reached[0], reached[-1]) if reached else (0.0, 0.0)
    # The reads before stand at 0 V, those after at the last level.
    places = [
        0.0 if phase == Phase.BEFORE else (last if phase == Phase.AFTER else level)
        for phase, level in zip(looked["phase"], looked["level"], strict=True)
    ]
    states = Line(x=places, y=_positive(looked["conductance"] * MICRO), style="points")
    formed = Band(
        x=(min(0.0, first, last), max(0.0, first, last)),
        low=MICRO / recipe.formed_below,
        high=MICRO / recipe.damaged_below,
        series=0,
    )
    return Figure(
        title=f"Electroforming: {rows['verdict'].iloc[-1]}; band: what counts as formed",
        panels=(
            Panel(
                x_label="",
                y_label="abs(current) (A)",
                lines=tuple(currents),
                y_scale="log",
                height=1.8,
            ),
            Panel(
                x_label="forming voltage (V)",
                y_label="conductance (µS)",
                lines=(states,),
                bands=(formed,),
                y_scale="log",
                height=1.2,
            ),
        ),
        legend="way" if currents else "",
    )


def progress(row: FormingStep, recipe: FormingRecipe) -> tuple[float, str]:
    """How far the voltage has come."""
    if row.verdict is not Verdict.GOING_ON or row.phase is Phase.AFTER:
        return 1.0, str(row.verdict)
    if row.phase is Phase.BEFORE:
        return 0.0, f"before: {brief(row.conductance, SIEMENS)}"
    share = min(abs(row.level) / recipe.limit, 1.0) if row.phase is Phase.STEP else 1.0
    return share, f"{brief(row.level, VOLT)}, {brief(row.current, AMPERE)}"


def forming_voltage(steps: pd.DataFrame) -> SwitchingVoltage | None:
    """Where the current rose most steeply; None if the steps cannot tell."""
    level = steps["level"].to_numpy(dtype=float)
    try:
        return switching_voltage(
            level,
            steps["current"].to_numpy(dtype=float),
            event="set",
            polarity=1 if level[-1] > 0 else -1,
            rule=Rule.STEEPEST,
            in_compliance=steps["in_compliance"].to_numpy(dtype=bool),
        )
    except NotEnoughData:
        return None


def _conductance(row: pd.Series) -> str:
    value, reads = float(row["conductance"]), int(row["reads"])
    if not isfinite(value):
        return NONE
    error = float(row["spread"]) / sqrt(reads)
    interval = Estimate.of(value, error, reads - 1)
    resistance = f", {brief(1 / value, OHM)}" if value > 0 else ""
    return f"{quoted(interval, 1 / MICRO, 'uS')}{resistance} ({reads} reads)"


def _positive(values: pd.Series) -> list[float]:
    numbers = values.to_numpy(dtype=float)
    return [float(number) if number > 0 else nan for number in numbers]
