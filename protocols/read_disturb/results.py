"""Results of read disturb from the rows: change per decade of reads at each voltage."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from math import log, nan

import numpy as np
import pandas as pd

from mho.merit.drift import drift
from mho.merit.estimate import Estimate
from mho.merit.reporting import RATIO, largest, measured, taken_from
from mho.merit.retention import RelativeChange, relative_change
from mho.merit.samples import FloatArray
from mho.protocols.quoting import INTERVALS, NONE, quoted, value_or_reason
from mho.protocols.read_disturb.recipe import ReadDisturbRecipe
from mho.protocols.read_disturb.row import End, Phase
from mho.quantities import MICROSIEMENS, PERCENT, VOLT
from mho.result import Result
from mho.summary import Summary

_REFERENCE_READS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class VoltageReads:
    """What was read at one disturbing voltage. Conductances in S.

    Attributes
    ----------
    per_decade
        Change of the conductance at the disturbing voltage per decade of reads, a fraction.
    state_change
        Change of the level itself, by the probes before and after, a fraction.
    """

    index: int
    voltage: float
    count: FloatArray
    conductance: FloatArray
    per_decade: Estimate | None
    state_change: RelativeChange | None
    limited: int
    ended: str

    @property
    def reference(self) -> float:
        """Mean of the first reads (S), which changes are counted from; NaN without any."""
        first = self.conductance[:_REFERENCE_READS]
        return float(np.mean(first)) if len(first) else nan


def voltages_of(rows: pd.DataFrame, reasons: list[str]) -> Iterator[VoltageReads]:
    """The disturbing voltages of a run, in their order."""
    for index, of_voltage in rows.groupby("series", sort=True):
        reads = of_voltage[of_voltage["phase"] == Phase.DISTURB]
        probes = of_voltage[of_voltage["phase"] != Phase.DISTURB]
        count = reads["number"].to_numpy(np.float64)
        conductance = reads["conductance"].to_numpy(np.float64)
        ended = of_voltage["end"][of_voltage["end"] != End.NOT_YET]
        both = set(probes["phase"]) == {Phase.BEFORE, Phase.AFTER}
        yield VoltageReads(
            index=int(str(index)),
            voltage=float(of_voltage["disturbing_voltage"].iloc[0]),
            count=count,
            conductance=conductance,
            per_decade=value_or_reason(partial(_per_decade, count, conductance), reasons),
            state_change=value_or_reason(partial(_state_change, probes), reasons) if both else None,
            limited=int(reads["in_compliance"].sum()),
            ended=str(ended.iloc[-1]) if len(ended) else "stopped",
        )


def summary(rows: pd.DataFrame, recipe: ReadDisturbRecipe) -> Summary:
    """One line a voltage: change per decade of reads, and of the level at the read voltage."""
    reasons: list[str] = []
    voltages = list(voltages_of(rows, reasons))
    notes = [
        "per decade: 10^-nu - 1, nu from least squares of ln G on ln n, n the number of reads",
        f"level: {recipe.probes} probes at the read voltage after, against those before",
        f"{INTERVALS}; reads count as alike as they are seen to be. What the lowest voltage shows "
        "is relaxation after the preparation, not disturb",
    ]
    if any(one.limited for one in voltages):
        notes.append("reads in compliance are too low; give a larger compliance")
    if len(voltages) < len(recipe.voltages):
        notes.append(f"the run ended before {len(recipe.voltages) - len(voltages)} voltage(s)")
    return Summary(
        title="Read disturb",
        headers=(
            "voltage (V)",
            "first reads (uS)",
            "per decade (%)",
            "level (%)",
            "reads",
            "limited",
            "ended",
        ),
        rows=tuple(_cells(one) for one in voltages),
        notes=(*notes, *reasons),
    )


def results(rows: pd.DataFrame, recipe: ReadDisturbRecipe) -> Iterator[Result]:
    """Change per decade of reads and of the level (fractions): the largest, and at each voltage."""
    reasons: list[str] = []
    voltages = list(voltages_of(rows, reasons))
    why = "; ".join(reasons) or "too few reads"
    per_decade = largest([one.per_decade for one in voltages if one.per_decade is not None])
    level = largest([one.state_change.change for one in voltages if one.state_change is not None])
    disturb = rows[rows["phase"] == Phase.DISTURB]
    probes = rows[rows["phase"] != Phase.DISTURB]
    of = f"the largest in magnitude of {len(voltages)} voltages, with the interval of that one"
    yield measured(
        "largest_change_per_decade",
        RATIO,
        per_decade,
        method=f"{_LAW}; {of}",
        source=taken_from(disturb, "disturbing reads"),
        why=why,
    )
    yield measured(
        "largest_change",
        RATIO,
        level,
        method=f"{_probed(recipe)}; {of}",
        source=taken_from(probes, "probes"),
        why=why,
    )
    for one in voltages:
        part = f"voltage {one.index + 1}: {VOLT.show(one.voltage)}"
        reads = disturb[disturb["series"] == one.index]
        change = None if one.state_change is None else one.state_change.change
        source = taken_from(reads, "disturbing reads")
        yield measured(
            "change_per_decade",
            RATIO,
            one.per_decade,
            method=f"{_LAW}; {len(one.count)} reads",
            source=source,
            part=part,
            why=why,
        )
        yield measured(
            "change",
            RATIO,
            change,
            method=_probed(recipe),
            source=taken_from(probes[probes["series"] == one.index], "probes"),
            part=part,
            why=why,
        )
        yield measured(
            "conductance",
            "S",
            one.reference,
            method=f"mean of the first {min(len(one.count), _REFERENCE_READS)} reads",
            source=source,
            part=part,
            why="there was no read",
        )


_LAW = "10^-nu - 1, nu from least squares of ln G on ln n, n the number of reads"


def _probed(recipe: ReadDisturbRecipe) -> str:
    return f"{recipe.probes} probes at the read voltage after, against those before"


def _per_decade(count: FloatArray, conductance: FloatArray) -> Estimate:
    return drift(count, conductance).nu.mapped(_fraction)


def _fraction(nu: float) -> float:
    """Change over a factor of ten that a drift exponent means."""
    return float(np.expm1(-nu * log(10)))


def _state_change(probes: pd.DataFrame) -> RelativeChange:
    return relative_change(
        probes["time"].to_numpy(np.float64), probes["conductance"].to_numpy(np.float64), share=0.5
    )


def _cells(one: VoltageReads) -> tuple[str, ...]:
    return (
        f"{one.voltage:g}",
        f"{MICROSIEMENS.of(one.reference):.4g}" if len(one.count) else NONE,
        NONE if one.per_decade is None else quoted(one.per_decade, PERCENT),
        NONE if one.state_change is None else quoted(one.state_change.change, PERCENT),
        str(len(one.count)),
        str(one.limited),
        one.ended,
    )
