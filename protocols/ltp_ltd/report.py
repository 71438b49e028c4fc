"""What an LTP/LTD run came to: figures of merit, figure and progress, from its rows alone."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from mho.figure import Figure, Line, Panel
from mho.merit.alpha_power import AlphaPowerFit, alpha_power_fit
from mho.merit.asymmetry import Asymmetry, asymmetry
from mho.merit.cycle_variation import CycleVariation, cycle_variation
from mho.merit.exponential import ExponentialFit, exponential_fit
from mho.merit.nonlinearity import NeuroSimFit, neurosim_fit
from mho.merit.pulse_trace import Branch
from mho.merit.samples import FloatArray
from mho.merit.window import OnOffRatio, on_off_ratio
from mho.protocols.ltp_ltd.recipe import LtpLtdRecipe, branch_of, series
from mho.protocols.ltp_ltd.step import Direction, LtpLtdStep, Verdict
from mho.protocols.quoting import INTERVALS, NONE, answered, brief, limited_reads, quoted
from mho.quantities import SIEMENS, VOLT
from mho.summary import Summary

MICRO = 1e-6

MOST_LABELS = 8
"""With more cycles the legend names the first and the last only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Traces:
    """One direction in one series: reads of every whole cycle with contact.

    ``pulses`` has shape (reads,), ``conductance`` (cycles, reads) in S.
    """

    pulses: FloatArray
    conductance: FloatArray

    @property
    def mean(self) -> FloatArray:
        """Mean over cycles (S), shape (reads,)."""
        average: FloatArray = np.mean(self.conductance, axis=0)
        return average


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectionMerit:
    """Figures of merit of one direction; None where the data cannot answer."""

    exponential: ExponentialFit | None
    neurosim: NeuroSimFit | None
    alpha: AlphaPowerFit | None
    variation: CycleVariation | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesMerit:
    """Figures of merit of one series, and why some are missing."""

    traces: dict[Direction, Traces]
    directions: dict[Direction, DirectionMerit]
    on_off: OnOffRatio | None
    asymmetry: Asymmetry | None
    reasons: tuple[str, ...]


def series_merits(rows: pd.DataFrame) -> dict[int, SeriesMerit]:
    """Figures of merit by number of the series; fits are those of the mean over whole cycles."""
    numbers = sorted({int(number) for number in rows["series"]})
    return {number: _merit(rows[rows["series"] == number]) for number in numbers}


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
    return Summary(
        title="LTP/LTD: conductance against pulse number",
        headers=("amplitude", "figure of merit", "potentiation", "depression"),
        rows=tuple(lines),
        notes=(
            *notes,
            *limited_reads(rows[rows["read"]]),
            *reasons,
            *(f"source: {source}" for source in sources),
        ),
    )


def merits(rows: pd.DataFrame, recipe: LtpLtdRecipe) -> dict[str, float]:
    """Figures of merit by name, SI units; those of a series carry its amplitude.

    ``c2c_sigma`` is the larger one of both directions; ``gain_growth`` the smallest ratio of the
    gains (last minus first read of the potentiation) of two successive series.
    """
    found: dict[str, float] = {}
    gains = []
    for index, merit in series_merits(rows).items():
        amplitude = series(recipe)[index]
        at = "" if amplitude is None else f" at {VOLT.show(amplitude)}"
        sigmas = []
        for direction, one in merit.directions.items():
            name = "ltp" if direction is Direction.POTENTIATION else "ltd"
            if one.exponential is not None:
                found[f"{name}_n0{at}"] = one.exponential.constant.value
                found[f"{name}_r2{at}"] = one.exponential.r2
            if one.neurosim is not None:
                found[f"{name}_nl_neurosim{at}"] = one.neurosim.label.value
            if one.alpha is not None:
                found[f"{name}_alpha_power{at}"] = one.alpha.alpha.value
            if one.variation is not None:
                sigmas.append(one.variation.largest.value)
        if sigmas:
            found[f"c2c_sigma{at}"] = max(sigmas)
        if merit.on_off is not None:
            found[f"on_off{at}"] = merit.on_off.ratio.value
        if merit.asymmetry is not None:
            found[f"asymmetry{at}"] = merit.asymmetry.mean.value
        if Direction.POTENTIATION in merit.traces:
            trace = merit.traces[Direction.POTENTIATION].mean
            gains.append(float(trace[-1] - trace[0]))
    growths = [later / earlier for earlier, later in pairwise(gains) if earlier]
    if growths:
        found["gain_growth"] = min(growths)
    return found


