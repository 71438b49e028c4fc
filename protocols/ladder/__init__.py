"""A ladder of levels: how far apart they stay, and for how long."""

from mho.plugin_kinds import MeasurementProtocol, OnDemand
from mho.protocols.ladder.laid import laid
from mho.protocols.ladder.loop import ladder, progress
from mho.protocols.ladder.plan import plan
from mho.protocols.ladder.recipe import LadderRecipe
from mho.protocols.ladder.row import LadderStep, Order, Phase

__all__ = ["LADDER", "LadderRecipe", "LadderStep", "Order", "Phase", "ladder"]

LADDER = MeasurementProtocol(
    name="ladder",
    title="Levels programmed again and again, up, down and shuffled: sigma by level, bits",
    recipe=LadderRecipe,
    row=LadderStep,
    run=ladder,
    plan=plan,
    summary=OnDemand("mho.protocols.ladder.results:summary"),
    figure=OnDemand("mho.protocols.ladder.figure:figure"),
    results=OnDemand("mho.protocols.ladder.results:results"),
    progress=progress,
    laid=laid,
)
