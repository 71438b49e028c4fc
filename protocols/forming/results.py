"""Results of forming from its rows: outcome, forming voltage and progress."""

from math import isfinite, sqrt

import pandas as pd

from mho.merit import forming as merit
from mho.merit.estimate import Estimate
from mho.merit.samples import NotEnoughData
from mho.protocols.forming.recipe import FormingRecipe
from mho.protocols.forming.row import Phase, Verdict
from mho.protocols.quoting import INTERVALS, NONE, brief, quoted
from mho.quantities import AMPERE, JOULE, MICROSIEMENS, OHM, VOLT
from mho.summary import Summary


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
            at = f"{brief(found.not_formed, VOLT)} to {brief(found.formed, VOLT)}"
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


def merits(rows: pd.DataFrame, recipe: FormingRecipe) -> dict[str, float]:  # noqa: ARG001
    """Formed or not (1 or 0), forming voltage (V), resistance after (ohm), points in compliance."""
    steps, after = (rows[rows["phase"] == phase] for phase in (Phase.STEP, Phase.AFTER))
    outcome = str(rows["verdict"].iloc[-1])
    found = {"formed": float(outcome == Verdict.FORMED)}
    if len(steps):
        voltage = forming_voltage(steps)
        if voltage is not None and outcome in (Verdict.FORMED, Verdict.DAMAGED):
            found["forming_voltage"] = abs(voltage.formed)
        found["limited"] = float(steps["in_compliance"].sum())
        found["largest_current"] = float(steps["current"].abs().max())
    if len(after) and float(after["conductance"].iloc[0]) > 0:
        found["resistance_after"] = 1 / float(after["conductance"].iloc[0])
    return {name: value for name, value in found.items() if isfinite(value)}


def forming_voltage(steps: pd.DataFrame) -> merit.FormingVoltage | None:
    """Between which levels the current jumped, and stayed; None if it did not."""
    try:
        return merit.forming_voltage(
            steps["level"].to_numpy(float), steps["current"].to_numpy(float)
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
    shown = f"{quoted(interval, MICROSIEMENS)} {MICROSIEMENS}"
    return f"{shown}{resistance} ({reads} reads)"
