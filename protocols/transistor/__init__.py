"""Curves of a transistor: transfer, output, and its on-resistance against the gate voltage.

As for the selector of the Cu:Te 1T1R cell (doi:10.3389/fnins.2025.1516971, Figs. 1C to 1E).
"""

from mho.plugin_kinds import MeasurementProtocol, OnDemand
from mho.protocols.transistor.loop import plan, progress, transistor
from mho.protocols.transistor.recipe import TransistorRecipe
from mho.protocols.transistor.row import Curve, TransistorPoint, Verdict

__all__ = ["TRANSISTOR", "Curve", "TransistorPoint", "TransistorRecipe", "Verdict", "transistor"]

TRANSISTOR = MeasurementProtocol(
    name="transistor",
    title="Transistor: transfer and output curves, threshold and on-resistance",
    recipe=TransistorRecipe,
    row=TransistorPoint,
    run=transistor,
    plan=plan,
    summary=OnDemand("mho.protocols.transistor.results:summary"),
    figure=OnDemand("mho.protocols.transistor.figure:figure"),
    results=OnDemand("mho.protocols.transistor.results:results"),
    progress=progress,
)
