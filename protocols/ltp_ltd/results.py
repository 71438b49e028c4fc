"""Results of an LTP/LTD run from its rows: table, figures of merit and progress."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import pairwise
from typing import Protocol

import numpy as np
import pandas as pd
from scipy.stats import shapiro

from mho.merit.estimate import Estimate, deviation
from mho.merit.pulse_states import states_of_pulses
from mho.merit.reporting import OVER_CYCLES, RATIO, Taken, measured, middle, taken_from
from mho.merit.samples import FloatArray, NotEnoughData, usable
from mho.protocols.breakdown import breakdown_notes
from mho.protocols.delivered import delivered_notes, delivered_results
from mho.protocols.ltp_ltd.recipe import LtpLtdRecipe, series
from mho.protocols.ltp_ltd.row import Direction, Verdict
from mho.protocols.ltp_ltd.traces import (
    DirectionMerit,
    SeriesMerit,
    Traces,
    half_way,
    series_merits,
)
from mho.protocols.quoting import INTERVALS, NONE, brief, limited_reads, quoted
from mho.quantities import MICROSIEMENS, SIEMENS, VOLT
from mho.result import Result
from mho.summary import Summary


def summary(rows: pd.DataFrame, recipe: LtpLtdRecipe) -> Summary:
    """One block a series: fits, both nonlinearities, variation, on/off and asymmetry."""
    lines: list[tuple[str, ...]] = []
    sources: list[str] = []
    reasons: list[str] = []
    for index, merit in series_merits(rows).items():
        given = series(recipe)[index]
        amplitude = "recipe" if given is None else VOLT.show(given)
        lines += [(amplitude, *line) for line in _lines(merit)]
        reasons += [f"{amplitude}: {reason}" for reason in merit.reasons]
        for result in (
            *(getattr(d, name) for d in merit.directions.values() for name in d.__slots__),
            merit.on_off,
            merit.asymmetry,
        ):
            if result is not None and result.source not in sources:
                sources.append(result.source)
    notes = [f"{INTERVALS}; fits of the mean over cycles"]
    if (rows["verdict"] == Verdict.CONTACT_LOST).any():
        notes.append("the run ended early: contact lost")
    notes += breakdown_notes(rows)
    return Summary(
        title="LTP/LTD: conductance against pulse number",
        headers=("amplitude", "figure of merit", "potentiation", "depression"),
        rows=tuple(lines),
        notes=(
            *notes,
            *limited_reads(rows[rows["read"]]),
            *delivered_notes(rows),
            *reasons,
            *(f"source: {source}" for source in sources),
        ),
    )


def results(rows: pd.DataFrame, recipe: LtpLtdRecipe) -> Iterator[Result]:
    """Fits of both directions, variation, window, asymmetry; those of a series by its amplitude.

    ``c2c_sigma`` is the larger one of both directions; ``gain_growth`` the smallest ratio of the
    gains (last minus first read of the potentiation) of two successive series, ``gain_ratio`` that
    of the last over the first series, ``loss_ratio`` the same of the depression.
    """
    found = series_merits(rows)
    gains: list[float] = []
    losses: list[float] = []
    for index, merit in found.items():
        amplitude = series(recipe)[index]
        part = "" if amplitude is None else f"amplitude {VOLT.show(amplitude)}"
        of_series = rows[(rows["series"] == index) & rows["read"].astype(bool)]
        yield from _of_series(merit, of_series, part)
        for direction, steps in ((Direction.POTENTIATION, gains), (Direction.DEPRESSION, losses)):
            if direction in merit.traces:
                trace = merit.traces[direction].mean
                steps.append(float(trace[-1] - trace[0]))
    if len(series(recipe)) > 1:
        growths = [later / earlier for earlier, later in pairwise(gains) if earlier]
        yield measured(
            "gain_growth",
            RATIO,
            min(growths, default=None),
            method=f"smallest ratio of the gains of successive series, {len(gains)} series",
            source=taken_from(rows[rows["read"].astype(bool)], "reads of all potentiations"),
            why="it needs the potentiation of two series",
        )
        for name, steps in (("gain", gains), ("loss", losses)):
            whole = len(steps) == len(series(recipe)) and steps[0]
            yield measured(
                f"{name}_ratio",
                RATIO,
                steps[-1] / steps[0] if whole else None,
                method=f"{name} of the last series over that of the first",
                source=taken_from(rows[rows["read"].astype(bool)], "reads of all series"),
                why="it needs all series",
            )
    yield from delivered_results(rows)


def _of_series(merit: SeriesMerit, rows: pd.DataFrame, part: str) -> Iterator[Result]:
    why = "; ".join(merit.reasons)
    for direction, name in ((Direction.POTENTIATION, "ltp"), (Direction.DEPRESSION, "ltd")):
        one, traces = merit.directions.get(direction), merit.traces.get(direction)
        cycles = 0 if traces is None else len(traces.conductance)
        source = taken_from(rows[rows["direction"] == direction], f"reads, {direction}")
        missing = why or f"no whole cycle of {direction} was read"

        def told(
            what: str,
            fit: _Fit | None,
            value: Estimate | float | None,
            name: str = name,
            cycles: int = cycles,
            source: Taken = source,
            missing: str = missing,
        ) -> Result:
            made = "fit" if fit is None else fit.source
            method = f"{made}; mean over {cycles} cycles"
            what = f"{name}_{what}"
            return measured(
                what, RATIO, value, method=method, source=source, part=part, why=missing
            )

        fit = None if one is None else one.exponential
        yield told("n0", fit, None if fit is None else fit.constant)
        yield told("r2", fit, None if fit is None else fit.r2)
        label = None if one is None else one.neurosim
        yield told("nl_neurosim", label, None if label is None else label.label)
        power = None if one is None else one.alpha
        yield told("alpha_power", power, None if power is None else power.alpha)
        halves = np.empty(0) if traces is None else half_way(traces)
        method = f"pulses after which half of the change of a cycle is done, {cycles} cycles"
        yield measured(
            f"{name}_half",
            RATIO,
            partial(middle, "half of the change", halves),
            method=f"{method}; {OVER_CYCLES}",
            source=source,
            part=part,
        )
        yield measured(
            f"{name}_half_scatter",
            RATIO,
            partial(_scatter, np.log(halves)),
            method=f"standard deviation over cycles of ln of the {method}; interval: chi square",
            source=source,
            part=part,
        )
    variations = [d.variation for d in merit.directions.values() if d.variation is not None]
    worst = max(variations, key=lambda one: one.largest.value, default=None)
    asymmetry, window = merit.asymmetry, merit.on_off
    both = taken_from(rows, "reads of both directions")
    yield measured(
        "c2c_sigma",
        "S",
        None if worst is None else worst.largest,
        method="sd over cycles" if worst is None else f"{worst.source}; the larger direction",
        source=both,
        part=part,
        why=why or "it needs two whole cycles",
    )
    yield measured(
        "normality",
        RATIO,
        partial(_normality, merit.traces.values()),
        method="median over the pulses of p of Shapiro-Wilk over the cycles",
        source=both,
        part=part,
    )
    yield measured(
        "window",
        RATIO,
        None if window is None else window.ratio,
        method="last read of potentiation over last of depression, means over the cycles",
        source=both,
        part=part,
        why=why,
    )
    yield from _range_results(merit, rows, both, part, why)
    method = "asymmetry of both directions" if asymmetry is None else asymmetry.source
    for name, unit, value in (
        ("asymmetry", RATIO, None if asymmetry is None else asymmetry.mean),
        ("largest_asymmetry", RATIO, None if asymmetry is None else asymmetry.largest),
        ("symmetric_point", "S", None if asymmetry is None else asymmetry.symmetric_point),
    ):
        reason = why if asymmetry is None else "the steps of both directions nowhere cancel"
        yield measured(name, unit, value, method=method, source=both, part=part, why=reason)


def _scatter(values: FloatArray) -> Estimate:
    """Standard deviation of those that are finite.

    Raises
    ------
    NotEnoughData
        Fewer than two.
    """
    (finite,), _ = usable("the scatter over cycles", 2, values=values)
    return deviation(float(np.std(finite, ddof=1)), len(finite) - 1)


def _range_results(
    merit: SeriesMerit, rows: pd.DataFrame, both: Taken, part: str, why: str
) -> Iterator[Result]:
    """Where the branches end, how many states lie between, and how long a pulse is."""
    for name, which, direction in (
        ("lowest_conductance", np.nanmin, "lowest"),
        ("highest_conductance", np.nanmax, "highest"),
    ):
        cycles = [cycle for traces in merit.traces.values() for cycle in traces.conductance]
        ends = [float(which(cycle)) for cycle in cycles if np.isfinite(cycle).any()]
        yield measured(
            name,
            "S",
            partial(middle, f"the {direction} conductance", ends) if ends else None,
            method=f"median over branches and cycles of the {direction} read",
            source=both,
            part=part,
            why=why or "no whole cycle was read",
        )
    branches = [cycle for traces in merit.traces.values() for cycle in traces.conductance]
    yield measured(
        "states_at_3_sigma",
        RATIO,
        partial(states_of_pulses, branches),
        method="1 + integral dG / (6 sigma(G)), sigma from second differences of the reads",
        source=both,
        part=part,
    )
    widths = rows["width"][rows["amplitude"] != 0]
    yield measured(
        "write_time",
        "s",
        float(widths.median()) if len(widths) else None,
        method="median width of a pulse, from one state to the next",
        source=taken_from(rows, "pulses").text,
        part=part,
        why="no pulse was applied",
    )


def _normality(traces: Iterable[Traces]) -> float:
    """Median p of Shapiro-Wilk, each pulse over the cycles.

    Raises
    ------
    NotEnoughData
        Fewer than three cycles, which no such test takes, or all of them alike.
    """
    pulses = [column for trace in traces for column in np.asarray(trace.conductance).T]
    varied = [pulse for pulse in pulses if len(pulse) > 2 and np.ptp(pulse) > 0]
    if not varied:
        raise NotEnoughData("normality needs three cycles that differ")
    return float(np.median([shapiro(pulse).pvalue for pulse in varied]))


class _Fit(Protocol):
    @property
    def source(self) -> str: ...


def _lines(merit: SeriesMerit) -> Iterator[tuple[str, str, str]]:
    def both(what: str, cell: Callable[[Traces, DirectionMerit], str]) -> tuple[str, str, str]:
        up, down = (
            cell(merit.traces[d], merit.directions[d]) if d in merit.traces else NONE
            for d in Direction
        )
        return what, up, down

    yield both("from, to", lambda t, _: _range(t))
    yield both(
        "n0 (pulses)", lambda _, m: quoted(m.exponential.constant) if m.exponential else NONE
    )
    yield both(
        "R2 of exponential", lambda _, m: f"{m.exponential.r2:.4f}" if m.exponential else NONE
    )
    yield both("NL (NeuroSim label)", lambda _, m: quoted(m.neurosim.label) if m.neurosim else NONE)
    yield both("alpha (power form)", lambda _, m: quoted(m.alpha.alpha) if m.alpha else NONE)
    yield both(
        "C2C sigma, largest (uS)",
        lambda _, m: quoted(m.variation.largest, MICROSIEMENS) if m.variation else NONE,
    )
    if merit.on_off is not None:
        at = f"on/off at {brief(merit.on_off.read_voltage, VOLT, 3)}"
        yield at, quoted(merit.on_off.ratio), ""
    if merit.asymmetry is not None:
        yield "asymmetry, mean", quoted(merit.asymmetry.mean), ""
        yield "asymmetry, largest", quoted(merit.asymmetry.largest), ""
        if merit.asymmetry.symmetric_point is not None:
            yield (
                "symmetric point (uS)",
                quoted(merit.asymmetry.symmetric_point, MICROSIEMENS),
                "",
            )


def _range(traces: Traces) -> str:
    first, last = (brief(float(traces.mean[end]), SIEMENS) for end in (0, -1))
    return f"{first}, {last}"
