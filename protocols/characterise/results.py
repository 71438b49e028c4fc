"""Results of a characterisation from its rows: table and figures of merit."""

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
import pandas as pd

from mho.merit.estimate import Estimate
from mho.merit.reporting import RATIO, attempt, counted, measured, outcome, taken_from
from mho.merit.samples import NotEnoughData
from mho.merit.stress_curve import StressCurve
from mho.merit.telegraph import telegraph
from mho.programming import measured_prior as names
from mho.protocols.characterise.estimates import TIMES, Characterised, Watched, decade
from mho.protocols.characterise.recipe import CharacteriseRecipe
from mho.protocols.characterise.row import End, Phase
from mho.protocols.delivered import delivered_notes, delivered_results
from mho.protocols.quoting import INTERVALS, NONE, limited_reads, quoted
from mho.quantities import MICROSIEMENS, PERCENT, SECOND, VOLT
from mho.result import Result
from mho.summary import Summary

_MILLIVOLT = VOLT.scaled("m")
_CURVES = ((names.SET, True), (names.RESET, False))


def of_rows(rows: pd.DataFrame, recipe: CharacteriseRecipe) -> Characterised:
    """The estimates of recorded rows.

    The ends of the range are those of the recipe, or else of what was reached: then the device
    file had them.
    """
    ends = recipe.range
    if ends is None:
        moved = rows[rows["phase"].isin([Phase.SET, Phase.RESET]) & ~rows["in_compliance"]]
        known = moved["conductance"][moved["conductance"] > 0]
        ends = (
            (float(known.quantile(0.02)), float(known.quantile(0.98)))
            if len(known) > 1
            else (1e-6, 1e-4)
        )
    if not ends[0] < ends[1]:
        ends = (0.5 * ends[0], 2.0 * ends[0])
    return Characterised(rows, recipe, ends)


def summary(rows: pd.DataFrame, recipe: CharacteriseRecipe) -> Summary:
    """One line a figure: both polarities, then noise level by level."""
    found, lines, reasons = of_rows(rows, recipe), list[tuple[str, ...]](), list[str]()

    def add(what: str, estimate: Estimate | None, show: Callable[[Estimate], str]) -> None:
        lines.append((what, NONE if estimate is None else show(estimate)))

    for word, raising in _CURVES:
        curve, why = attempt(partial(found.curve, raising=raising))
        reasons += [why] * bool(why)
        if curve is None:
            continue
        for conductance, amplitude in zip(curve.conductance, curve.amplitude, strict=True):
            what = f"{word}: amplitude that leads to {MICROSIEMENS.of(conductance):.3g} uS (V)"
            add(what, amplitude, quoted)
        add(f"{word}: volts per decade of time (mV)", decade(curve.slope),
            lambda one: quoted(one, _MILLIVOLT))  # fmt: skip
        add(f"{word}: granularity of steps", curve.grain, quoted)
        add(f"{word}: sd of the curve, round to round (mV)", curve.between_rounds,
            lambda one: quoted(one, _MILLIVOLT))  # fmt: skip
    for level in found.levels:
        rsd, why = attempt(level.rsd)
        reasons += [why] * bool(why)
        what = f"noise at {MICROSIEMENS.of(level.mean):.3g} uS, sd over mean (%)"
        add(what, rsd, lambda one: quoted(one, PERCENT))
    shares, why = attempt(found.shares)
    reasons += [why] * bool(why)
    for time, share in zip(TIMES, shares or (), strict=False):
        add(f"share of noise correlated for {_time(time)} (%)", share,
            lambda one: quoted(one, PERCENT))  # fmt: skip
    for name, compute in (
        ("a state just made fluctuates more, by (%)", found.fresh),
        ("relaxation, sd of ln G a decade of time (%)", found.relaxation),
    ):
        value, why = attempt(compute)
        reasons += [why] * bool(why)
        add(name, value, lambda one: quoted(one, PERCENT))
    ended = str(_outcome(rows) or "stopped")
    notes = [
        INTERVALS,
        "mho prior RUN prints these as the table [prior] of a device file: adaptive starts from it",
        f"ended: {ended}; {len(found.levels)} of {recipe.levels} levels watched",
    ]
    return Summary(
        title="Characterised for programming",
        headers=("what", "value"),
        rows=tuple(lines),
        notes=(*notes, *dict.fromkeys(reasons), *limited_reads(rows), *delivered_notes(rows)),
    )


def _outcome(rows: pd.DataFrame) -> str | None:
    ended = str(rows["end"].iloc[-1])
    return None if ended == End.NOT_YET else ended


