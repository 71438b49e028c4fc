"""Ladder of levels by deepening RESET stop voltage, without a SET in between.

The multilevel procedure of the Cu:Te/TaOx/IGZO paper (doi:10.3389/fnins.2025.1516971), which it
describes twice and differently: sections 2.1 and 3.1. Both are recipes.
"""

from mho.plugin_kinds import MeasurementProtocol, OnDemand
from mho.protocols.reset_stop.loop import progress, reset_stop
from mho.protocols.reset_stop.plan import plan
from mho.protocols.reset_stop.recipe import ResetStopRecipe
from mho.protocols.reset_stop.row import End, LadderRow, Outcome, Phase

__all__ = ["RESET_STOP", "End", "LadderRow", "Outcome", "Phase", "ResetStopRecipe", "reset_stop"]

RESET_STOP = MeasurementProtocol(
    name="reset_stop",
    title="Ladder: multilevel conductance by deepening RESET stop voltage",
    recipe=ResetStopRecipe,
    row=LadderRow,
    run=reset_stop,
    plan=plan,
    summary=OnDemand("mho.protocols.reset_stop.results:summary"),
    figure=OnDemand("mho.protocols.reset_stop.figure:figure"),
    results=OnDemand("mho.protocols.reset_stop.results:results"),
    progress=progress,
)
