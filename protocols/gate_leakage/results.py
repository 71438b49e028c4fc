"""Results of a leakage: the current that is left at each level, and its conductance."""

from collections.abc import Iterator
from functools import partial

import numpy as np
import pandas as pd

from mho.merit.estimate import Estimate
from mho.merit.regression import line
from mho.merit.reporting import average, counted, measured, outcome, taken_from
from mho.merit.samples import NotEnoughData, is_constant
from mho.protocols.gate_leakage.recipe import GateLeakageRecipe
from mho.protocols.gate_leakage.row import Phase, Verdict
from mho.protocols.quoting import INTERVALS, NONE, brief, limited_reads, quoted, value_or_reason
from mho.quantities import AMPERE, COULOMB, FRACTION, SIEMENS, VOLT
from mho.result import Result
from mho.summary import Summary

_FEWEST = 3
_ENDS = (Verdict.COMPLETE, Verdict.BREAKDOWN, Verdict.CONTACT_LOST)


def last_part(rows: pd.DataFrame, recipe: GateLeakageRecipe) -> pd.DataFrame:
    """The readings of levels that count as leakage."""
    levels = rows[rows["phase"] == Phase.LEVEL]
    return levels[levels["moment"] > recipe.duration * (1 - recipe.last_part)]


def at_levels(
    rows: pd.DataFrame, recipe: GateLeakageRecipe
) -> Iterator[tuple[float, pd.DataFrame]]:
    """Each level (V) with the readings that count as leakage."""
    for number, part in last_part(rows, recipe).groupby("number", sort=True):
        yield recipe.levels[int(str(number))], part


def passed(rows: pd.DataFrame, number: int, recipe: GateLeakageRecipe) -> float:
    """Charge (C) that passed at a level beyond its leakage: what moved ions."""
    part = rows[(rows["phase"] == Phase.LEVEL) & (rows["number"] == number)]
    late = part["moment"] > recipe.duration * (1 - recipe.last_part)
    beyond = part["current"] - part.loc[late, "current"].mean()
    return float(beyond.sum() * recipe.interval)


def still_falls(part: pd.DataFrame) -> bool:
    """Whether the magnitude falls over the readings that count as leakage, beyond their scatter."""
    part = part[np.isfinite(part["current"])]
    currents = part["current"].abs().to_numpy()
    if len(part) < _FEWEST or is_constant(currents):
        return False
    fit = line("the end of a level", part["moment"].to_numpy(), currents)
    return fit.parameter(0).high < 0.0


def leakage_conductance(rows: pd.DataFrame, recipe: GateLeakageRecipe) -> Estimate:
    """Slope (S) of the leakage on the voltage, over all levels.

    Raises
    ------
    NotEnoughData
        Fewer than three levels.
    """
    means = [
        (float(part["voltage"].mean()), float(part["current"].mean()))
        for _, part in at_levels(rows, recipe)
        if not part["in_compliance"].astype(bool).any()
    ]
    means = [pair for pair in means if np.isfinite(pair).all()]
    if len(means) < _FEWEST:
        raise NotEnoughData(f"the leakage conductance needs {_FEWEST} levels, got {len(means)}")
    volts, amperes = np.array(means).T
    return line("the leakage conductance", volts, amperes).parameter(0)


def summary(rows: pd.DataFrame, recipe: GateLeakageRecipe) -> Summary:
    """One line a level: its leakage, the charge beyond it, and the read that follows."""
    reasons: list[str] = []
    lines = []
    unit = AMPERE.readable(last_part(rows, recipe)["current"].abs().max())
    for number, (level, part) in enumerate(at_levels(rows, recipe)):
        leak = value_or_reason(partial(average, "the leakage", part["current"]), reasons)
        read = rows[(rows["phase"] == Phase.READ) & (rows["number"] == number)]["conductance"]
        lines.append(
            (
                VOLT.show(level),
                NONE if leak is None else quoted(leak, unit),
                brief(passed(rows, number, recipe), COULOMB, 3),
                brief(float(read.iloc[0]), SIEMENS) if len(read) else NONE,
            )
        )
    slope = value_or_reason(partial(leakage_conductance, rows, recipe), reasons)
    notes = [
        f"leakage: mean current of the last {FRACTION.show(recipe.last_part)} of a level; charge: "
        f"what passed beyond it; {INTERVALS}"
    ]
    if slope is not None:
        shown = SIEMENS.readable(abs(slope.value))
        notes.append(f"conductance of the leakage: {quoted(slope, shown)} {shown}")
    moving = [VOLT.show(level) for level, part in at_levels(rows, recipe) if still_falls(part)]
    if moving:
        notes.append(
            f"at {', '.join(moving)} the current still falls at the end: ions still move, so that "
            "what is called leakage is an upper bound; lengthen duration"
        )
    if (rows["verdict"] == Verdict.BREAKDOWN).any():
        notes.append(
            "the run ended with a breakdown: the leakage at the first level has grown by "
            "breakdown_factor of the device or more, or is so many times its sound_leakage"
        )
    if (rows["verdict"] == Verdict.CONTACT_LOST).any():
        notes.append("the run ended early: contact lost")
    return Summary(
        title="Leakage of the written terminal",
        headers=("level", f"leakage ({unit})", "charge", "read after"),
        rows=tuple(lines),
        notes=(*notes, *limited_reads(rows), *dict.fromkeys(reasons)),
    )


def results(rows: pd.DataFrame, recipe: GateLeakageRecipe) -> Iterator[Result]:
    """Leakage at each level (A), its conductance (S), breakdowns."""
    for level, part in at_levels(rows, recipe):
        yield measured(
            "leakage",
            "A",
            partial(average, "the leakage", part["current"]),
            method=f"mean current of the last {FRACTION.show(recipe.last_part)} of the level",
            source=taken_from(part, "readings"),
            part=VOLT.show(level),
        )
    late = last_part(rows, recipe)
    yield measured(
        "leakage_conductance",
        "S",
        partial(leakage_conductance, rows, recipe),
        method="slope of leakage on voltage over the levels",
        source=taken_from(late, "readings"),
    )
    yield counted(
        "breakdowns",
        int((rows["verdict"] == Verdict.BREAKDOWN).sum()),
        method="the leakage at the first level has grown by breakdown_factor",
        source=f"{len(rows)} rows",
    )
    ends = rows.loc[rows["verdict"].isin(_ENDS), "verdict"]
    yield outcome(str(ends.iloc[-1]) if len(ends) else None, source=f"{len(rows)} rows")
