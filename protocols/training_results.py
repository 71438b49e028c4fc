"""What rows of a training tell: accuracy and weights by epoch, and cells that do not move."""

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from mho.merit.estimate import Estimate
from mho.merit.proportion import WILSON, proportion
from mho.merit.reporting import RATIO, measured, taken_from
from mho.protocols.array_lines import Floats
from mho.protocols.array_training import Phase, Task, TrainingSettings
from mho.result import Result

_AT_END = 0.02
"""A cell within this part of the range of an end, epoch after epoch, is named."""

_UNMOVED = 1e-9


def weights(rows: pd.DataFrame, settings: TrainingSettings) -> Mapping[int, Floats]:
    """Conductances (S) after each epoch whose cells were all read, shape (rows, columns)."""
    found = {}
    shape = len(settings.lines.reads), len(settings.lines.columns)
    cells = rows[rows["phase"] == Phase.WEIGHT]
    for epoch, part in cells.groupby("epoch", sort=True):
        table = np.full(shape, np.nan)
        table[part["row"].to_numpy(int), part["column"].to_numpy(int)] = part["conductance"]
        if np.isfinite(table).all():
            found[int(str(epoch))] = table
    return found


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


def doubtful_cells(rows: pd.DataFrame, settings: TrainingSettings) -> list[str]:
    """Cells that stay where they were, or at an end of the range: ``r0c1 (stays at 49.8 uS)``."""
    found = weights(rows, settings)
    if len(found) < 2:
        return []
    stack = np.array([found[epoch] for epoch in sorted(found)])
    span, low, high = settings.range.span, settings.range.lowest, settings.range.highest
    travelled = np.ptp(stack, axis=0)
    scatter = np.median(np.abs(np.diff(stack, axis=0)), axis=0)
    typical = float(np.median(travelled))
    told = []
    for row, column in np.ndindex(*travelled.shape):
        last = float(stack[-1, row, column])
        at_end = min(abs(last - low), abs(high - last)) < _AT_END * span
        still = travelled[row, column] < max(0.1 * typical, _UNMOVED * span)
        if still or (at_end and travelled[row, column] <= 4 * scatter[row, column]):
            told.append(f"r{row}c{column} (stays at {1e6 * last:.4g} uS)")
    return told


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
        float(len(doubtful_cells(rows, settings))) if len(found) > 1 else None,
        method="cells that stay where they were, or at an end of the range",
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
