"""Figures of merit of forming by name, for holding against published numbers."""

from math import isfinite

import pandas as pd

from mho.protocols.forming.recipe import FormingRecipe
from mho.protocols.forming.report import forming_voltage
from mho.protocols.forming.step import Phase, Verdict


def merits(rows: pd.DataFrame, recipe: FormingRecipe) -> dict[str, float]:  # noqa: ARG001
    """Formed or not (1 or 0), forming voltage (V), resistance after (ohm), points in compliance."""
    steps, after = (rows[rows["phase"] == phase] for phase in (Phase.STEP, Phase.AFTER))
    outcome = str(rows["verdict"].iloc[-1])
    found = {"formed": float(outcome == Verdict.FORMED)}
    if len(steps):
        voltage = forming_voltage(steps)
        if voltage is not None and outcome in (Verdict.FORMED, Verdict.DAMAGED):
            found["forming_voltage"] = abs(voltage.voltage)
        found["limited"] = float(steps["in_compliance"].sum())
        found["largest_current"] = float(steps["current"].abs().max())
    if len(after) and float(after["conductance"].iloc[0]) > 0:
        found["resistance_after"] = 1 / float(after["conductance"].iloc[0])
    return {name: value for name, value in found.items() if isfinite(value)}
