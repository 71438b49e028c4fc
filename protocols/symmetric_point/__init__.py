"""The symmetric point: where up and down pulses in turn lead, from below and from above."""

from mho.plugin_kinds import MeasurementProtocol, OnDemand
from mho.protocols.symmetric_point.loop import plan, progress, symmetric_point
from mho.protocols.symmetric_point.recipe import SymmetricPointRecipe
from mho.protocols.symmetric_point.row import SymmetricPointRow, Verdict

__all__ = [
    "SYMMETRIC_POINT",
    "SymmetricPointRecipe",
    "SymmetricPointRow",
    "Verdict",
    "symmetric_point",
]

SYMMETRIC_POINT = MeasurementProtocol(
    name="symmetric_point",
    title="Symmetric point: where up and down pulses in turn lead",
    recipe=SymmetricPointRecipe,
    row=SymmetricPointRow,
    run=symmetric_point,
    plan=plan,
    summary=OnDemand("mho.protocols.symmetric_point.results:summary"),
    figure=OnDemand("mho.protocols.symmetric_point.figure:figure"),
    results=OnDemand("mho.protocols.symmetric_point.results:results"),
    progress=progress,
)
