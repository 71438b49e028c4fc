"""Results of a symmetric point: where the pairs of each start lead, and whether they agree."""

from collections.abc import Iterator
from functools import partial

import numpy as np
import pandas as pd

from mho.merit.alternation import AlternationLimit, alternation_limit
from mho.merit.estimate import Estimate
from mho.merit.reporting import measured, taken_from
from mho.merit.samples import NotEnoughData
from mho.protocols.breakdown import breakdown_notes
from mho.protocols.delivered import delivered_notes, delivered_results
from mho.protocols.quoting import INTERVALS, NONE, limited_reads, quoted, value_or_reason
from mho.protocols.symmetric_point.recipe import SymmetricPointRecipe
from mho.protocols.symmetric_point.row import Verdict
from mho.quantities import MICROSIEMENS, PERCENT
from mho.result import Result
from mho.summary import Summary


def limit_of(rows: pd.DataFrame, start: int) -> AlternationLimit:
    """Where the pairs of a start lead.

    Raises
    ------
    NotEnoughData
        Fewer than eight complete pairs.
    """
    part = rows[rows["start"] == start].sort_values("pulse")
    return alternation_limit(part["conductance"])


def summary(rows: pd.DataFrame, recipe: SymmetricPointRecipe) -> Summary:
    """One line a start: from where, to where, and whether the pairs still moved at the end."""
    reasons: list[str] = []
    lines = []
    for index, start in enumerate(recipe.starts):
        part = rows[rows["start"] == index].sort_values("pulse")
        if not len(part):
            continue
        found = value_or_reason(partial(limit_of, rows, index), reasons)
        first = float(MICROSIEMENS.of(part["conductance"].iloc[0]))
        lines.append(
            (
                start.name,
                str(len(part) // 2),
                f"{first:.4g}",
                NONE if found is None else quoted(found.conductance, MICROSIEMENS),
                NONE if found is None else ("yes" if found.settled else "no"),
            )
        )
    notes = [
        "symmetric point: mean of the second half of the pairs; settled: its two halves agree; "
        f"{INTERVALS}; pairs count as alike as they are seen to be"
    ]
    apart = _apart(rows, recipe)
    if apart is not None:
        notes.append(f"the starts lead to points that are {PERCENT.of(apart):.2g} % apart")
    if (rows["verdict"] == Verdict.CONTACT_LOST).any():
        notes.append("the run ended early: contact lost")
    notes += breakdown_notes(rows)
    return Summary(
        title="Symmetric point",
        headers=("start", "pairs", "first read (uS)", "symmetric point (uS)", "settled"),
        rows=tuple(lines),
        notes=(*notes, *delivered_notes(rows), *limited_reads(rows), *reasons),
    )


def results(rows: pd.DataFrame, recipe: SymmetricPointRecipe) -> Iterator[Result]:
    """The symmetric point of each start (S); how far apart they are, a part of their mean."""
    for index, start in enumerate(recipe.starts):
        part = rows[rows["start"] == index]
        yield measured(
            "symmetric_point",
            "S",
            partial(_settled, rows, index),
            method="mean of the second half of alternating single up and down pulses",
            source=taken_from(part, "reads"),
            part=start.name,
        )
    if len(recipe.starts) > 1:
        yield measured(
            "starts_apart",
            "1",
            _apart(rows, recipe),
            method="largest less smallest symmetric point over their mean",
            source=taken_from(rows, "reads"),
            why="not every start led to a point where pairs no longer move",
        )
    yield from delivered_results(rows)


def _settled(rows: pd.DataFrame, start: int) -> Estimate:
    found = limit_of(rows, start)
    if not found.settled:
        raise NotEnoughData("the pairs still move: the symmetric point lies further on")
    return found.conductance


def _apart(rows: pd.DataFrame, recipe: SymmetricPointRecipe) -> float | None:
    points = []
    for index in range(len(recipe.starts)):
        try:
            found = limit_of(rows, index)
        except NotEnoughData:
            return None
        if not found.settled:
            return None
        points.append(found.conductance.value)
    if len(points) < 2:
        return None
    return float((max(points) - min(points)) / np.mean(points))
