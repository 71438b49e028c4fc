"""The operator's choices for logic gates in memory, and the patterns that they mean."""

from collections.abc import Iterator

import numpy as np
from pydantic import Field

from mho.bench import Bench, Plan
from mho.device.profile import DeviceProfile
from mho.protocols.array_training import (
    Task,
    TrainingRow,
    TrainingSettings,
    broken,
    gate_lines,
    train,
    training_plan,
    training_progress,
)
from mho.protocols.breakdown import ends_at_breakdown

GATES = ("AND", "OR", "NAND")
"""One a column."""


class GatesRecipe(TrainingSettings):
    """A recipe for logic gates. Units in files, SI floats in code.

    Rows: the two inputs, and a bias that is always 1. A weight is a conductance less that in the
    middle of the range.
    """

    epochs: int = Field(default=40, ge=1, le=10_000, description="times through all patterns")
    low: float = Field(
        default=-1.0, ge=-1, lt=1, description="what stands for 0 at an input; 1 stands for 1"
    )


def task_of(recipe: GatesRecipe) -> Task:
    """The four patterns and what each gate makes of them."""
    truth = np.array([[a, b] for a in (0, 1) for b in (0, 1)])
    both, either = truth.all(axis=1), truth.any(axis=1)
    labels = np.column_stack([both, either, ~both]).astype(float)
    inputs = np.where(truth == 1, 1.0, recipe.low)
    vectors = np.column_stack([inputs, np.ones(len(inputs))])
    return Task(vectors=vectors, labels=labels, pairs=False)


@ends_at_breakdown(broken, gate_lines)
def gates(bench: Bench, recipe: GatesRecipe) -> Iterator[TrainingRow]:
    """Train; one row a gate and pattern, and after each epoch one a cell. Raises as the bench."""
    return train(bench, recipe, task_of(recipe))


def plan(recipe: GatesRecipe, profile: DeviceProfile) -> Plan:
    """Every product and outer product, at its worst."""
    return training_plan(recipe, task_of(recipe), profile)


def progress(row: TrainingRow, recipe: GatesRecipe) -> tuple[float, str]:
    """Share of epochs that are done."""
    return training_progress(row, recipe)
