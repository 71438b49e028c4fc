"""What each cell of a trained array answers to the pulses it was given, and which do not answer.

A cell of which input and error ask for ``net`` pulses more up than down in an epoch, of ``all``
pulses, should move by (net + asymmetry all) times the step of a pulse: pulses up may move cells
further than those down, by (1 + asymmetry)/(1 - asymmetry), which training makes good by asking for
fewer of them. The asymmetry is one of the array; that which suits all cells best is found by least
squares, and every other that is not two standard errors worse is given the benefit of the doubt.

Slots are drawn by chance, so the variance of a motion is about that of ``all`` steps, or more where
the residuals say so. A cell is named where its step lies below a third of the usual one by three
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
_TWO_READS = 2 * _READ**2
"""Variance of a motion, for it is the difference of two reads."""
_NEAR_END = 0.1
_TOO_SMALL = 1 / 3
_SURE = 3.0
_KNOWN = 6.0
"""Standard errors that a step must lie off 0, if the cell is a usual one, to count for what is
usual."""
_EPOCHS = 6
_THROWN = 0.2
"""Of the usual step: a cell that is thrown less does not follow."""
_ASYMMETRIES = np.linspace(-0.5, 0.5, 101)
"""From steps down three times as large as those up to the reverse."""
_PLAUSIBLE = 4.0
"""Of a sum of squares, in units of variance: two standard errors."""
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
    asked_for = Asked(
        moved=moved / settings.range.span,
        before=(before - settings.range.lowest) / settings.range.span,
        net=np.array([pulses[one][0] for one in epochs]),
        total=np.array([pulses[one][1] for one in epochs]),
    )
    return judged(asked_for, settings.range.span)


class Asked(NamedTuple):
    """Of every epoch and cell, shape (epochs, rows, columns).

    How far it moved and where it stood before, in parts of the range; pulses up less those down,
    and all.
    """

    moved: Floats
    before: Floats
    net: Floats
    total: Floats

    def variance(self, usual: float) -> Floats:
        """Of the motion, by chance of the slots and of the steps, and of its two reads."""
        return (_SCATTER * usual) ** 2 * self.total + _TWO_READS


class _Fitted(NamedTuple):
    """Steps of all cells if pulses up and down differ by an ``asymmetry``; shape (rows, columns).

    Parts of the range by a pulse, with standard errors (infinite where too little was asked for),
    how far the cell is thrown by a pulse, and the sum of squares that is left, in units of
    variance.
    """

    asymmetry: float
    step: Floats
    error: Floats
    thrown: Floats
    left: float


def judged(asked_for: Asked, span: float) -> tuple[CellResponse, ...]:
    """The best asymmetry, and for each cell the most that a plausible one grants it."""
    usual = _usual(_fitted(asked_for, 0.0, 0.0))
    for _ in range(2):  # variances depend on what is usual, and that on the asymmetry
        fits = [_fitted(asked_for, float(one), usual) for one in _ASYMMETRIES]
        best = min(fits, key=lambda fit: fit.left)
        usual = _usual(best)
    cells = best.step.size
    scale = max(1.0, best.left / max(asked_for.moved.size - cells - 1, 1))
    plausible = [fit for fit in fits if fit.left <= best.left + _PLAUSIBLE * scale]
    most = np.max([fit.step + _SURE * np.sqrt(scale) * fit.error for fit in plausible], axis=0)
    thrown = np.max([fit.thrown for fit in plausible], axis=0)
    return tuple(
        CellResponse(
            row=row,
            column=column,
            step=span * float(best.step[row, column]),
            error=span * float(most[row, column] - best.step[row, column]) / _SURE,
            usual=span * usual,
            thrown=span * float(thrown[row, column]),
        )
        for row, column in np.ndindex(*best.step.shape)
    )


def _usual(fit: _Fitted) -> float:
    """Median of the steps that are known."""
    known = fit.step[np.isfinite(fit.error)]
    return max(float(np.median(known)), 0.0) if len(known) else 0.0


def _fitted(asked_for: Asked, asymmetry: float, usual: float) -> _Fitted:
    """By least squares over the epochs, each cell for itself."""
    moved, before, total = asked_for.moved, asked_for.before, asked_for.total
    pushed = asked_for.net + asymmetry * total
    outward = ((before > 1 - _NEAR_END) & (pushed > 0)) | ((before < _NEAR_END) & (pushed < 0))
    weight = np.where(outward, 0.0, 1.0 / (1.0 + total))
    variance = asked_for.variance(usual)
    power = (weight * pushed**2).sum(axis=0)
    step = (weight * pushed * moved).sum(axis=0) / np.maximum(power, 1e-30)
    error = np.sqrt((weight**2 * pushed**2 * variance).sum(axis=0)) / np.maximum(power, 1e-30)
    known = np.sqrt(power) >= _KNOWN * _SCATTER
    squares = np.where(outward, 0.0, (moved - step * pushed) ** 2 / variance)
    thrown = _thrown(np.where(outward, np.nan, moved), pushed, total, usual)
    return _Fitted(asymmetry, step, np.where(known, error, np.inf), thrown, float(squares.sum()))


def _thrown(moved: Floats, pushed: Floats, total: Floats, usual: float) -> Floats:
    """Size of a pulse's motion from how far cells moved; infinite where that says nothing."""
    counts = np.isfinite(moved)
    count = counts.sum(axis=0)
    extent = np.where(counts, pushed**2 + _SCATTER**2 * total, 0.0).sum(axis=0)
    excess = np.nansum(moved**2, axis=0) - count * _TWO_READS
    size = np.sqrt(np.maximum(excess, 0.0) / np.maximum(extent, 1.0))
    largest = np.maximum(size, usual)
    is_known = (count >= _EPOCHS) & (largest**2 * extent >= _LOUD * count * _TWO_READS)
    return np.where(is_known, size, np.inf)
