"""Voltage sweeps: current against voltage, switching voltages and on/off window over cycles.

Double sweeps with one current limit for each polarity, as in the α-Fe2O3 synapse paper
(Ag/α-Fe2O3/FTO, Figs. 1(b) and 1(c): +2.3 V to -1.6 V, 7 mA, 100 cycles).
"""

from mho.plugin_kinds import MeasurementProtocol, OnDemand
from mho.protocols.iv.loop import iv, plan, progress
from mho.protocols.iv.recipe import IvRecipe
from mho.protocols.iv.row import CURVES, IvPoint, Part, Side, Verdict

__all__ = ["IV", "IvPoint", "IvRecipe", "Part", "Side", "Verdict", "iv"]

IV = MeasurementProtocol(
    name="iv",
    title="Voltage sweeps: switching voltages and on/off window over cycles",
    recipe=IvRecipe,
    row=IvPoint,
    run=iv,
    plan=plan,
    summary=OnDemand("mho.protocols.iv.results:summary"),
    figure=OnDemand("mho.protocols.iv.figure:figure"),
    results=OnDemand("mho.protocols.iv.results:results"),
    progress=progress,
    curves=CURVES,
)
