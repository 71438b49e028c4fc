"""Results of an open-circuit potential: its range, and its slope on the conductance."""

import pandas as pd

from mho.merit.estimate import Estimate
from mho.merit.regression import line
from mho.protocols.ocp.recipe import OcpRecipe
from mho.protocols.ocp.row import Direction, OcpRow, Verdict
from mho.protocols.quoting import INTERVALS, brief, limited_reads, quoted, value_or_reason
from mho.quantities import COULOMB, SIEMENS, VOLT, ScaledUnit, Unit
from mho.summary import Summary

_VOLTS_PER_MICROSIEMENS = ScaledUnit("V/uS", 1e6)


def slope(rows: pd.DataFrame) -> Estimate:
    """Slope of the potential on the conductance (V/S), all states whose potential was not limited.

    Raises
    ------
    NotEnoughData
        Fewer than three such states, or all of one conductance.
    """
    sound = rows[~rows["potential_in_compliance"]]
    fit = line(
        "the slope of the potential",
        sound["conductance"].to_numpy(),
        sound["potential"].to_numpy(),
    )
    return fit.parameter(0)


def summary(rows: pd.DataFrame, recipe: OcpRecipe) -> Summary:
    """Range of potential and conductance on each way, and the slope between them."""
    reasons: list[str] = []
    lines = []
    for direction in (Direction.OUT, Direction.BACK):
        part = rows[rows["direction"].isin([direction, Direction.START])]
        if direction is Direction.BACK:
            part = rows[rows["direction"] == direction]
        if not len(part):
            continue
        of_way = value_or_reason(lambda part=part: slope(part), reasons)
        lines.append(
            (
                direction.value,
                str(len(part)),
                _range(part["potential"], VOLT),
                _range(part["conductance"], SIEMENS),
                "-" if of_way is None else quoted(of_way, _VOLTS_PER_MICROSIEMENS),
            )
        )
    notes = [
        f"potential: mean of {recipe.potential.reads} readings with 0 A at "
        f"{rows['terminal'].iloc[0]}; slope: potential on conductance; {INTERVALS}",
        f"charge from state to state: {COULOMB.show(recipe.step)}",
    ]
    limited = int(rows["potential_in_compliance"].sum())
    if limited:
        notes.append(
            f"{limited} of {len(rows)} potentials lie beyond the voltage limit of "
            f"{VOLT.show(recipe.potential.voltage_limit)} and are left out: raise it"
        )
    if (rows["verdict"] == Verdict.CONTACT_LOST).any():
        notes.append("the run ended early: contact lost")
    return Summary(
        title="Open-circuit potential",
        headers=("way", "states", "potential", "conductance", "slope (V/uS)"),
        rows=tuple(lines),
        notes=(*notes, *limited_reads(rows), *reasons),
    )


def _range(values: pd.Series, unit: Unit) -> str:
    return f"{brief(values.min(), unit)} ... {brief(values.max(), unit)}"


def merits(rows: pd.DataFrame, recipe: OcpRecipe) -> dict[str, float]:
    """Largest magnitude of the potential (V), and its slope on the conductance (V/S)."""
    del recipe
    found = {"largest_potential": float(rows["potential"].abs().max())}
    of_all = value_or_reason(lambda: slope(rows), [])
    if of_all is not None:
        found["slope"] = of_all.value
    return found


def progress(row: OcpRow, recipe: OcpRecipe) -> tuple[float, str]:
    """Share of states that are measured, and the potential of this one."""
    text = f"state {row.state} ({row.direction}): {brief(row.potential, VOLT)}"
    return (row.state + 1) / recipe.states, f"{text}, {brief(row.conductance, SIEMENS)}"
