"""XOR by a network of two layers, whose nine weights are transferred to 3 x 3 cells."""

from mho.plugin_kinds import MeasurementProtocol, OnDemand
from mho.protocols.xor.loop import plan, progress, xor
from mho.protocols.xor.recipe import XorRecipe
from mho.protocols.xor.row import Phase, Verdict, XorRow

__all__ = ["XOR", "Phase", "Verdict", "XorRecipe", "XorRow", "xor"]

XOR = MeasurementProtocol(
    name="xor",
    title="XOR by two layers of an array: weights transferred, then inferred",
    recipe=XorRecipe,
    row=XorRow,
    run=xor,
    plan=plan,
    summary=OnDemand("mho.protocols.xor.results:summary"),
    figure=OnDemand("mho.protocols.xor.figure:figure"),
    results=OnDemand("mho.protocols.xor.results:results"),
    progress=progress,
)
