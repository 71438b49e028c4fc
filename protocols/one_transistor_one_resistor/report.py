"""What the loops came to: on/off kept, share of the transistor, figure; from the rows alone."""

from math import nan

import numpy as np
import pandas as pd

from mho.figure import Figure, Line, Panel
from mho.merit.estimate import mean
from mho.merit.samples import FloatArray
from mho.merit.switching import switching_voltages
from mho.protocols.one_transistor_one_resistor.division import (
    LEAST_CONDUCTANCE,
    SOURCE,
    Division,
    division,
    state_resistances,
    turn_currents,
    window_kept,
)
from mho.protocols.one_transistor_one_resistor.point import CellPoint, Phase, Verdict
from mho.protocols.one_transistor_one_resistor.recipe import (
    GateSeries,
    OneTransistorOneResistorRecipe,
)
from mho.protocols.quoting import INTERVALS, NONE, answered, quoted
from mho.protocols.staircase import Direction
from mho.quantities import VOLT
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
        kept = 100 * (off[:cycles] / on[:cycles] / bare)
        lines.append(("on/off of the cell over that (%)", _over(kept)))
    if recipe.gate_series is not None:
        series = recipe.gate_series
        parts = answered(lambda: division(rows, series, recipe.gate), notes)
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


def figure(rows: pd.DataFrame, recipe: OneTransistorOneResistorRecipe) -> Figure:
    """abs(I) against the voltage over the cell; beneath, the LRS against the gate voltage."""
    by_line = recipe.reset_by == "source line"
    last = rows["cycle"].max()
    faint, full = [], []
    for series, (phase, direction) in enumerate(
        (phase, way) for phase in (Phase.SET, Phase.RESET) for way in Direction
    ):
        swept = rows[(rows["phase"] == phase) & (rows["direction"] == direction)]
        for cycle, of_cycle in swept.groupby("cycle", sort=True):
            level = of_cycle["level"].to_numpy(dtype=float)
            over = -level if by_line and phase is Phase.RESET else level
            x, y = over.tolist(), _positive(np.abs(of_cycle["current"].to_numpy(dtype=float)))
            if cycle == last:
                label = f"{phase} {direction}"
                full.append(Line(x=x, y=y, series=series, label=label, arrow=True))
            else:
                faint.append(Line(x=x, y=y, series=series, faint=True))
    panels = [
        Panel(
            x_label="TE minus source line (V)",
            y_label="abs(current) (A)",
            lines=(*faint, *full),
            y_scale="log",
            height=2.2,
        )
    ]
    taken = rows[rows["phase"] == Phase.GATE_SERIES]
    if recipe.gate_series is not None and len(taken):
        panels.append(_series_panel(rows, taken, recipe.gate_series, recipe.gate))
    return Figure(
        title=f"1T1R loops, {recipe.configuration}, VG {VOLT.show(recipe.gate)}",
        panels=tuple(panels),
        shared_x=False,
        legend="branch",
    )


def progress(row: CellPoint, recipe: OneTransistorOneResistorRecipe) -> tuple[float, str]:
    """Share of the cycles done."""
    share = (row.cycle - 1 + list(Phase).index(row.phase) / len(Phase)) / recipe.cycles
    text = f"cycle {row.cycle} of {recipe.cycles}: {row.phase}, VG {VOLT.show(row.gate)}"
    return (1.0 if row.verdict is not Verdict.GOING_ON else share), text


def _series_panel(
    rows: pd.DataFrame, taken: pd.DataFrame, series: GateSeries, gate: float
) -> Panel:
    conductance = taken.groupby("gate", sort=True)["conductance"].mean()
    gates = conductance.index.to_list()
    points = Line(
        x=gates,
        y=[1 / g if g >= LEAST_CONDUCTANCE else nan for g in conductance.to_list()],
        style="points",
    )
    lines = [points]
    parts = answered(lambda: division(rows, series, gate), [])
    if parts is not None:
        per_overdrive = parts.transistor.value * (gate - series.threshold)
        x = np.linspace(gates[0], gates[-1], 50)
        fitted = parts.memristor.value + per_overdrive / (x - series.threshold)
        lines.append(Line(x=x.tolist(), y=fitted.tolist(), series=1, label="fit"))
        flat = [parts.memristor.value] * 2
        lines.append(Line(x=[gates[0], gates[-1]], y=flat, series=2, label="memristor alone"))
    return Panel(x_label="VG (V)", y_label="LRS of the cell (ohm)", lines=tuple(lines))


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
        ("Ron over it (%)", quoted(transistor.mapped(lambda r: 100 * r / memristor.value))),
    ]
    kept = transistor.mapped(lambda r: 100 * window_kept(whole, high, r))
    lines.append(("on/off of the cell over that of its memristor (%)", quoted(kept)))
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


def _over(values: FloatArray) -> str:
    finite = values[np.isfinite(values)]
    return quoted(mean(finite)) if len(finite) else NONE


def _positive(values: FloatArray) -> list[float]:
    return [one if one > 0 else nan for one in values.tolist()]
