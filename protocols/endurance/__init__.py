"""Endurance: SET/RESET cycling by pulses, with checks of both states, until the cell fails.

As in the inset of Fig. 1(c) of the Ag/alpha-Fe2O3/FTO paper: HRS and LRS against the cycle number.
"""

from mho.plugin_kinds import MeasurementProtocol, OnDemand
from mho.protocols.endurance.loop import endurance, progress
from mho.protocols.endurance.plan import plan
from mho.protocols.endurance.recipe import EnduranceRecipe
from mho.protocols.endurance.row import EnduranceStep, State, Verdict

__all__ = ["ENDURANCE", "EnduranceRecipe", "EnduranceStep", "State", "Verdict", "endurance"]

ENDURANCE = MeasurementProtocol(
    name="endurance",
    title="Endurance: SET/RESET cycling by pulses until the window is lost",
    recipe=EnduranceRecipe,
    row=EnduranceStep,
    run=endurance,
    plan=plan,
    summary=OnDemand("mho.protocols.endurance.results:summary"),
    figure=OnDemand("mho.protocols.endurance.figure:figure"),
    results=OnDemand("mho.protocols.endurance.results:results"),
    progress=progress,
)
