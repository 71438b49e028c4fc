"""Read disturb: repeated reads at one voltage after another, and what they do to a level."""

from mho.plugin_kinds import MeasurementProtocol, OnDemand
from mho.protocols.read_disturb.loop import plan, progress, read_disturb
from mho.protocols.read_disturb.recipe import ReadDisturbRecipe
from mho.protocols.read_disturb.row import DisturbRead, End, Phase

__all__ = ["READ_DISTURB", "DisturbRead", "End", "Phase", "ReadDisturbRecipe", "read_disturb"]

READ_DISTURB = MeasurementProtocol(
    name="read_disturb",
    title="Read disturb: drift of a level against number of reads and read voltage",
    recipe=ReadDisturbRecipe,
    row=DisturbRead,
    run=read_disturb,
    plan=plan,
    summary=OnDemand("mho.protocols.read_disturb.results:summary"),
    figure=OnDemand("mho.protocols.read_disturb.figure:figure"),
    results=OnDemand("mho.protocols.read_disturb.results:results"),
    progress=progress,
)
