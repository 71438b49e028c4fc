"""Leakage of the terminal that is written: its current at a standing voltage, and breakdown."""

from mho.plugin_kinds import MeasurementProtocol, OnDemand
from mho.protocols.gate_leakage.loop import gate_leakage, plan, progress
from mho.protocols.gate_leakage.recipe import GateLeakageRecipe
from mho.protocols.gate_leakage.row import GateLeakageRow, Phase, Verdict

__all__ = [
    "GATE_LEAKAGE",
    "GateLeakageRecipe",
    "GateLeakageRow",
    "Phase",
    "Verdict",
    "gate_leakage",
]

GATE_LEAKAGE = MeasurementProtocol(
    name="gate_leakage",
    title="Leakage of the written terminal: current at a standing voltage",
    recipe=GateLeakageRecipe,
    row=GateLeakageRow,
    run=gate_leakage,
    plan=plan,
    summary=OnDemand("mho.protocols.gate_leakage.results:summary"),
    figure=OnDemand("mho.protocols.gate_leakage.figure:figure"),
    results=OnDemand("mho.protocols.gate_leakage.results:results"),
    progress=progress,
)
