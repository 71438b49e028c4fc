"""ISPP: closed-loop conductance tuning by incremental step pulse programming.

The loop of the Cu:Te/TaOx/IGZO 1T1R paper (doi:10.3389/fnins.2025.1516971, section 3.2 and
Fig. 5): full SET, then read, compare, pulse, with an amplitude that grows by a step each time.
"""

from mho.plugin_kinds import MeasurementProtocol, OnDemand
from mho.protocols.approach import Verdict
from mho.protocols.ispp.loop import ispp, progress
from mho.protocols.ispp.plan import plan
from mho.protocols.ispp.recipe import IsppRecipe
from mho.protocols.ispp.row import IsppStep, Phase

__all__ = ["ISPP", "IsppRecipe", "IsppStep", "Phase", "Verdict", "ispp"]

ISPP = MeasurementProtocol(
    name="ispp",
    title="Program to target: closed-loop conductance tuning (ISPP write-verify)",
    recipe=IsppRecipe,
    row=IsppStep,
    run=ispp,
    plan=plan,
    summary=OnDemand("mho.protocols.ispp.results:summary"),
    figure=OnDemand("mho.protocols.ispp.figure:figure"),
    results=OnDemand("mho.protocols.ispp.results:results"),
    progress=progress,
)
