"""Results of a ladder from its rows: table, figures of merit and progress."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from math import isfinite

import numpy as np
import pandas as pd

from mho.merit.levels import level_separation
from mho.merit.relative_deviation import (
    RelativeDeviation,
    deviation_law,
    relative_deviation,
)
from mho.merit.reporting import (
    RATIO,
    Taken,
    attempt,
    counted,
    largest,
    measured,
    middle,
    outcome,
    taken_from,
)
from mho.merit.retention import relative_change
from mho.merit.samples import FloatArray
from mho.merit.slow_noise import mean_of_record
from mho.merit.spread import spread
from mho.protocols.delivered import as_pulses, delivered_notes, delivered_results
from mho.protocols.quoting import NONE, limited_reads, value_or_reason
from mho.protocols.reset_stop.recipe import ResetStopRecipe
from mho.protocols.reset_stop.row import End, Outcome, Phase
from mho.quantities import MICROSIEMENS, PERCENT, SECOND, SIEMENS, VOLT
from mho.result import Result
from mho.summary import Summary

_FEWEST_OF_TREND = 4

PAPER = "doi:10.3389/fnins.2025.1516971"


@dataclass(frozen=True, slots=True, kw_only=True)
class LadderLevel:
    """One level of a recorded ladder: its reads (S) at ``age`` s from the first of them.

    The reads are those of its retention where the recipe has one, else those that decided on it;
    ``source`` tells how many the current limit held.
    """

    number: int
    stop: float
    attempts: int
    gap: float
    age: FloatArray
    reads: FloatArray
    relative_spread: float
    source: Taken

    @property
    def conductance(self) -> float:
        """Mean of the reads."""
        return float(np.mean(self.reads))


def levels_of(rows: pd.DataFrame) -> Iterator[LadderLevel]:
    """The levels of a run, in the order in which they were made."""
    made = rows[rows["outcome"] == Outcome.LEVEL]
    before = 0
    for _, result in made.iterrows():
        attempt = int(result["attempt"])
        of_attempt = rows[rows["attempt"] == attempt]
        reads = of_attempt[of_attempt["phase"] == Phase.RETENTION]
        if len(reads) < 2:
            reads = of_attempt[of_attempt["phase"] == Phase.READ]
        conductances = reads["conductance"].to_numpy(np.float64)
        scatter = value_or_reason(partial(spread, conductances), [])
        times = reads["time"].to_numpy(np.float64)
        yield LadderLevel(
            number=int(result["level"]),
            stop=float(result["stop"]),
            attempts=attempt - before,
            gap=float(result["gap"]),
            age=times - times[0],
            reads=conductances,
            relative_spread=float("nan") if scatter is None else scatter.relative,
            source=taken_from(reads, "reads of the level"),
        )
        before = attempt


def deviation_of(level: LadderLevel, recipe: ResetStopRecipe) -> RelativeDeviation | None:
    """The RSD of its reads with its interval; None of fewer than four."""
    spans = recipe.retention or recipe.reads
    return attempt(partial(relative_deviation, level.reads, interval=spans.interval))[0]


def summary(rows: pd.DataFrame, recipe: ResetStopRecipe) -> Summary:
    """One line a level: stop voltage, conductance, RSD, gap to the level before."""
    levels = list(levels_of(rows))
    return Summary(
        title="Ladder of levels by RESET stop voltage",
        headers=("level", "stop (V)", "mean (uS)", "RSD (%)", "gap (uS)", "attempts"),
        rows=tuple(
            (
                str(level.number),
                f"{level.stop:.4g}",
                f"{MICROSIEMENS.of(level.conductance):.4g}",
                f"{PERCENT.of(level.relative_spread):.3g}",
                NONE if level.gap != level.gap else f"{MICROSIEMENS.of(level.gap):.3g}",
                str(level.attempts),
            )
            for level in levels
        ),
        notes=(
            *_notes(rows, recipe, levels),
            *limited_reads(rows[rows["phase"].isin([Phase.READ, Phase.RETENTION])]),
            *delivered_notes(ladder_pulses(rows)),
        ),
    )


def ladder_pulses(rows: pd.DataFrame) -> pd.DataFrame:
    """The pulses among the rows; nothing where the ladder is made by sweeps."""
    return as_pulses(rows[rows["sent"].notna()], "stop", "voltage", "current")


def results(rows: pd.DataFrame, recipe: ResetStopRecipe) -> Iterator[Result]:
    """Levels, highest and lowest of them (S), smallest gap (S), RSD and its trend with G.

    ``rsd_trend`` is the slope of ln RSD against ln G; negative where lower levels are noisier.
    """
    ended = rows["end"][rows["end"] != End.NOT_YET]
    yield outcome(str(ended.iloc[0]) if len(ended) else None, source=f"{len(rows)} rows")
    levels = list(levels_of(rows))
    reads = rows[rows["phase"].isin([Phase.READ, Phase.RETENTION])]
    source, of = taken_from(reads, "reads of levels"), f"of {len(levels)} levels"
    why = f"{len(levels)} levels were made"
    yield counted("levels", len(levels), method="count", source=source.text)
    deviations = [deviation_of(level, recipe) for level in levels]
    rsd = np.array([level.relative_spread for level in levels])
    known = [one.rsd for one in deviations if one is not None]
    means = [attempt(partial(mean_of_record, level.reads))[0] for level in levels]
    made = [one for one in means if one is not None]
    high = max(made, key=lambda one: one.value, default=None)
    low = min(made, key=lambda one: one.value, default=None)
    own = "mean of its reads, interval for reads as alike as they are seen to be"
    yield measured("highest", "S", high, method=f"highest {of}: {own}", source=source, why=why)
    yield measured("lowest", "S", low, method=f"lowest {of}: {own}", source=source, why=why)
    gaps = [level.gap for level in levels if isfinite(level.gap)]
    method = f"smallest of {len(gaps)}: min(reads before) - max(reads)"
    gap = min(gaps, default=None)
    yield measured("smallest_gap", "S", gap, method=method, source=source, why=why)
    yield measured(
        "median_rsd",
        RATIO,
        partial(middle, "the median RSD", rsd),
        method=f"median of sd/mean {of}, not detrended, interval of order statistics",
        source=source,
    )
    yield measured(
        "largest_rsd",
        RATIO,
        max(known, key=lambda one: one.value, default=None),
        method=f"largest sd/mean {of}, with the interval of that one",
        source=source,
        why=why,
    )
    conductance = np.array([level.conductance for level in levels])
    law, reason = attempt(lambda: deviation_law(conductance, rsd, reference=1e-6))
    if len(levels) < _FEWEST_OF_TREND:
        law, reason = None, f"the trend needs {_FEWEST_OF_TREND} levels, got {len(levels)}"
    trend = None if law is None else law.beta.mapped(lambda beta: -beta)
    method = f"least squares of ln RSD on ln G, {len(levels)} levels"
    yield measured("rsd_trend", RATIO, trend, method=method, source=source, why=reason)
    ratios = [before / after for before, after in pairwise(conductance) if after > 0]
    method = f"largest {of}: one over the next"
    worst = max(ratios, default=None)
    yield measured("largest_ratio", RATIO, worst, method=method, source=source, why=why)
    yield from _changes(levels, source)
    for level, mean, deviation in zip(levels, means, deviations, strict=True):
        part = f"level {level.number}: stop {VOLT.show(float(f'{level.stop:.6g}'))}"
        text = level.source
        method = f"mean of {len(level.reads)} reads, {own.partition(', ')[2]}"
        yield measured("conductance", "S", mean, method=method, source=text, part=part)
        value = None if deviation is None else deviation.rsd
        method = f"sd over mean of {len(level.reads)} reads, not detrended"
        reason = "it needs four reads"
        yield measured("rsd", RATIO, value, method=method, source=text, part=part, why=reason)
    if recipe.by == "pulse":
        yield from delivered_results(ladder_pulses(rows), energy=False)


def _changes(levels: list[LadderLevel], source: Taken) -> Iterator[Result]:
    """How levels changed while they were read."""
    tried = [
        attempt(partial(relative_change, level.age, level.reads, share=0.1)) for level in levels
    ]
    changes = [found.change for found, _ in tried if found is not None]
    values = np.array([change.value for change in changes])
    how = f"{len(changes)} levels: last tenth of the reads against the first tenth"
    yield measured(
        "median_change",
        RATIO,
        partial(middle, "the median change", values),
        method=f"median of {how}, interval of order statistics",
        source=source,
    )
    why = next((reason for _, reason in tried if reason), "no level was made")
    yield measured(
        "largest_change",
        RATIO,
        largest(changes),
        method=f"largest of {how}",
        source=source,
        why=why,
    )


def _notes(rows: pd.DataFrame, recipe: ResetStopRecipe, levels: list[LadderLevel]) -> Iterator[str]:
    gap = SIEMENS.show(recipe.minimum_gap)
    ended = rows["end"][rows["end"] != End.NOT_YET]
    if levels:
        means = [MICROSIEMENS.of(level.conductance) for level in levels]
        yield (
            f"{len(levels)} levels from {max(means):.4g} to {min(means):.4g} uS, each at least "
            f"{gap} below the one before: min(reads before) - max(reads) over "
            f"{SECOND.show(recipe.reads.duration)} of reads, the rule of {PAPER}"
        )
    if len(levels) > 1:
        apart = level_separation([level.reads for level in levels], minimum_gap=recipe.minimum_gap)
        reads = recipe.retention or recipe.reads
        yield (
            f"over {SECOND.show(reads.duration)} of reads {len(apart.separated_by_gap)} of them "
            f"stay {gap} apart, {len(apart.separated_by_d_prime)} with d' >= "
            f"{apart.minimum_d_prime:g} ({apart.source})"
        )
        yield (
            f"RSD: sd over mean of {SECOND.show(reads.duration)} of reads every "
            f"{SECOND.show(reads.interval)}, not detrended"
        )
    attempts = int(rows["attempt"].max()) if len(rows) else 0
    why = f"ended: {ended.iloc[0]}" if len(ended) else "stopped before its end"
    last = abs(float(rows["stop"].iloc[-1])) if len(rows) else 0.0
    yield f"{why}, after {attempts} attempts, at a stop voltage of {VOLT.show(last)}"
