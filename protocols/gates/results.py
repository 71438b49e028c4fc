"""Results of logic gates in memory: which patterns each gate gets right, by epoch."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from mho.merit.reporting import RATIO, measured, taken_from
from mho.protocols.array_training import Verdict
from mho.protocols.breakdown import breakdown_notes
from mho.protocols.doubtful_cells import doubts
from mho.protocols.gates.recipe import GATES, GatesRecipe, task_of
from mho.protocols.quoting import NONE, limited_reads
from mho.protocols.training_results import said, training_results
from mho.protocols.training_weights import weights
from mho.result import Result
from mho.summary import Summary


def right_from(rows: pd.DataFrame, recipe: GatesRecipe) -> dict[str, int | None]:
    """The epoch from which on each gate gets all four patterns right; None: it does not."""
    task, found = task_of(recipe), weights(rows, recipe)
    epochs = sorted(found)
    answers: dict[str, int | None] = {}
    for number, gate in enumerate(GATES):
        good = [
            bool(np.all(said(task, found[epoch], recipe)[:, number] == task.labels[:, number]))
            for epoch in epochs
        ]
        wrong = [epoch for epoch, is_good in zip(epochs, good, strict=True) if not is_good]
        after = [epoch for epoch in epochs if not wrong or epoch > wrong[-1]]
        answers[gate] = after[0] if after else None
    return answers


def summary(rows: pd.DataFrame, recipe: GatesRecipe) -> Summary:
    """For each gate what it makes of 00, 01, 10, 11 in the end, and since when that is right."""
    task, found = task_of(recipe), weights(rows, recipe)
    since = right_from(rows, recipe)
    lines = []
    for number, gate in enumerate(GATES):
        if not found:
            break
        made = said(task, found[max(found)], recipe)[:, number]
        wanted = task.labels[:, number]
        epoch = since[gate]
        lines.append(
            (
                gate,
                " ".join(str(int(one)) for one in wanted),
                " ".join(str(int(one)) for one in made),
                NONE if epoch is None else str(epoch),
            )
        )
    notes = ["for 00, 01, 10, 11; right from: the epoch after which no pattern is wrong any more"]
    notes += doubts(rows, recipe, task)
    notes += breakdown_notes(rows)
    if not (rows["verdict"] == Verdict.COMPLETE).any():
        notes.append("the run ended before the last epoch")
    return Summary(
        title="Logic gates in memory",
        headers=("gate", "wanted", "learnt", "right from"),
        rows=tuple(lines),
        notes=(*notes, *limited_reads(rows)),
    )


def results(rows: pd.DataFrame, recipe: GatesRecipe) -> Iterator[Result]:
    """The results of a training, and since when each gate is right (epochs)."""
    yield from training_results(rows, recipe, task_of(recipe))
    for gate, epoch in right_from(rows, recipe).items():
        yield measured(
            "right_from_epoch",
            RATIO,
            None if epoch is None else float(epoch),
            method="epoch after which no pattern is wrong any more",
            source=taken_from(rows, "outputs and weights"),
            part=gate,
            why="a pattern is wrong after the last epoch",
        )
