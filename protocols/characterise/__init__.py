"""Characterising a type of device: what a programming algorithm starts from."""

from mho.plugin_kinds import MeasurementProtocol, OnDemand
from mho.protocols.characterise.loop import characterise, progress
from mho.protocols.characterise.plan import plan
from mho.protocols.characterise.recipe import CharacteriseRecipe
from mho.protocols.characterise.row import CharacteriseStep, End, Phase

__all__ = [
    "CHARACTERISE",
    "CharacteriseRecipe",
    "CharacteriseStep",
    "End",
    "Phase",
    "characterise",
]

CHARACTERISE = MeasurementProtocol(
    name="characterise",
    title="Switching curves and noise of a device: what programming starts from",
    recipe=CharacteriseRecipe,
    row=CharacteriseStep,
    run=characterise,
    plan=plan,
    summary=OnDemand("mho.protocols.characterise.results:summary"),
    figure=OnDemand("mho.protocols.characterise.figure:figure"),
    results=OnDemand("mho.protocols.characterise.results:results"),
    progress=progress,
)
