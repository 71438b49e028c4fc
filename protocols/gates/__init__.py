"""Logic gates in memory: AND, OR and NAND of two inputs, learnt on 3 x 3 cells at once."""

from mho.plugin_kinds import MeasurementProtocol, OnDemand
from mho.protocols.array_training import TrainingRow
from mho.protocols.gates.recipe import GatesRecipe, gates, plan, progress

__all__ = ["GATES", "GatesRecipe", "gates"]

GATES = MeasurementProtocol(
    name="gates",
    title="Logic gates trained in the memory of an array: AND, OR, NAND",
    recipe=GatesRecipe,
    row=TrainingRow,
    run=gates,
    plan=plan,
    summary=OnDemand("mho.protocols.gates.results:summary"),
    figure=OnDemand("mho.protocols.gates.figure:figure"),
    results=OnDemand("mho.protocols.gates.results:results"),
    progress=progress,
)
