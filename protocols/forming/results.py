"""Results of forming from its rows: outcome, forming voltage and progress."""

from collections.abc import Iterator
from math import inf, isfinite, sqrt

import pandas as pd

from mho.merit import forming as merit
from mho.merit.estimate import Estimate
from mho.merit.reporting import COUNT, measured, outcome, taken_from, where
from mho.merit.samples import NotEnoughData
from mho.protocols.delivered import as_pulses, delivered_notes, delivered_results
from mho.protocols.forming.recipe import FormingRecipe
from mho.protocols.forming.row import Phase, Verdict
from mho.protocols.quoting import INTERVALS, NONE, brief, quoted
from mho.quantities import AMPERE, JOULE, MICROSIEMENS, OHM, VOLT
from mho.result import Result
from mho.summary import Summary


def summary(rows: pd.DataFrame, recipe: FormingRecipe) -> Summary:
    """The outcome, and what it took."""
    last = rows.iloc[-1]
    steps = where(rows, rows["phase"] == Phase.STEP)
    outcome = str(last["verdict"])
    if outcome == Verdict.GOING_ON:
        outcome = "the run was ended before its outcome was read"
    table = [
        ("outcome", outcome),
        ("stopped by", str(last["stop"]) if len(steps) else "nothing was applied"),
    ]
    notes = [INTERVALS]
    if len(steps):
        found = forming_voltage(steps)
        formed = str(last["verdict"]) in (Verdict.FORMED, Verdict.DAMAGED)
        if found is not None and formed:
            at = f"{brief(found.not_formed, VOLT)} to {brief(found.formed, VOLT)}"
            table.append(("forming voltage", at))
            notes.append(f"forming voltage: {found.source}")
        currents = steps["current"].abs()
        table += [
            ("levels applied", f"{len(steps)}, the last {brief(steps['level'].iloc[-1], VOLT)}"),
            ("largest current", brief(float(currents.max()), AMPERE)),
            ("energy", brief(float(steps["energy"].iloc[-1]), JOULE)),
        ]
        if steps["in_compliance"].any():
            table.append(("current limit", "was active"))
        else:
            table.append(("current limit", "never active: the device limited itself"))
    for phase in (Phase.BEFORE, Phase.AFTER):
        state = where(rows, rows["phase"] == phase)
        if len(state):
            table.append((f"conductance {phase}", _conductance(state.iloc[0])))
    return Summary(
        title=f"Electroforming by {recipe.method}",
        headers=("", "value"),
        rows=tuple(table),
        notes=(*notes, *delivered_notes(forming_pulses(rows))),
    )


def forming_pulses(rows: pd.DataFrame) -> pd.DataFrame:
    """The forming levels as pulses."""
    steps = where(rows, rows["phase"] == Phase.STEP)
    return as_pulses(steps, "level", "voltage", "current", "width")


def results(rows: pd.DataFrame, recipe: FormingRecipe) -> Iterator[Result]:
    """Outcome, forming voltage, largest current, energy, resistance before and after."""
    steps = where(rows, rows["phase"] == Phase.STEP)
    verdict = str(rows["verdict"].iloc[-1])
    yield outcome(None if verdict == Verdict.GOING_ON else verdict, source=f"{len(rows)} rows")
    applied = taken_from(steps, f"forming levels ({recipe.method})").text
    voltage = forming_voltage(steps) if verdict in (Verdict.FORMED, Verdict.DAMAGED) else None
    bracket = None
    if voltage is not None:
        low, high = abs(voltage.not_formed), abs(voltage.formed)
        bracket = Estimate(value=high, low=min(low, high), high=high)
    yield measured(
        "forming_voltage",
        "V",
        bracket,
        method="magnitude of the first level after the lasting jump of the current; interval: from "
        "the level before it",
        source=applied,
        why="the device did not form by a lasting jump of the current",
    )
    no_level = "no forming level was applied"
    currents = steps["current"].abs()
    limited, largest, energy = (
        (float(steps["in_compliance"].sum()), float(currents.max()), float(steps["energy"].max()))
        if len(steps)
        else (None, None, None)
    )
    method = "count of levels at which the current limit was active"
    yield measured("limited", COUNT, limited, method=method, source=applied, why=no_level)
    method = f"largest magnitude of {len(steps)} readings"
    yield measured("largest_current", "A", largest, method=method, source=applied, why=no_level)
    method = "sum over the levels, at most"
    yield measured("energy", "J", energy, method=method, source=applied, why=no_level)
    for phase in (Phase.BEFORE, Phase.AFTER):
        state = where(rows, rows["phase"] == phase)
        reads = int(state["reads"].iloc[0]) if len(state) else 0
        yield measured(
            f"resistance_{phase}",
            "ohm",
            _resistance(state),
            method=f"inverse of the mean conductance of {reads} reads; Student t interval",
            source=taken_from(state, f"reads {phase} forming"),
            why=f"no conductance above zero was read {phase} forming",
        )
    yield from delivered_results(forming_pulses(rows))


def _resistance(state: pd.DataFrame) -> Estimate | None:
    found = _mean_conductance(state.iloc[0]) if len(state) else None
    if found is None or found.value <= 0:
        return None
    high = 1 / found.low if found.low > 0 else inf
    return Estimate(value=1 / found.value, low=1 / found.high, high=high)


def forming_voltage(steps: pd.DataFrame) -> merit.FormingVoltage | None:
    """Between which levels the current jumped, and stayed; None if it did not."""
    try:
        return merit.forming_voltage(
            steps["level"].to_numpy(float), steps["current"].to_numpy(float)
        )
    except NotEnoughData:
        return None


def _mean_conductance(row: pd.Series) -> Estimate | None:
    """S; None where nothing was read."""
    value, reads = float(row["conductance"]), int(row["reads"])
    if not isfinite(value) or reads < 1:
        return None
    return Estimate.of(value, float(row["spread"]) / sqrt(reads), reads - 1)


def _conductance(row: pd.Series) -> str:
    interval, reads = _mean_conductance(row), int(row["reads"])
    if interval is None:
        return NONE
    resistance = f", {brief(1 / interval.value, OHM)}" if interval.value > 0 else ""
    shown = f"{quoted(interval, MICROSIEMENS)} {MICROSIEMENS}"
    return f"{shown}{resistance} ({reads} reads)"
