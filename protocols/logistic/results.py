"""Results of logistic regression in memory: accuracy by epoch, beside software."""

from collections.abc import Iterator

import pandas as pd

from mho.protocols.array_training import Verdict
from mho.protocols.breakdown import breakdown_notes
from mho.protocols.doubtful_cells import doubts
from mho.protocols.logistic.recipe import LogisticRecipe, task_of
from mho.protocols.quoting import INTERVALS, limited_reads, quoted
from mho.protocols.training_results import (
    accuracies,
    software,
    training_results,
)
from mho.quantities import PERCENT
from mho.result import Result
from mho.summary import Summary

_SHOWN = (0, 1, 2, 5, 12)


def summary(rows: pd.DataFrame, recipe: LogisticRecipe) -> Summary:
    """Accuracy after some epochs, that of software, and cells that do not do their part."""
    task = task_of(recipe)
    found = accuracies(rows, recipe, task)
    shown = [epoch for epoch in found if epoch in _SHOWN or epoch == max(found)]
    lines = [
        ("before training" if not epoch else str(epoch), quoted(found[epoch], PERCENT))
        for epoch in shown
    ]
    good, of = software(task)
    lines.append(("software", f"{PERCENT.of(good / of):.4g}"))
    notes = [
        f"accuracy: labels of the {recipe.vectors} vectors that the weights, as read, get right; "
        f"software: the line of maximum likelihood; {INTERVALS}"
    ]
    notes += doubts(rows, recipe, task)
    notes += breakdown_notes(rows)
    if not (rows["verdict"] == Verdict.COMPLETE).any():
        notes.append("the run ended before the last epoch")
    return Summary(
        title="Logistic regression in memory",
        headers=("epoch", "accuracy (%)"),
        rows=tuple(lines),
        notes=(*notes, *limited_reads(rows)),
    )


def results(rows: pd.DataFrame, recipe: LogisticRecipe) -> Iterator[Result]:
    """Accuracy before, after the first and the last epoch, of software; doubtful cells."""
    return training_results(rows, recipe, task_of(recipe))
