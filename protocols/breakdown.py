"""How a protocol that writes through a gate ends where the gate breaks down; see `gate_watch`."""

from collections.abc import Callable, Generator, Iterator
from functools import wraps
from typing import TYPE_CHECKING, TypeVar

from mho.bench import Bench
from mho.protocols.gate_watch import IN_A_ROW, Watch
from mho.protocols.watched_bench import WatchedBench

if TYPE_CHECKING:  # slow to import, and not needed to measure
    import pandas as pd

BREAKDOWN = "breakdown"
"""The verdict of the row that ends such a run, in every protocol."""


def watched(bench: Bench, lines: tuple[str, ...] = ()) -> tuple[Bench, Watch | None]:
    """The bench to measure with, and what watches it; None where nobody looks for a breakdown.

    That is a device that is read where it is written, for it conducts what its state lets it, or
    one whose profile names no factor. ``lines`` are the gate lines of an array.
    """
    profile = bench.profile
    if profile.breakdown_factor is None or profile.read_terminal == profile.write_at:
        return bench, None
    watch = Watch(profile.breakdown_factor, profile.sound_leakage)
    return WatchedBench(bench, watch, lines), watch


Row = TypeVar("Row")
Recipe = TypeVar("Recipe")
Measure = Callable[[Bench, Recipe], Iterator[Row]]


def ends_at_breakdown(
    broken: Callable[[Row], Row], lines: Callable[..., tuple[str, ...]] = lambda _: ()
) -> Callable[[Measure[Recipe, Row]], Measure[Recipe, Row]]:
    """Make a protocol end with the first row after a breakdown, which ``broken`` gives its verdict.

    ``lines`` says of a recipe which are the gate lines of an array.
    """

    def around(measure: Measure[Recipe, Row]) -> Measure[Recipe, Row]:
        @wraps(measure)
        def measured(bench: Bench, recipe: Recipe) -> Iterator[Row]:
            at_bench, watch = watched(bench, lines(recipe))
            rows = measure(at_bench, recipe)
            try:
                for row in rows:
                    if watch is not None and watch.is_broken:
                        yield broken(row)
                        return
                    yield row
            finally:
                if isinstance(rows, Generator):
                    rows.close()

        return measured

    return around


def breakdown_notes(rows: "pd.DataFrame") -> list[str]:
    """For a summary: that a run ended so."""
    if not (rows["verdict"] == BREAKDOWN).any():
        return []
    return [
        "the run ended early: breakdown, the written terminal conducted breakdown_factor of the "
        f"device times what it did before, {IN_A_ROW} pulses in a row"
    ]