def figure(rows: pd.DataFrame, recipe: LtpLtdRecipe) -> Figure:
    """Conductance against pulse number, potentiation then depression, with exponential fits.

    Beneath it what was applied: amplitudes, or widths where these are modulated.
    """
    one = recipe.amplitude_series == ()
    points: list[Line] = []
    fits: list[Line] = []
    applied: list[Line] = []
    widths = recipe.potentiation.last_width is not None or recipe.depression.last_width is not None
    for index, merit in series_merits(rows).items():
        of_series = rows[rows["series"] == index]
        for number, cycle in enumerate(sorted({int(cycle) for cycle in of_series["cycle"]})):
            read = of_series[(of_series["cycle"] == cycle) & of_series["read"]]
            named = cycle in (1, recipe.cycles) or recipe.cycles <= MOST_LABELS
            first = named if one else number == 0
            points.append(
                Line(
                    x=_position(read, recipe),
                    y=(read["conductance"] / MICRO).to_list(),
                    series=number if one else index,
                    label=_label(recipe, index, cycle) if first else "",
                    style="points",
                )
            )
        for direction, traces in merit.traces.items():
            fit = merit.directions[direction].exponential
            if fit is not None:
                y = fit.level.value + fit.amplitude.value * np.exp(
                    -traces.pulses / fit.constant.value
                )
                shift = 0 if direction is Direction.POTENTIATION else recipe.potentiation.pulses
                fits.append(
                    Line(
                        x=(traces.pulses + shift).tolist(),
                        y=(y / MICRO).tolist(),
                        series=recipe.cycles if one else index,
                        label="fit of the mean" if one and not fits else "",
                    )
                )
        pulsed = of_series[(of_series["cycle"] == 1) & (of_series["pulse"] > 0)]
        applied.append(
            Line(
                x=_position(pulsed, recipe),
                y=(pulsed["width"] / MICRO if widths else pulsed["amplitude"]).to_list(),
                series=0 if one else index,
                style="points",
            )
        )
    return Figure(
        title="Long-term potentiation and depression, exponential fits",
        legend="cycle" if one else "amplitude",
        panels=(
            Panel(x_label="", y_label="conductance (µS)", lines=(*points, *fits), height=2.2),
            Panel(
                x_label="pulse number",
                y_label="width (µs)" if widths else "amplitude (V)",
                lines=tuple(applied),
                y_scale="log" if widths else "linear",
                height=0.7,
            ),
        ),
    )


def progress(row: LtpLtdStep, recipe: LtpLtdRecipe) -> tuple[float, str]:
    """Share of branches done, and where the present one stands."""
    cycles = row.series * recipe.cycles + row.cycle - 1
    branches = 2 * cycles + (row.direction is Direction.DEPRESSION)
    branches += row.pulse == branch_of(recipe, row.direction).pulses
    return branches / (2 * len(series(recipe)) * recipe.cycles), (
        f"series {row.series + 1} of {len(series(recipe))}, cycle {row.cycle} of {recipe.cycles}: "
        f"{row.direction}, pulse {row.pulse}"
    )


def _merit(rows: pd.DataFrame) -> SeriesMerit:
    reasons: list[str] = []
    traces = dict(_traces(rows))
    empty = np.empty((0, 0))
    up, down = (
        traces[d].conductance if d in traces else empty
        for d in (Direction.POTENTIATION, Direction.DEPRESSION)
    )
    voltage = float(rows["voltage"].median())
    return SeriesMerit(
        traces=traces,
        directions={d: _direction(d, t, reasons) for d, t in traces.items()},
        on_off=answered(
            lambda: on_off_ratio(up[:, -1:].ravel(), down[:, -1:].ravel(), read_voltage=voltage),
            reasons,
        ),
        asymmetry=answered(lambda: asymmetry(list(up), list(down)), reasons),
        reasons=tuple(reasons),
    )


def _direction(direction: Direction, traces: Traces, reasons: list[str]) -> DirectionMerit:
    n, g = traces.pulses, traces.mean
    branch: Branch = "potentiation" if direction is Direction.POTENTIATION else "depression"
    many = len(traces.conductance) > 1
    return DirectionMerit(
        exponential=answered(
            lambda: exponential_fit(n, g, what=f"the exponential fit of the {branch}"), reasons
        ),
        neurosim=answered(lambda: neurosim_fit(g, branch=branch, pulses=n), reasons),
        alpha=answered(lambda: alpha_power_fit(g, branch=branch, pulses=n), reasons),
        variation=answered(lambda: cycle_variation(traces.conductance), reasons) if many else None,
    )


def _traces(rows: pd.DataFrame) -> Iterator[tuple[Direction, Traces]]:
    read = rows[rows["read"]]
    for direction in Direction:
        cycles = [part for _, part in read[read["direction"] == direction].groupby("cycle")]
        length = max((len(part) for part in cycles), default=0)
        whole = [
            part
            for part in cycles
            if len(part) == length and not (part["verdict"] == Verdict.CONTACT_LOST).any()
        ]
        if whole:
            yield (
                direction,
                Traces(
                    pulses=whole[0]["pulse"].to_numpy(dtype=float),
                    conductance=np.array([part["conductance"].to_numpy() for part in whole]),
                ),
            )


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
        lambda _, m: quoted(m.variation.largest, MICRO) if m.variation else NONE,
    )
    if merit.on_off is not None:
        at = f"on/off at {brief(merit.on_off.read_voltage, VOLT, 3)}"
        yield at, quoted(merit.on_off.ratio), ""
    if merit.asymmetry is not None:
        yield "asymmetry, mean", quoted(merit.asymmetry.mean), ""
        yield "asymmetry, largest", quoted(merit.asymmetry.largest), ""


def _range(traces: Traces) -> str:
    first, last = (brief(float(traces.mean[end]), SIEMENS) for end in (0, -1))
    return f"{first}, {last}"


def _position(rows: pd.DataFrame, recipe: LtpLtdRecipe) -> list[float]:
    """Pulses since the cycle began."""
    depression = rows["direction"] == Direction.DEPRESSION
    shifted = rows["pulse"] + np.where(depression, recipe.potentiation.pulses, 0)
    return [float(number) for number in shifted]


def _label(recipe: LtpLtdRecipe, index: int, cycle: int) -> str:
    amplitude = series(recipe)[index]
    return str(cycle) if amplitude is None else VOLT.show(amplitude)
