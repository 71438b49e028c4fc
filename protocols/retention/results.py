"""Results of a retention run from its rows: table, figures of merit and progress."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from mho.merit.drift import Drift, drift
from mho.merit.retention import RetentionTime, relative_change, retention_time
from mho.merit.samples import FloatArray
from mho.merit.spread import spread
from mho.protocols.log_bins import log_bins
from mho.protocols.quoting import INTERVALS, NONE, limited_reads, quoted, value_or_reason
from mho.protocols.retention.recipe import RetentionRecipe
from mho.protocols.retention.row import End, Phase
from mho.quantities import FRACTION, MICROSIEMENS, PERCENT, SECOND, ScaledUnit
from mho.summary import Summary

THOUSANDTH = ScaledUnit("1e-3", 1e-3)


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelReads:
    """The recorded reads of one level; ages in s, conductances in S."""

    index: int
    name: str
    age: FloatArray
    conductance: FloatArray
    control_age: FloatArray
    control: FloatArray
    ended: str

    def law(self) -> Drift:
        """The drift law through all reads."""
        return drift(self.age, self.conductance)


def levels_of(rows: pd.DataFrame, recipe: RetentionRecipe) -> Iterator[LevelReads]:
    """The levels of a run, in their order."""
    for index, of_level in rows.groupby("level", sort=True):
        number = int(str(index))
        series = of_level[of_level["phase"] == Phase.RETENTION]
        control = of_level[of_level["phase"] != Phase.RETENTION]
        ended = of_level["end"][of_level["end"] != End.NOT_YET]
        yield LevelReads(
            index=number,
            name=recipe.levels[number].name,
            age=series["age"].to_numpy(np.float64),
            conductance=series["conductance"].to_numpy(np.float64),
            control_age=control["age"].to_numpy(np.float64),
            control=control["conductance"].to_numpy(np.float64),
            ended=str(ended.iloc[-1]) if len(ended) else "stopped",
        )


def summary(rows: pd.DataFrame, recipe: RetentionRecipe) -> Summary:
    """One line a level: mean, RSD, drift exponent, change, and whether the level held."""
    levels = list(levels_of(rows, recipe))
    notes = [
        "RSD: sd over mean of all reads of the level, not detrended; it grows with the time "
        f"read (here {SECOND.show(recipe.times.duration)}) where noise is slow",
        "nu: G = G0 (t/t0)^-nu, least squares of ln G on ln t over all reads; t from the end of "
        "the preparation",
        "held: means over whole decades of time stay within "
        f"{FRACTION.show(recipe.allowed_change)} of the first",
        "change: last tenth of the reads against the first tenth",
    ]
    if recipe.control is not None:
        notes.append(
            f"untouched: prepared again, {recipe.control.reads} reads against as many after "
            f"{SECOND.show(recipe.times.duration)} at 0 V without a read"
        )
    notes.append(
        f"{INTERVALS}; reads count as alike as they are seen to be, noise slower than all of them "
        "is taken as strong as the slowest seen"
    )
    if len(levels) < len(recipe.levels):
        notes.append(f"the run ended before {len(recipe.levels) - len(levels)} level(s) began")
    return Summary(
        title="Retention",
        headers=(
            "level",
            "mean (uS)",
            "RSD (%)",
            f"nu ({THOUSANDTH})",
            "change (%)",
            *(("untouched (%)",) if recipe.control is not None else ()),
            "held (s)",
            "reads",
            "ended",
        ),
        rows=tuple(_cells(level, recipe) for level in levels),
        notes=(*notes, *limited_reads(rows)),
    )


def merits(rows: pd.DataFrame, recipe: RetentionRecipe) -> dict[str, float]:
    """Over all levels: largest change and drift exponent, RSD, and the time (s) held by all."""
    levels = list(levels_of(rows, recipe))
    reasons: list[str] = []
    named: dict[str, list[float]] = {"change": [], "nu": [], "rsd": []}
    for level in levels:
        change = value_or_reason(
            partial(relative_change, level.age, level.conductance, share=0.1), reasons
        )
        law = value_or_reason(level.law, reasons)
        scatter = value_or_reason(partial(spread, level.conductance), reasons)
        named["change"] += [] if change is None else [change.change.value]
        named["nu"] += [] if law is None else [law.nu.value]
        named["rsd"] += [] if scatter is None else [scatter.relative]
    found = {
        f"largest_{name}": float(max(values, key=abs)) for name, values in named.items() if values
    }
    if named["rsd"]:
        found["median_rsd"] = float(np.median(named["rsd"]))
    held = [value_or_reason(partial(held_time, level, recipe), reasons) for level in levels]
    if held and None not in held:
        found["held_time"] = min(time for time in held if time is not None)
    return found


def _cells(level: LevelReads, recipe: RetentionRecipe) -> tuple[str, ...]:
    scatter = value_or_reason(partial(spread, level.conductance), [])
    law = value_or_reason(level.law, [])
    return (
        level.name,
        NONE if scatter is None else f"{MICROSIEMENS.of(scatter.mean.value):.4g}",
        NONE if scatter is None else f"{PERCENT.of(scatter.relative):.3g}",
        NONE if law is None else quoted(law.nu, THOUSANDTH),
        _change(level.age, level.conductance, share=0.1),
        *(
            (_change(level.control_age, level.control, share=0.5),)
            if recipe.control is not None
            else ()
        ),
        _held(level, recipe),
        str(len(level.age)),
        level.ended,
    )


def held_time(level: LevelReads, recipe: RetentionRecipe) -> float:
    """Time (s) for which a level stayed within the allowed change: until it left, or was read.

    Raises
    ------
    NotEnoughData
        Too few reads.
    """
    held = _retention(level, recipe)
    return held.time.low if held.failed else float(level.age[-1])


def _retention(level: LevelReads, recipe: RetentionRecipe) -> RetentionTime:
    means = log_bins(level.age, level.conductance, per_decade=1)
    return retention_time(*means, allowed_change=recipe.allowed_change)


def _held(level: LevelReads, recipe: RetentionRecipe) -> str:
    held = value_or_reason(partial(_retention, level, recipe), [])
    if held is None:
        return NONE
    if not held.failed:
        return f"> {level.age[-1]:.3g}"
    return f"{held.time.low:.3g} to {held.time.high:.3g}"


def _change(age: FloatArray, conductance: FloatArray, *, share: float) -> str:
    change = value_or_reason(partial(relative_change, age, conductance, share=share), [])
    return NONE if change is None else quoted(change.change, PERCENT)
