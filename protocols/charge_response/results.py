"""Results of a response to charge: siemens per coulomb of either way, and how alike they are."""

from collections.abc import Iterator, Mapping
from functools import partial

import numpy as np
import pandas as pd

from mho.merit.asymmetry import asymmetry
from mho.merit.estimate import Estimate
from mho.merit.regression import line
from mho.merit.reporting import RATIO, measured, taken_from
from mho.merit.samples import NotEnoughData
from mho.protocols.breakdown import breakdown_notes
from mho.protocols.charge_response.recipe import ChargeResponseRecipe
from mho.protocols.quoting import INTERVALS, NONE, limited_reads, quoted, value_or_reason
from mho.protocols.write_charge.results import response, written
from mho.protocols.write_charge.row import Verdict
from mho.quantities import COULOMB, MICROSIEMENS, PERCENT
from mho.result import Result
from mho.summary import Summary

_WAYS = ("up", "down")


def ways(rows: pd.DataFrame, recipe: ChargeResponseRecipe) -> Mapping[str, pd.DataFrame]:
    """The charges written up and those written down, with ``error`` and ``change`` (S)."""
    table = written(rows)
    is_up = table["write"] <= recipe.steps
    return {"up": table[is_up], "down": table[~is_up]}


def traces(rows: pd.DataFrame, recipe: ChargeResponseRecipe, way: str) -> list[list[float]]:
    """Conductances (S) of each cycle on that way, the state it starts from first."""
    found = []
    ordered = rows.sort_values("time")
    for cycle in sorted(set(ordered["cycle"])):
        part = ordered[ordered["cycle"] == cycle]
        if way == "up":
            before = ordered[ordered["time"] < part["time"].iloc[0]].tail(1)
            first = before if cycle > 1 else part[part["write"] == 0]
            on_way = part[(part["write"] > 0) & (part["write"] <= recipe.steps)]
        else:
            first = part[part["write"] == recipe.steps]
            on_way = part[part["write"] > recipe.steps]
        found.append([*first["conductance"].tail(1), *on_way["conductance"]])
    return [trace for trace in found if len(trace) > 1]


def at_state(table: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """The conductance (S) that each charge starts from, and siemens per coulomb there."""
    sound = table.dropna(subset=["delivered", "change"])
    starts = (sound["conductance"] - sound["change"]).to_numpy(dtype=np.float64)
    return starts, (sound["change"] / sound["delivered"]).to_numpy(dtype=np.float64)


def slope(table: pd.DataFrame) -> Estimate:
    """How the response changes over the states: relative change over the range that was crossed.

    Raises
    ------
    NotEnoughData
        Fewer than three charges, or all from the same state.
    """
    starts, responses = at_state(table)
    fit = line("the response over the states", starts, responses)
    across, middle = float(np.ptp(starts)), float(np.mean(responses))
    if middle == 0.0:
        raise NotEnoughData("the response over the states needs a conductance that changes")
    return fit.parameter(0).mapped(lambda value: value * across / middle)


def summary(rows: pd.DataFrame, recipe: ChargeResponseRecipe) -> Summary:
    """One line a way: range, siemens per coulomb, and its change over the states."""
    reasons: list[str] = []
    lines = []
    for way, table in ways(rows, recipe).items():
        if not len(table):
            continue
        found = value_or_reason(partial(response, table), reasons)
        over = value_or_reason(partial(slope, table), reasons)
        ends = (MICROSIEMENS.of(float(end)) for end in _range(table))
        lines.append(
            (
                way,
                str(len(table)),
                " ... ".join(f"{end:.4g}" for end in ends),
                NONE if found is None else quoted(found),
                NONE if over is None else quoted(over, PERCENT),
            )
        )
    notes = [
        f"response: slope of conductance on charge, {COULOMB.show(recipe.step)} a step; over the "
        f"states: its change over the range, a part of its mean; {INTERVALS}"
    ]
    found = value_or_reason(partial(_asymmetry, rows, recipe), reasons)
    if found is not None:
        notes.append(f"mean asymmetry of up and down steps: {quoted(found, PERCENT)} %")
    if (rows["verdict"] == Verdict.CONTACT_LOST).any():
        notes.append("the run ended early: contact lost")
    notes += breakdown_notes(rows)
    return Summary(
        title="Response to charge",
        headers=("way", "charges", "range (uS)", "response (S/C)", "over the states (%)"),
        rows=tuple(lines),
        notes=(*notes, *limited_reads(rows), *dict.fromkeys(reasons)),
    )


def results(rows: pd.DataFrame, recipe: ChargeResponseRecipe) -> Iterator[Result]:
    """Siemens per coulomb up and down, their change over the states, asymmetry of the steps."""
    tables = ways(rows, recipe)
    for way in _WAYS:
        table = tables[way]
        source = taken_from(table, f"charges, {way}")
        yield measured(
            f"response_{way}",
            "S/C",
            partial(response, table),
            method=f"slope of conductance on delivered charge, {len(table)} charges",
            source=source,
        )
        yield measured(
            f"response_over_states_{way}",
            RATIO,
            partial(slope, table),
            method="change of the response over the range crossed, a part of its mean",
            source=source,
        )
    yield measured(
        "mean_asymmetry",
        RATIO,
        partial(_asymmetry, rows, recipe),
        method="mean of |up - down| / (up + down) of steps from the same conductance",
        source=taken_from(rows, "reads"),
    )
    yield measured(
        "worst_charge_error",
        RATIO,
        float(written(rows)["error"].abs().max()),
        method="largest |delivered / asked - 1|",
        source=taken_from(written(rows), "charges written", "write_in_compliance").text,
        why="no charge was written",
    )


def _asymmetry(rows: pd.DataFrame, recipe: ChargeResponseRecipe) -> Estimate:
    up, down = (traces(rows, recipe, way) for way in _WAYS)
    return asymmetry(up, down).mean


def _range(table: pd.DataFrame) -> tuple[float, float]:
    starts = (table["conductance"] - table["change"]).dropna()
    values = [*starts, *table["conductance"]]
    return min(values), max(values)
