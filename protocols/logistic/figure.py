"""The figure of logistic regression in memory, from its rows alone."""

import numpy as np
import pandas as pd

from mho.figure import Axis, Figure, Line, Panel
from mho.protocols.doubtful_cells import doubted_places
from mho.protocols.logistic.recipe import LogisticRecipe, task_of
from mho.protocols.training_results import accuracies, software
from mho.protocols.training_weights import weights
from mho.quantities import FRACTION, SIEMENS

_MOST = 1000
"""Vectors that are drawn."""


def figure(rows: pd.DataFrame, recipe: LogisticRecipe) -> Figure:
    """The line that was learnt, accuracy and weights by epoch."""
    task, found = task_of(recipe), weights(rows, recipe)
    epochs = sorted(found)
    vectors, labels = task.vectors[:_MOST], task.labels[:_MOST, 0] > 0.5
    points = [
        Line(
            x=vectors[which, 0].tolist(),
            y=vectors[which, 1].tolist(),
            series=series,
            label=f"label {series}",
            style="points",
        )
        for series, which in enumerate((~labels, labels))
    ]
    if epochs:
        points += _line(found[epochs[-1]])
    reached = accuracies(rows, recipe, task)
    good, of = software(task)
    over = [
        Line(
            x=epochs,
            y=[reached[epoch].value for epoch in epochs],
            low=[reached[epoch].low for epoch in epochs],
            high=[reached[epoch].high for epoch in epochs],
            label="in memory",
            style="both",
        ),
        Line(x=epochs, y=[good / of] * len(epochs), series=None, label="software", style="dashed"),
    ]
    return Figure(
        title="Logistic regression in memory",
        panels=(
            Panel(x=Axis("first input"), y=Axis("second input"), lines=tuple(points), height=2.0),
            Panel(x=Axis("epoch"), y=Axis("accuracy", FRACTION), lines=tuple(over), height=1.2),
            Panel(
                x=Axis("epoch"),
                y=Axis("conductance", SIEMENS),
                lines=tuple(cell_lines(rows, recipe)),
                height=1.2,
                legend="cell",
                shared_x=True,
            ),
        ),
    )


def cell_lines(rows: pd.DataFrame, recipe: LogisticRecipe) -> list[Line]:
    """A line a cell: its conductance by epoch."""
    found = weights(rows, recipe)
    epochs = sorted(found)
    if not epochs:
        return []
    doubted = doubted_places(rows, recipe, task_of(recipe))
    return [
        Line(
            x=epochs,
            y=[float(found[epoch][cell]) for epoch in epochs],
            series=number,
            label=f"r{cell[0]}c{cell[1]}" + (", doubtful" if cell in doubted else ""),
            style="dashed" if cell in doubted else "line",
        )
        for number, cell in enumerate(np.ndindex(*found[epochs[0]].shape))
    ]


def _line(conductance: np.ndarray) -> list[Line]:
    """Where the array says neither: inside the square."""
    w = conductance[:, 0] - conductance[:, 1]
    size = float(np.hypot(*w))
    if size == 0.0:
        return []
    along = np.array([-w[1], w[0]]) / size
    reach = 1.0 / max(abs(along).max(), 1e-12)
    ends = np.array([-reach, reach])
    return [
        Line(
            x=(ends * along[0]).tolist(),
            y=(ends * along[1]).tolist(),
            series=None,
            label="learnt",
        )
    ]
