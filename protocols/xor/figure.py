"""The figure of XOR, from its rows alone."""

import pandas as pd

from mho.figure import Axis, Figure, Line, Panel, Tile
from mho.protocols.xor.recipe import XorRecipe
from mho.protocols.xor.results import inferences, weights_missed
from mho.protocols.xor.row import Phase
from mho.quantities import FRACTION


def figure(rows: pd.DataFrame, recipe: XorRecipe) -> Figure:
    """The map of what the weights are off, and the outputs for the four patterns."""
    cells = weights_missed(rows, recipe)
    tiles = tuple(
        Tile(int(row), int(column), float(error), f"r{int(row)}c{int(column)}")
        for row, column, error in zip(cells["row"], cells["column"], cells["error"], strict=True)
    )
    outputs = []
    for series, (phase, label) in enumerate(((Phase.INFERENCE, "at once"), (Phase.LATER, "later"))):
        found = inferences(rows, phase)
        if len(found):
            outputs.append(
                Line(
                    x=[2 * a + b for a, b in zip(found["input_1"], found["input_2"], strict=True)],
                    y=found["output_sum"].to_list(),
                    series=series,
                    label=label,
                    style="points" if series == 0 else "open",
                )
            )
    return Figure(
        title="XOR by two layers",
        panels=(
            Panel(
                x=Axis("column"),
                y=Axis("row"),
                tiles=tiles,
                coloured=Axis("off, of the range", FRACTION),
                height=1.4,
            ),
            Panel(
                x=Axis("inputs as a number: 00, 01, 10, 11"),
                y=Axis("output, in weights"),
                lines=tuple(outputs),
                height=1.4,
                beside=True,
            ),
        ),
    )
