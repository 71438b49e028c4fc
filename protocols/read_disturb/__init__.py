"""Read disturb: repeated reads at one voltage after another, and what they do to a level."""

from mho.plugin_kinds import MeasurementProtocol
from mho.protocols.read_disturb.figure import figure
from mho.protocols.read_disturb.loop import plan, read_disturb
from mho.protocols.read_disturb.recipe import ReadDisturbRecipe
from mho.protocols.read_disturb.results import progress, summary
from mho.protocols.read_disturb.row import DisturbRead, End, Phase

__all__ = ["READ_DISTURB", "DisturbRead", "End", "Phase", "ReadDisturbRecipe", "read_disturb"]

READ_DISTURB = MeasurementProtocol(
    name="read_disturb",
    title="Read disturb: drift of a level against number of reads and read voltage",
    recipe=ReadDisturbRecipe,
    row=DisturbRead,
    run=read_disturb,
    plan=plan,
    summary=summary,
    figure=figure,
    progress=progress,
)
