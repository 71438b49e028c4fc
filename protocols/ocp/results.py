"""Results of an open-circuit potential: its range, and its slope on the conductance."""

from collections.abc import Iterator
from functools import partial

import pandas as pd

from mho.merit.estimate import Estimate
from mho.merit.regression import Fit, line
from mho.merit.reporting import measured, taken_from
from mho.merit.samples import NotEnoughData
from mho.protocols.breakdown import breakdown_notes
from mho.protocols.ocp.recipe import OcpRecipe
from mho.protocols.ocp.row import Direction, Verdict
from mho.protocols.quoting import INTERVALS, NONE, limited_reads, quoted, value_or_reason
from mho.quantities import COULOMB, SIEMENS, VOLT, ScaledUnit
from mho.result import Result
from mho.summary import Summary

_FEWEST = 3
_SLOPE = ScaledUnit("mV/uS", 1e3)
_HEADER = f"slope ({_SLOPE})"


def sound(rows: pd.DataFrame) -> pd.DataFrame:
    """The states of which potential and conductance were measured, within their limits."""
    doubtful = rows["potential_in_compliance"] | rows["in_compliance"]
    lost = rows["verdict"] == Verdict.CONTACT_LOST
    return rows[~doubtful.astype(bool) & ~lost].dropna(subset=["potential", "conductance"])


def fitted(rows: pd.DataFrame) -> Fit:
    """The straight line of potential (V) on conductance (S): its slope, then where it begins.

    Raises
    ------
    NotEnoughData
        Fewer than three sound states, or all of one conductance or one potential.
    """
    states = sound(rows)
    if len(states) < _FEWEST:
        raise NotEnoughData(f"the slope of the potential needs {_FEWEST} states, got {len(states)}")
    conductances, potentials = (states[name].to_numpy() for name in ("conductance", "potential"))
    return line("the slope of the potential", conductances, potentials)


def slope(rows: pd.DataFrame) -> Estimate:
    """Slope of the potential on the conductance (V/S) over all sound states; raises as `fitted`."""
    return fitted(rows).parameter(0)


def summary(rows: pd.DataFrame, recipe: OcpRecipe) -> Summary:
    """Range of potential and conductance on each way, and the slope between them."""
    reasons: list[str] = []
    units = {
        name: unit.readable(rows[name].abs().max())
        for name, unit in (("potential", VOLT), ("conductance", SIEMENS))
    }
    lines = []
    for direction, part in ways(rows).items():
        found = value_or_reason(partial(slope, part), reasons)
        lines.append(
            (
                direction.value,
                str(len(part)),
                *(_range(part[name], unit) for name, unit in units.items()),
                NONE if found is None else quoted(found, _SLOPE),
            )
        )
    notes = [
        f"potential: mean of {recipe.potential.reads} readings with 0 A at "
        f"{rows['terminal'].iloc[0]}, {COULOMB.show(recipe.step)} from state to state; slope: of "
        f"potential on conductance; {INTERVALS}"
    ]
    limited = int(rows["potential_in_compliance"].sum())
    if limited:
        notes.append(
            f"{limited} of {len(rows)} potentials lie beyond the voltage limit of "
            f"{VOLT.show(recipe.potential.voltage_limit)} and are left out: raise it"
        )
    if (rows["verdict"] == Verdict.CONTACT_LOST).any():
        notes.append("the run ended early: contact lost")
    notes += breakdown_notes(rows)
    return Summary(
        title="Open-circuit potential",
        headers=("way", "states", *(f"{name} ({unit})" for name, unit in units.items()), _HEADER),
        rows=tuple(lines),
        notes=(*notes, *limited_reads(rows), *reasons),
    )


def ways(rows: pd.DataFrame) -> dict[Direction, pd.DataFrame]:
    """The states out and back, in the order of time; the way back begins where that out ends."""
    ordered = rows.sort_values("time")
    out = ordered[ordered["direction"] != Direction.BACK]
    back = ordered[ordered["direction"] == Direction.BACK]
    found = {Direction.OUT: out}
    if len(back):
        found[Direction.BACK] = pd.concat([out.tail(1), back])
    return found


def _range(values: pd.Series, unit: ScaledUnit) -> str:
    low, high = (unit.of(float(end)) for end in (values.min(), values.max()))
    return f"{low:.4g} ... {high:.4g}"


def results(rows: pd.DataFrame, recipe: OcpRecipe) -> Iterator[Result]:
    """Largest magnitude of the potential (V), and its slope on the conductance (V/S)."""
    source = taken_from(rows, "states", "potential_in_compliance", "in_compliance")
    yield measured(
        "largest_potential",
        "V",
        float(rows["potential"].abs().max()),
        method=f"largest magnitude of {len(rows)} states, each the mean of "
        f"{recipe.potential.reads} readings at 0 A",
        source=source,
    )
    yield measured(
        "potential_slope",
        "V/S",
        lambda: slope(rows),
        method=f"least squares of potential on conductance, {len(sound(rows))} states",
        source=source,
    )