def _time(time: float) -> str:
    return SECOND.show(time) if time else "one read"


def results(rows: pd.DataFrame, recipe: CharacteriseRecipe) -> Iterator[Result]:
    """What a prior is made of (`mho.programming.measured_prior`), and telegraph noise."""
    found = of_rows(rows, recipe)
    yield outcome(_outcome(rows), source="the last row")
    pulses = rows[rows["amplitude"].abs() > 0]
    width = float(pulses["width"].iloc[0]) if len(pulses) else None
    yield measured(
        names.PULSE_WIDTH, "s", width, method="as asked", source="the first pulse", why="no pulse"
    )
    for word, raising in _CURVES:
        phase = Phase.SET if raising else Phase.RESET
        source = taken_from(rows[rows["phase"] == phase], f"{word} stairs")
        yield from _of_curve(word, *attempt(partial(found.curve, raising=raising)), str(source))
    for level in found.levels:
        yield from _of_level(level)
    yield counted(
        "levels", len(found.levels), method="watched", source=f"of {recipe.levels} asked for"
    )
    source = taken_from(rows[rows["phase"] == Phase.WATCH], "watched levels")
    shares, why = attempt(found.shares)
    for n, time in enumerate(TIMES):
        yield measured(
            names.NOISE_SHARE,
            RATIO,
            None if shares is None else shares[n],
            method="non-negative least squares of the variance of block means against their "
            "length, Student t over levels",
            source=source,
            part=_time(time),
            why=why,
        )
    yield measured(
        names.FRESH_NOISE,
        RATIO,
        found.fresh,
        method="rms of the first 1.5 s over that of equal stretches once settled, less 1, carried "
        "back to the pulse; Student t over levels",
        source=source,
    )
    yield measured(
        names.RELAXATION,
        RATIO,
        found.relaxation,
        method="sd of ln G per decade of time for a step of 1 of ln G, from means of successive "
        "decades less what noise makes of them",
        source=source,
    )
    yield from delivered_results(rows)


def _of_curve(word: str, curve: StressCurve | None, why: str, source: str) -> Iterator[Result]:
    fit = "least squares of steps by the exponential voltage-time law"
    steps = "" if curve is None else f"; {curve.steps} pulses moved the device"
    made: tuple[tuple[str, str, Estimate | None, str], ...] = (
        (
            names.SLOPE,
            "V",
            None if curve is None else curve.slope,
            f"v, volts per e-fold of speed: {fit}",
        ),
        (
            names.DECADE,
            "V",
            None if curve is None else decade(curve.slope),
            f"v ln 10, per decade of time: {fit}",
        ),
        (
            names.GRAIN,
            RATIO,
            None if curve is None else curve.grain,
            "variance of a step of ln G over its mean",
        ),
        (
            names.CYCLE_SPREAD,
            "V",
            None if curve is None else curve.between_rounds,
            "sd of the curve over rounds",
        ),
    )
    for name, unit, value, method in made:
        yield measured(name, unit, value, method=method + steps, source=source, part=word, why=why)
    if curve is None:
        return
    pairs = zip(curve.conductance, curve.amplitude, strict=True)
    for number, (conductance, amplitude) in enumerate(pairs, start=1):
        part = f"{word}, point {number}"
        yield measured(names.STRESS_CONDUCTANCE, "S", conductance, method="knot", source=source,
                       part=part)  # fmt: skip
        yield measured(names.STRESS_AMPLITUDE, "V", amplitude, method=fit, source=source,
                       part=part)  # fmt: skip


def _of_level(level: Watched) -> Iterator[Result]:
    part, source = f"level {level.number}", f"{len(level.settled)} reads once settled"
    yield measured(
        names.NOISE_CONDUCTANCE, "S", level.mean, method="mean", source=source, part=part
    )
    yield measured(
        names.NOISE_DEVIATION,
        RATIO,
        level.rsd,
        method="sd over mean, not detrended, reads as alike as they are seen to be",
        source=source,
        part=part,
    )
    yield measured(
        "telegraph_time",
        "s",
        partial(_telegraph_time, level),
        method="of the shorter of two levels, two-state Markov chain",
        source=source,
        part=part,
    )


def _telegraph_time(level: Watched) -> Estimate:
    """Mean time in the state that is left sooner.

    Raises
    ------
    NotEnoughData
        No two levels are told apart.
    """
    if not len(level.settled) or not np.isfinite(level.settled).all():
        raise NotEnoughData("the telegraph noise: a read is missing")
    found = telegraph(level.settled, interval=level.interval)
    return min(found.time_low, found.time_high, key=lambda one: one.value)
