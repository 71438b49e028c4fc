"""What rows of a training tell: accuracy by epoch, beside software, and cells to be doubted."""

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from mho.merit.estimate import Estimate
from mho.merit.proportion import WILSON, proportion
from mho.merit.reporting import RATIO, measured, taken_from
from mho.protocols.array_lines import Floats
from mho.protocols.array_training import Task, TrainingSettings
from mho.protocols.doubtful_cells import coarse_cells, doubtful_cells
from mho.protocols.training_weights import weights
from mho.result import Result


def said(task: Task, conductance: Floats, settings: TrainingSettings) -> Floats:
    """What the array of these weights says to every vector, 0 or 1; shape of the labels."""
    flowing = settings.reads.voltage * task.vectors @ conductance
    signals = [
        task.signals(one, inputs, settings)
        for one, inputs in zip(flowing, task.vectors, strict=True)
    ]
    return (np.array(signals) > 0).astype(np.float64)


def right(task: Task, conductance: Floats, settings: TrainingSettings) -> tuple[int, int]:
    """How many labels it gets right, of how many."""
    found = said(task, conductance, settings) == task.labels
    return int(found.sum()), found.size


def software(task: Task) -> tuple[int, int]:
    """How many labels the line of maximum likelihood gets right; a small ridge keeps it finite."""
    good = 0
    for label in task.labels.T:
        w = np.zeros(task.vectors.shape[1])
        for _ in range(60):
            p = 1.0 / (1.0 + np.exp(-np.clip(task.vectors @ w, -50, 50)))
            bend = (task.vectors * (p * (1.0 - p))[:, None]).T @ task.vectors
            w = w + np.linalg.solve(
                bend + 1e-3 * np.eye(len(w)), task.vectors.T @ (label - p) - 1e-3 * w
            )
        good += int(((task.vectors @ w > 0) == (label > 0.5)).sum())
    return good, task.labels.size


def training_results(
    rows: pd.DataFrame, settings: TrainingSettings, task: Task
) -> Iterator[Result]:
    """Accuracy before, after the first and after the last epoch; beside software."""
    found = weights(rows, settings)
    source = taken_from(rows, "outputs and weights")
    for name, epoch in (
        ("accuracy_before", 0),
        ("accuracy_after_first_epoch", 1),
        ("accuracy", max(found, default=0)),
    ):
        value = proportion(*right(task, found[epoch], settings)) if epoch in found else None
        yield measured(
            name,
            RATIO,
            value,
            method=f"labels that the weights read after epoch {epoch} get right; {WILSON}",
            source=source,
            why="its weights were not read",
        )
    good, of = software(task)
    yield measured(
        "accuracy_of_software",
        RATIO,
        good / of,
        method="labels that the line of maximum likelihood gets right, on the same vectors",
        source="the vectors of the recipe",
    )
    yield measured(
        "doubtful_cells",
        RATIO,
        float(len(doubtful_cells(rows, settings, task))) if len(found) > 1 else None,
        method="cells that do not follow their pulses, do not conduct or do not keep their weight",
        source=source,
        why="it needs the weights of two epochs",
    )
    yield measured(
        "coarse_cells",
        RATIO,
        float(len(coarse_cells(rows, settings, task))) if len(found) > 1 else None,
        method="cells of which a pulse moves the argument of the logistic function by over a fifth",
        source=source,
        why="it needs the weights of two epochs",
    )


def accuracies(
    rows: pd.DataFrame, settings: TrainingSettings, task: Task
) -> Mapping[int, Estimate]:
    """By epoch, with Wilson intervals."""
    return {
        epoch: proportion(*right(task, cells, settings))
        for epoch, cells in weights(rows, settings).items()
    }
