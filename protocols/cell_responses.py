"""What each cell of a trained array answers to the pulses it was given, and which do not answer.

A cell of which input and error ask for ``net`` pulses more up than down in an epoch, of ``all``
pulses, should move by net times the step of a pulse. Slots are drawn by chance, so the variance of
its motion is about that of ``all`` steps. Least squares over the epochs gives the step of each cell
with its error; a cell is named where its step lies below a third of the usual one by three
standard errors. Of a cell that was asked for little nothing is said, and pulses that push one
further into an end of the range do not count. How large a step is, whatever its direction, is also
told by how far the cell is thrown about, if there are some epochs: a sound cell by half of the
usual step or more (for it is driven back where it errs), a stuck one not at all.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from mho.protocols.array_lines import Floats
from mho.protocols.array_training import Phase, Task, TrainingSettings
from mho.protocols.training_weights import weights

_SCATTER = 1.25
"""Standard deviation of a pulse's motion, in steps: by chance of the slots, and of the step."""
_READ = 2e-3
"""Of the range: how well the conductance of a cell is known."""
_NEAR_END = 0.1
_TOO_SMALL = 1 / 3
_SURE = 3.0
_KNOWN = 6.0
"""Standard errors that a step must lie off 0, if the cell is a usual one, to count for what is
usual."""
_EPOCHS = 6
_THROWN = 0.25
"""Of the usual step: a cell that is thrown less does not follow."""
_LOUD = 10.0
"""Of the variance of reads, that of the usual motion has to be, for a cell to be judged by it."""


class CellResponse(NamedTuple):
    """Of the cell in this row and column.

    Siemens by a pulse with its standard error (infinite where too little was asked for), and what
    is usual; ``thrown`` is the size of a pulse's motion, infinite where that is not known.
    """

    row: int
    column: int
    step: float
    error: float
    usual: float
    thrown: float

    @property
    def follows(self) -> bool:
        """Whether it may be a cell as the others, by all that is known."""
        pushed = self.step + _SURE * self.error >= _TOO_SMALL * self.usual
        return pushed and self.thrown >= _THROWN * self.usual


def asked(
    rows: pd.DataFrame, settings: TrainingSettings, task: Task
) -> Mapping[int, tuple[Floats, Floats]]:
    """By epoch: pulses up less those down, and all; on the average, shape (rows, columns)."""
    found = {}
    said = rows[rows["phase"] == Phase.VECTOR]
    outputs, inputs = task.labels.shape[1], task.vectors.shape[1]
    for epoch, part in said.groupby("epoch", sort=True):
        whole = part.sort_values(["vector", "output"])
        whole = whole.iloc[: len(whole) // outputs * outputs]
        vectors = np.ones((len(whole) // outputs, inputs))
        vectors[:, :2] = whole[["input_1", "input_2"]].to_numpy(float)[::outputs]
        errors = (whole["label"] - whole["probability"]).to_numpy(float).reshape(-1, outputs)
        columns = np.array([task.errors(one) for one in errors])
        vectors, columns = np.clip(vectors, -1, 1), np.clip(columns, -1, 1)
        slots = settings.time_slots
        found[int(str(epoch))] = (
            slots * vectors.T @ columns,
            slots * np.abs(vectors).T @ np.abs(columns),
        )
    return found


def responses(
    rows: pd.DataFrame, settings: TrainingSettings, task: Task
) -> tuple[CellResponse, ...]:
    """Of every cell, row by row; none before an epoch is over."""
    conductance, pulses = weights(rows, settings), asked(rows, settings, task)
    epochs = [one for one in sorted(pulses) if one in conductance and one - 1 in conductance]
    if not epochs:
        return ()
    before = np.array([conductance[one - 1] for one in epochs])
    moved = np.array([conductance[one] for one in epochs]) - before
    net = np.array([pulses[one][0] for one in epochs])
    total = np.array([pulses[one][1] for one in epochs])
    low, high = settings.range.lowest, settings.range.highest
    near = _NEAR_END * settings.range.span
    outward = ((before > high - near) & (net > 0)) | ((before < low + near) & (net < 0))
    weight = np.where(outward, 0.0, 1.0 / (1.0 + total))
    power = (weight * net**2).sum(axis=0)
    step = (weight * net * moved).sum(axis=0) / np.maximum(power, 1e-30)
    known = np.sqrt(power) >= _KNOWN * _SCATTER
    usual = float(np.median(step[known])) if known.any() else 0.0
    read = 2 * (_READ * settings.range.span) ** 2
    variance = (_SCATTER * usual) ** 2 * total + read
    error = np.sqrt((weight**2 * net**2 * variance).sum(axis=0)) / np.maximum(power, 1e-30)
    error = np.where(known, error, np.inf)
    thrown = _thrown(np.where(outward, np.nan, moved), net, total, read, usual)
    return tuple(
        CellResponse(
            row, column, float(step[row, column]), float(error[row, column]), usual,
            float(thrown[row, column]),
        )
        for row, column in np.ndindex(*step.shape)
    )  # fmt: skip


def _thrown(moved: Floats, net: Floats, total: Floats, read: float, usual: float) -> Floats:
    """Size of a pulse's motion (S) from how far cells moved; NaN where that says nothing."""
    counts = np.isfinite(moved)
    count = counts.sum(axis=0)
    extent = np.where(counts, net**2 + _SCATTER**2 * total, 0.0).sum(axis=0)
    excess = np.nansum(moved**2, axis=0) - count * read
    size = np.sqrt(np.maximum(excess, 0.0) / np.maximum(extent, 1.0))
    largest = np.maximum(size, usual)
    is_known = (count >= _EPOCHS) & (largest**2 * extent >= _LOUD * count * read)
    return np.where(is_known, size, np.inf)
