"""Retention: levels read over seconds to days, with an untouched control."""

from mho.plugin_kinds import MeasurementProtocol
from mho.protocols.retention.figure import figure
from mho.protocols.retention.loop import retention
from mho.protocols.retention.plan import plan
from mho.protocols.retention.recipe import RetentionRecipe
from mho.protocols.retention.results import merits, progress, summary
from mho.protocols.retention.row import End, Phase, RetentionRead

__all__ = ["RETENTION", "End", "Phase", "RetentionRead", "RetentionRecipe", "retention"]

RETENTION = MeasurementProtocol(
    name="retention",
    title="Retention: conductance of prepared levels against time",
    recipe=RetentionRecipe,
    row=RetentionRead,
    run=retention,
    plan=plan,
    summary=summary,
    figure=figure,
    progress=progress,
    merits=merits,
)
