"""Pulse response: one pulse sampled as a waveform, for its current transient and its energy.

The pulse is a staircase of equal short steps, each measured: base level, plateau, base level.
"""

from mho.plugin_kinds import MeasurementProtocol, OnDemand
from mho.protocols.pulse_response.loop import plan, progress, pulse_response
from mho.protocols.pulse_response.recipe import PulseResponseRecipe
from mho.protocols.pulse_response.row import Phase, PulseResponseStep, Verdict

__all__ = [
    "PULSE_RESPONSE",
    "Phase",
    "PulseResponseRecipe",
    "PulseResponseStep",
    "Verdict",
    "pulse_response",
]

PULSE_RESPONSE = MeasurementProtocol(
    name="pulse_response",
    title="Pulse response: voltage and current of one pulse against time",
    recipe=PulseResponseRecipe,
    row=PulseResponseStep,
    run=pulse_response,
    plan=plan,
    summary=OnDemand("mho.protocols.pulse_response.results:summary"),
    figure=OnDemand("mho.protocols.pulse_response.figure:figure"),
    results=OnDemand("mho.protocols.pulse_response.results:results"),
    progress=progress,
)
