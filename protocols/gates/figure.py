"""The figure of logic gates in memory, from its rows alone."""

import numpy as np
import pandas as pd

from mho.figure import Axis, Figure, Line, Panel
from mho.protocols.doubtful_cells import doubted_places
from mho.protocols.gates.recipe import GATES, GatesRecipe, task_of
from mho.protocols.training_results import said
from mho.protocols.training_weights import weights
from mho.quantities import SIEMENS


def figure(rows: pd.DataFrame, recipe: GatesRecipe) -> Figure:
    """Patterns that each gate gets right, and the conductances of the cells, by epoch."""
    task, found = task_of(recipe), weights(rows, recipe)
    epochs = sorted(found)
    doubted = doubted_places(rows, recipe, task)
    good, cells = [], []
    for number, gate in enumerate(GATES):
        counts = [
            int(np.sum(said(task, found[epoch], recipe)[:, number] == task.labels[:, number]))
            for epoch in epochs
        ]
        good.append(Line(x=epochs, y=counts, series=number, label=gate, style="steps"))
        for row in range(task.vectors.shape[1]):
            is_doubted = (row, number) in doubted
            label = f"r{row}c{number}, doubtful" if is_doubted else gate if row == 0 else ""
            cells.append(
                Line(
                    x=epochs,
                    y=[float(found[epoch][row, number]) for epoch in epochs],
                    series=number,
                    label=label,
                    style="dashed" if is_doubted else "line",
                )
            )
    return Figure(
        title="Logic gates in memory",
        panels=(
            Panel(
                x=Axis("epoch"),
                y=Axis("right, of four"),
                lines=tuple(good),
                height=1.2,
            ),
            Panel(
                x=Axis("epoch"),
                y=Axis("conductance", SIEMENS),
                lines=tuple(cells),
                height=1.6,
                legend="three cells of each gate",
                shared_x=True,
            ),
        ),
    )
