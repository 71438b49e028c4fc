"""Results of 1T1R loops from their rows: on/off kept, share of the transistor, progress."""

from functools import partial
from math import isfinite, nan

import numpy as np
import pandas as pd

from mho.merit.estimate import mean
from mho.merit.samples import FloatArray
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


def merits(rows: pd.DataFrame, recipe: OneTransistorOneResistorRecipe) -> dict[str, float]:
    """Resistances (ohm) of the cell in both states and of its parts, windows, shares, volts.

    ``transistor_share`` is Ron over the LRS of the memristor; ``window_kept`` the window of the
    cell over that of its memristor; ``set_turn_voltage`` stands over the memristor (V) at the turn
    of the SET sweep.
    """
    on, off = (_mean(state_resistances(rows, p)) for p in (Phase.AFTER_SET, Phase.AFTER_RESET))
    found = {"lrs": on, "hrs": off, "window": off / on}
    if recipe.bare is not None:
        found["window_over_bare"] = off / on / (recipe.bare.off / recipe.bare.on)
    if recipe.gate_series is not None:
        parts = value_or_reason(partial(division, rows, recipe.gate_series, recipe.gate), [])
        if parts is not None:
            transistor, memristor = parts.transistor.value, parts.memristor.value
            found["transistor_resistance"] = transistor
            found["memristor_resistance"] = memristor
            found["transistor_share"] = transistor / memristor
            found["window_kept"] = window_kept(on, off, transistor)
            found["set_turn_voltage"] = memristor * _mean(turn_currents(rows, Phase.SET))
    return {name: value for name, value in found.items() if isfinite(value)}


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
