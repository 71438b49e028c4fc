"""Logistic regression in memory: a line through a square of vectors, learnt on 2 x 2 cells."""

from mho.plugin_kinds import MeasurementProtocol, OnDemand
from mho.protocols.array_training import TrainingRow
from mho.protocols.logistic.recipe import LogisticRecipe, logistic, plan, progress

__all__ = ["LOGISTIC", "LogisticRecipe", "logistic"]

LOGISTIC = MeasurementProtocol(
    name="logistic",
    title="Logistic regression trained in the memory of an array",
    recipe=LogisticRecipe,
    row=TrainingRow,
    run=logistic,
    plan=plan,
    summary=OnDemand("mho.protocols.logistic.results:summary"),
    figure=OnDemand("mho.protocols.logistic.figure:figure"),
    results=OnDemand("mho.protocols.logistic.results:results"),
    progress=progress,
)
