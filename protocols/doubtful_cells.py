"""Cells of a trained array that what was learnt cannot count on, each with what it does."""

import numpy as np
import pandas as pd

from mho.protocols.array_training import Task, TrainingSettings
from mho.protocols.cell_responses import CellResponse, responses
from mho.protocols.training_weights import kept_weights, weights
from mho.quantities import FRACTION, SECOND

_CONDUCTS = 0.5
"""Of the lowest conductance of the range: a cell below does not conduct."""
_KEEPS = 0.02
"""Of the range: a cell that moves further at rest does not keep its weight."""
_STAYS = 0.02
"""Of the range: a cell that moved less altogether has stayed where it was."""
_FINE = 0.1
"""Of the argument of the logistic function, moved by a pulse: coarse above."""


def doubtful_cells(rows: pd.DataFrame, settings: TrainingSettings, task: Task) -> list[str]:
    """Cells that do not conduct, follow their pulses or keep their weight: ``r0c1 (stays at ...)``.

    Each with the first of these that holds.
    """
    found = _doubted(rows, settings, task)
    return [f"r{row}c{column} ({what})" for (row, column), what in found.items()]


def doubted_places(
    rows: pd.DataFrame, settings: TrainingSettings, task: Task
) -> frozenset[tuple[int, ...]]:
    """Row and column of these."""
    return frozenset(_doubted(rows, settings, task))


def _doubted(
    rows: pd.DataFrame, settings: TrainingSettings, task: Task
) -> dict[tuple[int, ...], str]:
    found, kept = weights(rows, settings), kept_weights(rows, settings)
    if not found:
        return {}
    stack = np.array([found[epoch] for epoch in sorted(found)])
    last, travelled = stack[-1], np.ptp(stack, axis=0)
    span, low = settings.range.span, settings.range.lowest
    answers = {(one.row, one.column): one for one in responses(rows, settings, task)}
    told = dict[tuple[int, ...], str]()
    for cell in np.ndindex(*last.shape):
        answer = answers.get(cell)
        if last[cell] < _CONDUCTS * low:
            what = "conducts next to nothing"
        elif answer is not None and not answer.follows:
            stays = travelled[cell] < _STAYS * span
            what = f"stays at {1e6 * last[cell]:.4g} uS" if stays else _slow(answer)
        elif kept is not None and abs(kept[cell] - last[cell]) > _KEEPS * span:
            moved = float(f"{(kept[cell] - last[cell]) / span:.2g}")
            what = f"moves by {FRACTION.show(moved)} of the range in {SECOND.show(settings.hold)}"
            what += " at rest"
        else:
            continue
        told[cell] = what
    return told


def _slow(answer: CellResponse) -> str:
    size = abs(answer.step) if np.isfinite(answer.error) else answer.thrown
    share = size / answer.usual if answer.usual > 0 else 0.0
    return f"a pulse moves it {share:.2g} times as far as the others"


def coarse_cells(rows: pd.DataFrame, settings: TrainingSettings, task: Task) -> list[str]:
    """Cells whose steps are too coarse to learn with: ``r0c1 (58 states)``."""
    span = settings.range.span
    return [
        f"r{one.row}c{one.column} (some {span / one.thrown:.2g} states)"
        for one in responses(rows, settings, task)
        if np.isfinite(one.thrown) and settings.slope * one.thrown > _FINE * span
    ]


def doubts(rows: pd.DataFrame, settings: TrainingSettings, task: Task) -> list[str]:
    """Notes for a summary; none of sound cells."""
    notes = []
    doubtful = doubtful_cells(rows, settings, task)
    if doubtful:
        notes.append(
            f"cells that do not take their weight: {', '.join(doubtful)}: what was learnt does "
            "not count on them"
        )
    coarse = coarse_cells(rows, settings, task)
    if coarse:
        notes.append(
            f"cells whose steps are coarse: {', '.join(coarse)}: a pulse moves the argument of the "
            "logistic function by over a fifth, so what is learnt wanders"
        )
    return notes
