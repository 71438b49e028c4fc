"""The operator's choices for logistic regression in memory, and the vectors that they mean."""

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


class LogisticRecipe(TrainingSettings):
    """A recipe for logistic regression. Units in files, SI floats in code.

    Vectors of two numbers from -1 to 1; the label says on which side of a line through 0 one lies.
    The weight of an input is the difference of its two cells.
    """

    vectors: int = Field(default=1000, ge=4, le=1_000_000, description="in the training set")
    label_noise: float = Field(
        default=0.0,
        ge=0,
        description="distance from the line at which a label is right in 73 % of cases only; 0: "
        "every label is right",
    )


def task_of(recipe: LogisticRecipe) -> Task:
    """The vectors and labels; drawn from the seed of the recipe."""
    rng = np.random.default_rng([recipe.seed, 0])
    vectors = rng.uniform(-1.0, 1.0, (recipe.vectors, 2))
    angle = rng.uniform(0.0, 2.0 * np.pi)
    side = vectors @ np.array([np.cos(angle), np.sin(angle)])
    if recipe.label_noise:
        chance = 1.0 / (1.0 + np.exp(-side / recipe.label_noise))
        labels = rng.random(recipe.vectors) < chance
    else:
        labels = side > 0
    return Task(vectors=vectors, labels=labels.astype(float)[:, None], pairs=True)


@ends_at_breakdown(broken, gate_lines)
def logistic(bench: Bench, recipe: LogisticRecipe) -> Iterator[TrainingRow]:
    """Train; one row a vector, and after each epoch one a cell. Raises as the bench does."""
    return train(bench, recipe, task_of(recipe))


def plan(recipe: LogisticRecipe, profile: DeviceProfile) -> Plan:
    """Every product and outer product, at its worst."""
    return training_plan(recipe, task_of(recipe), profile)


def progress(row: TrainingRow, recipe: LogisticRecipe) -> tuple[float, str]:
    """Share of epochs that are done."""
    return training_progress(row, recipe)
