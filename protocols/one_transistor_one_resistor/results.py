"""Results of 1T1R loops from their rows: on/off kept, share of the transistor, progress."""

from collections.abc import Iterator
from functools import partial
from math import nan

import numpy as np
import pandas as pd

from mho.merit.estimate import Estimate, mean
from mho.merit.reporting import (
    OVER_CYCLES,
    RATIO,
    attempt,
    average,
    measured,
    middle,
    outcome,
    taken_from,
)
from mho.merit.samples import FloatArray, usable
from mho.merit.slow_noise import ratio_of_records
from mho.merit.switching import switching_voltages
from mho.protocols.one_transistor_one_resistor.division import (
    SOURCE,
    Division,
    division,
    state_resistances,
    turn_currents,
    window_kept,
)
from mho.protocols.one_transistor_one_resistor.recipe import (
    GateSeries,
    OneTransistorOneResistorRecipe,
)
from mho.protocols.one_transistor_one_resistor.row import Phase, Verdict
from mho.protocols.quoting import INTERVALS, NONE, SI, quoted, value_or_reason
from mho.quantities import PERCENT, VOLT, ScaledUnit
from mho.result import Result
from mho.summary import Summary

Cells = tuple[str, ...]

TABLE_1 = "doi:10.3389/fnins.2025.1516971, Table 1"


def summary(rows: pd.DataFrame, recipe: OneTransistorOneResistorRecipe) -> Summary:
    """States of the cell, its division, and the voltage that reaches the memristor."""
    notes = [INTERVALS + ", over cycles"]
    on, off = (state_resistances(rows, p) for p in (Phase.AFTER_SET, Phase.AFTER_RESET))
    cycles = min(len(on), len(off))
    lines: list[Cells] = []
    for phase, name in ((Phase.SET, "SET"), (Phase.RESET, "RESET")):
        lines.append((f"{name} voltage (V)", _over(_switching(rows, phase))))
    notes.append("switching voltage: steepest dI/dV (SET), steepest drop of I/V (RESET)")
    if np.isfinite(on).any() and _limited(rows):
        notes.append("the current limit was active in some sweep: less voltage reached the cell")
    lines.append(("LRS of the cell (ohm)", _over(on)))
    lines.append(("HRS of the cell (ohm)", _over(off)))
    lines.append(("on/off of the cell", _over(off[:cycles] / on[:cycles])))
    if recipe.bare is not None:
        bare = recipe.bare.off / recipe.bare.on
        lines.append(("on/off of the bare memristor", f"{bare:.4g}"))
        kept = off[:cycles] / on[:cycles] / bare
        lines.append(("on/off of the cell over that (%)", _over(kept, PERCENT)))
    if recipe.gate_series is not None:
        series = recipe.gate_series
        parts = value_or_reason(lambda: division(rows, series, recipe.gate), notes)
        if parts is not None:
            lines += _division_lines(rows, recipe, parts, on, off)
            notes.append(SOURCE)
        lines += _bounds(recipe, series)
        notes.append(f"bound: {TABLE_1}; with the source grounded a negative TE loses no threshold")
    verdict = str(rows["verdict"].iloc[-1])
    if verdict == Verdict.CONTACT_LOST:
        notes.append("the contact was lost: all reads lie below the contact floor")
    elif verdict != Verdict.COMPLETE:
        notes.append(f"the run ended in cycle {int(rows['cycle'].iloc[-1])} of {recipe.cycles}")
    return Summary(
        title=f"1T1R loops, {recipe.configuration}, VG {VOLT.show(recipe.gate)}",
        headers=("quantity", "value"),
        rows=tuple(lines),
        notes=tuple(notes),
    )


def results(rows: pd.DataFrame, recipe: OneTransistorOneResistorRecipe) -> Iterator[Result]:
    """Resistances (ohm) of the cell in both states and of its parts, windows, shares, volts.

    ``transistor_share`` is Ron over the LRS of the memristor; ``window_kept`` the window of the
    cell over that of its memristor; ``set_turn_voltage`` stands over the memristor (V) at the turn
    of the SET sweep, ``reset_turn_voltage`` at that of the RESET sweep, if it is ohmic.
    """
    verdict = str(rows["verdict"].iloc[-1])
    ended = verdict in (Verdict.COMPLETE, Verdict.CONTACT_LOST)
    yield outcome(verdict if ended else None, source=f"{len(rows)} rows")
    for phase in (Phase.SET, Phase.RESET):
        switching = _switching(rows, phase)
        yield measured(
            f"{phase}_voltage",
            "V",
            partial(middle, f"the {phase} voltage", switching),
            method=f"{OVER_CYCLES}, {len(switching)} cycles; steepest dI/dV (SET), steepest "
            "drop of I/V (RESET)",
            source=taken_from(rows[rows["phase"] == phase], f"{phase} sweeps"),
        )
    on, off = (state_resistances(rows, p) for p in (Phase.AFTER_SET, Phase.AFTER_RESET))
    after = rows[rows["phase"].isin([Phase.AFTER_SET, Phase.AFTER_RESET])]
    source = taken_from(after, "reads after SET and RESET")
    for name, states in (("lrs", on), ("hrs", off)):
        yield measured(
            name,
            "ohm",
            partial(average, f"the {name.upper()} of the cell", states),
            method=f"mean over {np.isfinite(states).sum()} cycles, Student t interval",
            source=source,
        )
    window, why = attempt(lambda: _window(on, off))
    method = f"mean HRS over mean LRS of {min(len(on), len(off))} cycles, interval of the ratio"
    yield measured("window", RATIO, window, method=method, source=source, why=why)
    if recipe.bare is not None:
        bare = recipe.bare.off / recipe.bare.on
        over = None if window is None else window.mapped(lambda ratio: ratio / bare)
        method = f"{method}, over {bare:.4g} of the bare memristor (recipe)"
        yield measured("window_over_bare", RATIO, over, method=method, source=source, why=why)
    if recipe.gate_series is not None:
        yield from _of_parts(rows, recipe, recipe.gate_series, on, off)


