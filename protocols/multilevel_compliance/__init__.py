"""Levels by compliance current: the larger the current limit of a SET, the higher the level.

After the α-Fe2O3 synapse paper (Ag/α-Fe2O3/FTO, Fig. 1(d): 100 uA to 1 mA).
"""

from mho.plugin_kinds import MeasurementProtocol, OnDemand
from mho.protocols.iv.row import CURVES, IvPoint
from mho.protocols.multilevel_compliance.loop import multilevel_compliance, plan, progress
from mho.protocols.multilevel_compliance.recipe import MultilevelComplianceRecipe

__all__ = ["MULTILEVEL_COMPLIANCE", "MultilevelComplianceRecipe", "multilevel_compliance"]

MULTILEVEL_COMPLIANCE = MeasurementProtocol(
    name="multilevel_compliance",
    title="Levels by compliance current: SET sweeps under rising current limits",
    recipe=MultilevelComplianceRecipe,
    row=IvPoint,
    run=multilevel_compliance,
    plan=plan,
    summary=OnDemand("mho.protocols.multilevel_compliance.results:summary"),
    figure=OnDemand("mho.protocols.multilevel_compliance.figure:figure"),
    results=OnDemand("mho.protocols.multilevel_compliance.results:results"),
    progress=progress,
    curves=CURVES,
)
