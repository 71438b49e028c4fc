"""Retention: levels read over seconds to days, with an untouched control."""

from mho.plugin_kinds import MeasurementProtocol, OnDemand
from mho.protocols.retention.loop import progress, retention
from mho.protocols.retention.plan import plan
from mho.protocols.retention.recipe import RetentionRecipe
from mho.protocols.retention.row import End, Phase, RetentionRead

__all__ = ["RETENTION", "End", "Phase", "RetentionRead", "RetentionRecipe", "retention"]

RETENTION = MeasurementProtocol(
    name="retention",
    title="Retention: conductance of prepared levels against time",
    recipe=RetentionRecipe,
    row=RetentionRead,
    run=retention,
    plan=plan,
    summary=OnDemand("mho.protocols.retention.results:summary"),
    figure=OnDemand("mho.protocols.retention.figure:figure"),
    results=OnDemand("mho.protocols.retention.results:results"),
    progress=progress,
)
