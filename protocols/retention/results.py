"""Results of a retention run from its rows: table, figures of merit and progress."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from math import inf, nan

import numpy as np
import pandas as pd

from mho.merit.drift import Drift, drift
from mho.merit.estimate import Estimate, deviation
from mho.merit.noise_spectrum import noise_spectrum
from mho.merit.relative_deviation import relative_deviation
from mho.merit.reporting import (
    RATIO,
    attempt,
    largest,
    measured,
    middle,
    taken_from,
)
from mho.merit.retention import RetentionTime, relative_change, retention_time
from mho.merit.samples import FloatArray, NotEnoughData, usable
from mho.merit.slow_noise import mean_of_record
from mho.merit.spread import spread
from mho.protocols.log_bins import log_bins
from mho.protocols.quoting import INTERVALS, NONE, limited_reads, quoted, value_or_reason
from mho.protocols.retention.recipe import RetentionRecipe
from mho.protocols.retention.row import End, Phase
from mho.quantities import FRACTION, MICROSIEMENS, PERCENT, SECOND, ScaledUnit
from mho.result import Result
from mho.summary import Summary

THOUSANDTH = ScaledUnit("1e-3", 1e-3)

_UNEVEN = 0.02
"""Of the interval: steps of time that differ by more are not even."""


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

    @property
    def interval(self) -> float:
        """Seconds from read to read, the median of them; NaN with fewer than two."""
        return float(np.median(np.diff(self.age))) if len(self.age) > 1 else nan

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


def results(rows: pd.DataFrame, recipe: RetentionRecipe) -> Iterator[Result]:
    """Of each level mean, RSD, drift exponent, change and time held; then over all levels."""
    named: dict[str, list[Estimate]] = {}
    held_by: list[Estimate | None] = []
    of_levels: list[Result] = []
    reasons: list[str] = []
    for level in levels_of(rows, recipe):
        reads = rows[(rows["level"] == level.index) & (rows["phase"] == Phase.RETENTION)]
        for name, unit, compute, method in _wanted(level, recipe):
            value, why = attempt(compute)
            if value is not None:
                named.setdefault(name, []).append(value)
            if name == "held_time":
                held_by.append(value)
            reasons += [why] if why and why not in reasons else []
            of_levels.append(
                measured(
                    name,
                    unit,
                    value,
                    method=f"{method}; {len(reads)} reads",
                    source=taken_from(reads, "retention"),
                    part=f"level {level.index + 1}: {level.name}",
                    why=why,
                )
            )
    source = taken_from(rows[rows["phase"] == Phase.RETENTION], "retention, all levels")
    why = "; ".join(reasons) or "no level was read"
    of = f"of {len(recipe.levels)} levels, with the interval of that one"
    for name in ("change", "drift_exponent", "rsd"):
        value = largest(named.get(name, []))
        method = f"largest in magnitude {of}"
        yield measured(f"largest_{name}", RATIO, value, method=method, source=source, why=why)
    yield measured(
        "median_rsd",
        RATIO,
        partial(middle, "the median RSD", [one.value for one in named.get("rsd", [])]),
        method=f"median of {len(named.get('rsd', []))} levels, interval of order statistics",
        source=source,
    )
    exponents = [one.value for one in named.get("noise_exponent", [])]
    yield measured(
        "median_noise_exponent",
        RATIO,
        partial(middle, "the exponent of the noise", exponents),
        method=f"median of {len(exponents)} levels, interval of order statistics",
        source=source,
    )
    for scatter, of in (("rsd_scatter", "rsd"), ("level_scatter", "conductance")):
        logs = np.log([one.value for one in named.get(of, []) if one.value > 0])
        yield measured(
            scatter,
            RATIO,
            partial(_scatter, f"the scatter of the {of}", logs),
            method=f"standard deviation of ln of the {of} over {len(logs)} levels; interval: chi "
            "square",
            source=source,
        )
    held = [time for time in held_by if time is not None]
    all_known = len(held) == len(held_by)
    shortest = min(held, key=lambda one: one.value, default=None) if all_known else None
    method = f"shortest {of}"
    yield measured("held_time", "s", shortest, method=method, source=source, why=why)
    yield from of_levels


def _wanted(
    level: LevelReads, recipe: RetentionRecipe
) -> tuple[tuple[str, str, Callable[[], Estimate], str], ...]:
    """Name, unit, how it is computed and how that is called."""
    g, alike = level.conductance, "reads as alike as they are seen to be"
    interval = level.interval
    return (
        ("conductance", "S", partial(mean_of_record, g), f"mean, {alike}"),
        (
            "rsd",
            RATIO,
            lambda: relative_deviation(g, interval=interval).rsd,
            f"sd over mean, not detrended, {alike}",
        ),
        (
            "noise_exponent",
            RATIO,
            partial(_noise_exponent, level),
            "slope of ln of the spectrum on ln of the frequency, without its sign",
        ),
        (
            "drift_exponent",
            RATIO,
            lambda: level.law().nu,
            "nu of G = G0 (t/t0)^-nu, least squares of ln G on ln t",
        ),
        (
            "change",
            RATIO,
            lambda: relative_change(level.age, g, share=0.1).change,
            "mean of the last tenth of the reads against that of the first tenth, less 1",
        ),
        (
            "held_time",
            "s",
            partial(held_time, level, recipe),
            f"time within {FRACTION.show(recipe.allowed_change)} of the first decade; interval: "
            "until it was seen outside, open where it never was",
        ),
    )


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


def _scatter(what: str, logs: FloatArray) -> Estimate:
    (finite,), _ = usable(what, 2, logs=logs)
    return deviation(float(np.std(finite, ddof=1)), len(finite) - 1)


def _noise_exponent(level: LevelReads) -> Estimate:
    """1 for 1/f noise, 0 for white noise.

    Raises
    ------
    NotEnoughData
        Too few reads, or reads that are not evenly spaced.
    """
    steps = np.diff(level.age)
    if len(steps) and np.ptp(steps) > _UNEVEN * level.interval:
        raise NotEnoughData("the exponent of the noise: the reads are not evenly spaced")
    return noise_spectrum(level.conductance, interval=level.interval).exponent


def held_time(level: LevelReads, recipe: RetentionRecipe) -> Estimate:
    """Time (s) for which a level stayed within the allowed change: until it left, or was read.

    The interval reaches to the time at which it was seen outside, and is open if it never was.

    Raises
    ------
    NotEnoughData
        Too few reads.
    """
    held = _retention(level, recipe)
    until = held.time.low if held.failed else float(level.age[-1])
    return Estimate(value=until, low=until, high=held.time.high if held.failed else inf)


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
