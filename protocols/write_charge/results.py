"""Results of writing by charge: what was delivered, and what it did to the conductance."""

from collections.abc import Iterator
from functools import partial
from math import isfinite

import pandas as pd

from mho.merit.estimate import Estimate
from mho.merit.proportion import WILSON, proportion
from mho.merit.regression import line
from mho.merit.reporting import RATIO, measured, taken_from
from mho.merit.samples import NotEnoughData
from mho.protocols.breakdown import breakdown_notes
from mho.protocols.quoting import INTERVALS, NONE, limited_reads, quoted, value_or_reason
from mho.protocols.write_charge.recipe import WriteChargeRecipe
from mho.protocols.write_charge.row import Verdict
from mho.quantities import COULOMB, PERCENT
from mho.result import Result
from mho.summary import Summary

_UNSOUND = (Verdict.CONTACT_LOST, Verdict.BREAKDOWN)
_FEWEST = 3
_DIGITS = 9
"""Of an error as a fraction: sums of decimal charges are not exact."""


def written(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows of charges, with ``error`` (delivered less asked, over asked) and ``change`` (S)."""
    ordered = rows.sort_values("time")
    error = (ordered["delivered"] - ordered["charge"]) / ordered["charge"]
    table = ordered.assign(error=error.round(_DIGITS), change=ordered["conductance"].diff())
    return table[table["write"] > 0]


def response(table: pd.DataFrame) -> Estimate:
    """Siemens per coulomb: slope of conductance on charge, summed over the writes of ``table``.

    Raises
    ------
    NotEnoughData
        Fewer than three charges that were measured, with a read before and after.
    """
    sound = table[~table["verdict"].isin(_UNSOUND)].dropna(subset=["delivered", "change"])
    so_far, changed = (sound[name].cumsum().to_numpy() for name in ("delivered", "change"))
    if len(sound) < _FEWEST:
        raise NotEnoughData(f"the response to charge needs {_FEWEST} writes, got {len(sound)}")
    return line("the response to charge", so_far, changed).parameter(0)


def summary(rows: pd.DataFrame, recipe: WriteChargeRecipe) -> Summary:
    """For each charge: how well it was delivered, and siemens per coulomb."""
    table, reasons = written(rows), list[str]()
    lines = []
    for charge in dict.fromkeys(one.charge for one in recipe.series):
        part = table[table["charge"] == charge]
        if not len(part):
            continue
        slope = value_or_reason(partial(response, part), reasons)
        lines.append(
            (
                COULOMB.show(charge),
                str(len(part)),
                _percent(part["error"].mean()),
                _percent(part["error"].abs().max()),
                f"{part['shots'].mean():.2f}",
                NONE if slope is None else quoted(slope),
            )
        )
    missed = table[~table["is_reached"]]
    notes = [
        "error: (delivered - asked)/asked, mean and largest magnitude; delivered: measured "
        "current times width; shots: mean; "
        f"response: slope of conductance on delivered charge; {INTERVALS}"
    ]
    if len(missed):
        limited = int(missed["write_in_compliance"].sum())
        notes.append(
            f"{len(missed)} of {len(table)} charges are outside the tolerance of "
            f"{PERCENT.of(recipe.charge.tolerance):g} %, {limited} of them held by the voltage "
            "limit: raise charge.voltage_limit, or lower charge.current"
        )
    if (rows["verdict"] == Verdict.CONTACT_LOST).any():
        notes.append("the run ended early: contact lost")
    notes += breakdown_notes(rows)
    return Summary(
        title="Writing by charge",
        headers=("charge", "writes", "error (%)", "worst (%)", "shots", "response (S/C)"),
        rows=tuple(lines),
        notes=(*notes, *limited_reads(rows), *reasons),
    )


def _percent(error: float) -> str:
    return f"{PERCENT.of(error):.2g}" if isfinite(error) else NONE


def results(rows: pd.DataFrame, recipe: WriteChargeRecipe) -> Iterator[Result]:
    """Worst error of the delivered charge (a fraction); siemens per coulomb of either sign."""
    table = written(rows)
    source = taken_from(table, "charges written", "write_in_compliance").text
    yield measured(
        "worst_charge_error",
        RATIO,
        float(table["error"].abs().max()) if len(table) else None,
        method=f"largest |delivered / asked - 1| of {len(table)} charges",
        source=source,
        why="no charge was written",
    )
    within = f"within {PERCENT.of(recipe.charge.tolerance):g} %"
    reached = int(table["is_reached"].astype(bool).sum())
    yield measured(
        "reached_share",
        RATIO,
        partial(proportion, reached, len(table)),
        method=f"{WILSON}, of {len(table)} charges, {within}",
        source=source,
    )
    for name, part in (
        ("response_positive", table[table["charge"] > 0]),
        ("response_negative", table[table["charge"] < 0]),
    ):
        yield measured(
            name,
            "S/C",
            partial(response, part),
            method=f"slope of conductance on delivered charge, {len(part)} charges",
            source=taken_from(part, f"charges, {name.removeprefix('response_')}"),
        )
