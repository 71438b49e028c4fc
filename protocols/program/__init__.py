"""Programming to conductances, by an algorithm that the recipe names."""

from mho.plugin_kinds import MeasurementProtocol, OnDemand
from mho.protocols.program.laid import laid
from mho.protocols.program.loop import program, progress
from mho.protocols.program.plan import plan
from mho.protocols.program.recipe import ProgramRecipe
from mho.protocols.program.row import Phase, ProgramStep

__all__ = ["PROGRAM", "Phase", "ProgramRecipe", "ProgramStep", "program"]

PROGRAM = MeasurementProtocol(
    name="program",
    title="Program to conductances by a chosen algorithm, each result judged by a long mean",
    recipe=ProgramRecipe,
    row=ProgramStep,
    run=program,
    plan=plan,
    summary=OnDemand("mho.protocols.program.results:summary"),
    figure=OnDemand("mho.protocols.program.figure:figure"),
    results=OnDemand("mho.protocols.program.results:results"),
    progress=progress,
    laid=laid,
)
