"""Results of XOR: patterns right, the smallest margin, and how well the weights were written."""

from collections.abc import Iterator
from math import isfinite

import pandas as pd

from mho.merit.reporting import COUNT, RATIO, measured, outcome, taken_from
from mho.protocols.breakdown import breakdown_notes
from mho.protocols.quoting import limited_reads
from mho.protocols.xor.recipe import XorRecipe
from mho.protocols.xor.row import Phase, Verdict
from mho.quantities import FRACTION, SECOND
from mho.result import Result
from mho.summary import Summary

_SUMS = ("hidden_1", "hidden_2", "output_sum")
_MISSED = 3
"""Tolerances beyond which a cell is named."""
_TIMES = {Phase.INFERENCE: "", Phase.LATER: "later"}


def inferences(rows: pd.DataFrame, phase: Phase) -> pd.DataFrame:
    """The four patterns, with ``right`` and ``margin`` (the nearest of all sums to 0)."""
    part = rows[rows["phase"] == phase].dropna(subset=list(_SUMS))
    sums = part[list(_SUMS)].abs()
    right = (part["output_sum"] > 0) == (part["expected"] == 1)
    return part.assign(right=right, margin=sums.min(axis=1))


def weights_missed(
    rows: pd.DataFrame, recipe: XorRecipe, phase: Phase = Phase.WEIGHT
) -> pd.DataFrame:
    """The cells as read when all were written, or later, with ``error`` in parts of the range."""
    part = rows[rows["phase"] == phase].dropna(subset=["conductance"])
    return part.assign(error=(part["conductance"] - part["target"]) / recipe.range.span)


def missed_cells(rows: pd.DataFrame, recipe: XorRecipe) -> list[str]:
    """Cells that are off by more than three tolerances: ``r0c1 (5.1 % off)``."""
    cells = weights_missed(rows, recipe)
    off = cells[cells["error"].abs() > _MISSED * recipe.tolerance]
    return _named(off, "off")


def lost_cells(rows: pd.DataFrame, recipe: XorRecipe) -> list[str]:
    """Cells that moved by more than three tolerances at rest: ``r0c1 (-12 % in 20 s)``."""
    cells = weights_missed(rows, recipe).set_index(["row", "column"])
    kept = weights_missed(rows, recipe, Phase.KEPT).set_index(["row", "column"])
    moved = (kept["error"] - cells["error"]).dropna().reset_index()
    off = moved[moved["error"].abs() > _MISSED * recipe.tolerance]
    return _named(off, f"in {SECOND.show(recipe.hold)}")


def _named(cells: pd.DataFrame, what: str) -> list[str]:
    return [
        f"r{row}c{column} ({FRACTION.show(float(f'{error:.2g}'))} {what})"
        for row, column, error in zip(cells["row"], cells["column"], cells["error"], strict=True)
    ]


def summary(rows: pd.DataFrame, recipe: XorRecipe) -> Summary:
    """What the network says to each pattern, at once and later; cells that are off."""
    lines = []
    for phase in _TIMES:
        for _, one in inferences(rows, phase).iterrows():
            lines.append(
                (
                    str(phase),
                    f"{int(one['input_1'])} {int(one['input_2'])}",
                    str(int(one["expected"])),
                    str(int(one["output_sum"] > 0)),
                    f"{one['output_sum']:.3f}",
                    f"{one['margin']:.3f}",
                )
            )
    cells = weights_missed(rows, recipe)
    notes = [
        "output: sum in weights, above 0 is 1; margin: the nearest of hidden sums and output to 0"
    ]
    if len(cells):
        worst = float(cells["error"].abs().max())
        notes.append(f"worst weight: {FRACTION.show(float(f'{worst:.2g}'))} of the range off")
    missed = missed_cells(rows, recipe)
    if missed:
        notes.append(
            f"cells that do not hold their weight: {', '.join(missed)}: written once more "
            "(passes) if half-selection moved them; else they cannot take it"
        )
    lost = lost_cells(rows, recipe)
    if lost:
        notes.append(f"cells that do not keep their weight: {', '.join(lost)}")
    if recipe.hold:
        notes.append(f"later: after {SECOND.show(recipe.hold)} at rest")
    bursts = rows[rows["phase"] == Phase.WRITE]
    if len(bursts):
        notes.append(f"{len(bursts)} bursts, {int(bursts['pulses'].abs().sum())} pulses")
    if not (rows["verdict"] == Verdict.COMPLETE).any():
        notes.append("the run ended before the last inference")
    notes += breakdown_notes(rows)
    return Summary(
        title="XOR by two layers",
        headers=("when", "inputs", "expected", "said", "output", "margin"),
        rows=tuple(lines),
        notes=(*notes, *limited_reads(rows)),
    )


def results(rows: pd.DataFrame, recipe: XorRecipe) -> Iterator[Result]:
    """Patterns right and margin, at once and later; worst weight; bursts a cell."""
    for phase, part in _TIMES.items():
        found = inferences(rows, phase)
        if not len(found):
            continue
        source = taken_from(rows[rows["phase"] == phase], "inferences")
        yield measured(
            "patterns_right",
            COUNT,
            float(found["right"].sum()),
            method="of four",
            source=source,
            part=part,
        )
        yield measured(
            "smallest_margin",
            RATIO,
            float(found["margin"].min()),
            method="the nearest of all sums to 0, in weights",
            source=source,
            part=part,
        )
    cells = weights_missed(rows, recipe)
    worst = float(cells["error"].abs().max()) if len(cells) else float("nan")
    yield measured(
        "worst_weight",
        RATIO,
        worst if isfinite(worst) else None,
        method="largest |conductance - target| over the range, when all were written",
        source=taken_from(cells, "cells"),
        why="the weights were not read",
    )
    bursts = rows[rows["phase"] == Phase.WRITE]
    yield measured(
        "bursts_per_cell",
        RATIO,
        len(bursts) / 9,
        method="bursts over cells",
        source=f"{len(bursts)} bursts",
    )
    yield measured(
        "cells_missed",
        COUNT,
        float(len(missed_cells(rows, recipe))) if len(cells) else None,
        method="cells off by more than three tolerances",
        source=taken_from(cells, "cells"),
        why="the weights were not read",
    )
    kept = weights_missed(rows, recipe, Phase.KEPT)
    yield measured(
        "cells_lost",
        COUNT,
        float(len(lost_cells(rows, recipe))) if len(cells) and len(kept) else None,
        method="cells that move by more than three tolerances at rest",
        source=taken_from(kept, "cells"),
        why="the weights were not read after a time at rest",
    )
    good = inferences(rows, Phase.INFERENCE)
    word = None
    if len(good) == 4:
        word = "XOR" if bool(good["right"].all()) else "not XOR"
    yield outcome(word, source=f"{len(rows)} rows")
