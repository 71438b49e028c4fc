"""Electroforming: a voltage raised level by level until the device conducts.

The Cu:Te/TaOx/IGZO cell forms in a sweep from 0 to 2 V and limits its current itself
(doi:10.3389/fnins.2025.1516971, section 2.1).
"""

from mho.plugin_kinds import MeasurementProtocol, OnDemand
from mho.protocols.forming.loop import forming, progress
from mho.protocols.forming.plan import plan
from mho.protocols.forming.recipe import FormingRecipe
from mho.protocols.forming.row import FormingStep, Phase, Stop, Verdict

__all__ = ["FORMING", "FormingRecipe", "FormingStep", "Phase", "Stop", "Verdict", "forming"]

FORMING = MeasurementProtocol(
    name="forming",
    title="Electroforming: voltage ramp or pulses until the device conducts",
    recipe=FormingRecipe,
    row=FormingStep,
    run=forming,
    plan=plan,
    summary=OnDemand("mho.protocols.forming.results:summary"),
    figure=OnDemand("mho.protocols.forming.figure:figure"),
    results=OnDemand("mho.protocols.forming.results:results"),
    progress=progress,
)
