"""Settling: what a device shows after a write, from as soon as can be to seconds later."""

from mho.plugin_kinds import MeasurementProtocol, OnDemand
from mho.protocols.settling.loop import plan, progress, settling
from mho.protocols.settling.recipe import SettlingRecipe
from mho.protocols.settling.row import Phase, SettlingRow, Verdict

__all__ = ["SETTLING", "Phase", "SettlingRecipe", "SettlingRow", "Verdict", "settling"]

SETTLING = MeasurementProtocol(
    name="settling",
    title="Settling: conductance after a write, on logarithmic time",
    recipe=SettlingRecipe,
    row=SettlingRow,
    run=settling,
    plan=plan,
    summary=OnDemand("mho.protocols.settling.results:summary"),
    figure=OnDemand("mho.protocols.settling.figure:figure"),
    results=OnDemand("mho.protocols.settling.results:results"),
    progress=progress,
)
