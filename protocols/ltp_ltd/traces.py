"""The traces of each series of an LTP/LTD run, and their figures of merit."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mho.merit.alpha_power import AlphaPowerFit, alpha_power_fit
from mho.merit.asymmetry import Asymmetry, asymmetry
from mho.merit.cycle_variation import CycleVariation, cycle_variation
from mho.merit.exponential import ExponentialFit, exponential_fit
from mho.merit.nonlinearity import NeuroSimFit, neurosim_fit
from mho.merit.pulse_trace import Branch
from mho.merit.samples import FloatArray
from mho.merit.window import OnOffRatio, on_off_ratio
from mho.protocols.ltp_ltd.row import Direction, Verdict
from mho.protocols.quoting import value_or_reason


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


def half_way(traces: Traces) -> FloatArray:
    """Pulse number at which each cycle has done half of its change, between reads by a line.

    NaN for a cycle that does not change.
    """
    found = np.full(len(traces.conductance), np.nan)
    for number, g in enumerate(traces.conductance):
        done = (g - g[0]) / (g[-1] - g[0]) if g[-1] != g[0] else np.full(len(g), np.nan)
        after = np.flatnonzero(done >= 0.5)
        if len(after) and after[0] > 0:
            before = after[0] - 1
            share = (0.5 - done[before]) / (done[after[0]] - done[before])
            step = traces.pulses[after[0]] - traces.pulses[before]
            found[number] = traces.pulses[before] + share * step
    return found


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
        on_off=value_or_reason(
            lambda: on_off_ratio(up[:, -1:].ravel(), down[:, -1:].ravel(), read_voltage=voltage),
            reasons,
        ),
        asymmetry=value_or_reason(lambda: asymmetry(list(up), list(down)), reasons),
        reasons=tuple(reasons),
    )


def _direction(direction: Direction, traces: Traces, reasons: list[str]) -> DirectionMerit:
    n, g = traces.pulses, traces.mean
    branch: Branch = "potentiation" if direction is Direction.POTENTIATION else "depression"
    return DirectionMerit(
        exponential=value_or_reason(
            lambda: exponential_fit(n, g, what=f"the exponential fit of the {branch}"), reasons
        ),
        neurosim=value_or_reason(lambda: neurosim_fit(g, branch=branch, pulses=n), reasons),
        alpha=value_or_reason(lambda: alpha_power_fit(g, branch=branch, pulses=n), reasons),
        variation=_variation(traces, reasons),
    )


def _traces(rows: pd.DataFrame) -> Iterator[tuple[Direction, Traces]]:
    read = rows[rows["read"]]
    for direction in Direction:
        cycles = [part for _, part in read[read["direction"] == direction].groupby("cycle")]
        length = max((len(part) for part in cycles), default=0)
        whole = [
            part
            for part in cycles
            if len(part) == length and (part["verdict"] == Verdict.GOES_ON).all()
        ]
        if whole:
            yield (
                direction,
                Traces(
                    pulses=whole[0]["pulse"].to_numpy(dtype=float),
                    conductance=np.array([part["conductance"].to_numpy() for part in whole]),
                ),
            )


def _variation(traces: Traces, reasons: list[str]) -> CycleVariation | None:
    if len(traces.conductance) < 2:
        return None
    return value_or_reason(lambda: cycle_variation(traces.conductance), reasons)
