"""Results of writing by charge: what was delivered, and what it did to the conductance."""

from functools import partial
from math import isfinite

import numpy as np
import pandas as pd

from mho.merit.estimate import Estimate
from mho.merit.regression import line
from mho.merit.samples import NotEnoughData
from mho.protocols.quoting import INTERVALS, NONE, limited_reads, quoted, value_or_reason
from mho.protocols.write_charge.recipe import WriteChargeRecipe
from mho.protocols.write_charge.row import Verdict
from mho.quantities import COULOMB, PERCENT
from mho.summary import Summary

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
    sound = table[table["verdict"] != Verdict.CONTACT_LOST].dropna(subset=["delivered", "change"])
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
    return Summary(
        title="Writing by charge",
        headers=("charge", "writes", "error (%)", "worst (%)", "shots", "response (S/C)"),
        rows=tuple(lines),
        notes=(*notes, *limited_reads(rows), *reasons),
    )


def _percent(error: float) -> str:
    return f"{PERCENT.of(error):.2g}" if isfinite(error) else NONE


def merits(rows: pd.DataFrame, recipe: WriteChargeRecipe) -> dict[str, float]:
    """Worst error of the delivered charge as a fraction; siemens per coulomb of either sign."""
    del recipe
    table = written(rows)
    if not len(table):
        return {}
    found = {"worst_charge_error": float(table["error"].abs().max())}
    for name, part in (
        ("response_positive", table[table["charge"] > 0]),
        ("response_negative", table[table["charge"] < 0]),
    ):
        slope = value_or_reason(partial(response, part), [])
        if slope is not None and np.isfinite(slope.value):
            found[name] = slope.value
    return found