def _of_parts(
    rows: pd.DataFrame,
    recipe: OneTransistorOneResistorRecipe,
    series: GateSeries,
    on: FloatArray,
    off: FloatArray,
) -> Iterator[Result]:
    parts, why = attempt(partial(division, rows, series, recipe.gate))
    source = taken_from(rows[rows["phase"] == Phase.GATE_SERIES], "reads of the gate series")
    transistor = memristor = share = kept = turn = back = None
    if parts is not None:
        transistor, memristor = parts.transistor, parts.memristor
        share = transistor.mapped(lambda r: r / parts.memristor.value)
        kept = transistor.mapped(lambda r: window_kept(_mean(on), _mean(off), r))
        current = _mean(turn_currents(rows, Phase.SET))
        turn = memristor.mapped(lambda ohms: ohms * current)
        high, reset_current = _mean(off), _mean(turn_currents(rows, Phase.RESET))
        back = transistor.mapped(lambda r: max(high - r, 0.0) * reset_current)
    of_both = f"{SOURCE}; interval: that of "
    for name, unit, value, method in (
        ("transistor_resistance", "ohm", transistor, SOURCE),
        ("memristor_resistance", "ohm", memristor, SOURCE),
        ("transistor_share", RATIO, share, f"{of_both}the transistor"),
        ("window_kept", RATIO, kept, f"{of_both}the transistor"),
        ("set_turn_voltage", "V", turn, f"{of_both}the memristor, times the current at the turn"),
        ("reset_turn_voltage", "V", back, f"{of_both}the transistor, HRS times that current"),
    ):
        yield measured(name, unit, value, method=method, source=source, why=why)


def _window(on: FloatArray, off: FloatArray) -> Estimate:
    cycles = min(len(on), len(off))
    what = "the window of the cell"
    (low, high), _ = usable(what, 1, positive=("on", "off"), on=on[:cycles], off=off[:cycles])
    return ratio_of_records(high, low)


def _division_lines(
    rows: pd.DataFrame,
    recipe: OneTransistorOneResistorRecipe,
    parts: Division,
    on: FloatArray,
    off: FloatArray,
) -> list[Cells]:
    transistor, memristor = parts.transistor, parts.memristor
    whole = float(np.nanmean(on)) if np.isfinite(on).any() else nan
    high = float(np.nanmean(off)) if np.isfinite(off).any() else nan
    lines: list[Cells] = [
        (f"Ron of the transistor at VG {VOLT.show(recipe.gate)} (ohm)", quoted(transistor)),
        ("LRS of the memristor (ohm)", quoted(memristor)),
        ("Ron over it (%)", quoted(transistor.mapped(lambda r: r / memristor.value), PERCENT)),
    ]
    kept = transistor.mapped(lambda r: window_kept(whole, high, r))
    lines.append(("on/off of the cell over that of its memristor (%)", quoted(kept, PERCENT)))
    currents = turn_currents(rows, Phase.SET)
    if len(currents) and memristor.value > 0:
        reached = memristor.mapped(lambda ohms: ohms * float(np.mean(currents)))
        at = f"over the memristor at the turn of SET, {VOLT.show(recipe.set_voltage)} (V)"
        lines.append((at, quoted(reached)))
    return lines


def _bounds(recipe: OneTransistorOneResistorRecipe, series: GateSeries) -> list[Cells]:
    """The most that may reach the memristor: the source of an NMOS stays below VG - Vth."""
    follower = recipe.gate - series.threshold
    lossy = {"MOD": "reset", "MOS": "set"}[recipe.configuration]
    lines: list[Cells] = []
    for does, applied in (("set", recipe.set_voltage), ("reset", recipe.reset_voltage)):
        if does == "reset" and recipe.reset_by == "top electrode":
            bound, rule = applied, "all of it"
        elif does == lossy:
            bound, rule = min(applied, follower), "VG - Vth at most"
        else:
            bound, rule = applied, "all of it"
        text = f"{bound:.3g} of {applied:.3g} V ({rule})"
        lines.append((f"bound over the memristor, {does.upper()}", text))
    return lines


def _switching(rows: pd.DataFrame, phase: Phase) -> FloatArray:
    swept = rows[rows["phase"] == phase]
    level = swept["level"].to_numpy(dtype=float)
    _, found = switching_voltages(
        swept["cycle"].to_numpy(dtype=int),
        level,
        swept["current"].to_numpy(dtype=float),
        event="set" if phase is Phase.SET else "reset",
        polarity=1 if float(np.sum(level)) > 0 else -1,
        in_compliance=swept["in_compliance"].to_numpy(dtype=bool),
        least_voltage=0.05,
    )
    return found


def _limited(rows: pd.DataFrame) -> bool:
    swept = rows["phase"].isin([Phase.SET, Phase.RESET])
    return bool(rows.loc[swept, "in_compliance"].any())


def _over(values: FloatArray, unit: ScaledUnit = SI) -> str:
    finite = values[np.isfinite(values)]
    return quoted(mean(finite), unit) if len(finite) else NONE


def _mean(values: FloatArray) -> float:
    finite = values[np.isfinite(values)]
    return float(np.mean(finite)) if len(finite) else float("nan")
