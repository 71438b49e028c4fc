"""What the levels came to: table, separation and figure, from the rows alone."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import nan

import numpy as np
import pandas as pd

from mho.figure import Figure, Line, Panel
from mho.merit.estimate import mean
from mho.merit.levels import level_separation
from mho.merit.regression import line
from mho.merit.samples import FloatArray
from mho.protocols.iv.point import IvPoint, Part, Side, Verdict
from mho.protocols.multilevel_compliance.recipe import MultilevelComplianceRecipe
from mho.protocols.quoting import INTERVALS, NONE, answered, brief, quoted
from mho.quantities import AMPERE, SECOND, SIEMENS
from mho.summary import Summary

MICRO = 1e6


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """All verify reads (S) that belong to one compliance, after SET and after the RESET before."""

    compliance: float
    on: FloatArray
    off: FloatArray
    limited: bool


def levels(rows: pd.DataFrame, recipe: MultilevelComplianceRecipe) -> Iterator[Level]:
    """The levels in the order of the recipe, those that were reached."""
    for compliance, of_level in _by_level(rows, recipe):
        reads = of_level[of_level["part"] == Part.READ]
        on, off = (
            reads.loc[reads["side"] == side, "conductance"].to_numpy(dtype=float)
            for side in (Side.SET, Side.RESET)
        )
        swept = of_level[(of_level["part"] != Part.READ) & (of_level["side"] == Side.SET)]
        limited = bool(swept["in_compliance"].any())
        if len(on) > 1:
            yield Level(compliance=compliance, on=on, off=off, limited=limited)


def summary(rows: pd.DataFrame, recipe: MultilevelComplianceRecipe) -> Summary:
    """One line a compliance, in ascending order of conductance; and how many are separate."""
    found = list(levels(rows, recipe))
    notes = [INTERVALS + ", of all reads of a level"]
    separation = answered(
        lambda: level_separation(
            [level.on for level in found],
            minimum_gap=recipe.minimum_gap,
            minimum_d_prime=recipe.minimum_d_prime,
        ),
        notes,
    )
    apart = {} if separation is None else {one.lower: one for one in separation.neighbours}
    table = []
    for number in sorted(range(len(found)), key=lambda n: float(np.mean(found[n].on))):
        level, next_up = found[number], apart.get(number)
        table.append(
            (
                AMPERE.show(level.compliance),
                "yes" if level.limited else "no",
                quoted(mean(level.on), 1 / MICRO),
                f"{np.std(level.on, ddof=1) * MICRO:.2g}",
                f"{np.mean(level.off) * MICRO:.4g}" if len(level.off) else NONE,
                f"{np.mean(level.on) / np.mean(level.off):.3g}" if np.any(level.off) else NONE,
                NONE if next_up is None else f"{next_up.gap * MICRO:.3g}",
                NONE if next_up is None else f"{next_up.d_prime:.3g}",
            )
        )
    if separation is not None:
        span = SECOND.show(round(recipe.reads * (recipe.read.settle + recipe.read.aperture), 6))
        notes.append(
            f"{len(separation.separated_by_gap)} of {len(found)} levels are at least "
            f"{SIEMENS.show(recipe.minimum_gap)} apart over {span} of reads; "
            f"{len(separation.separated_by_d_prime)} at a d' of {recipe.minimum_d_prime:g} or more"
        )
        notes.append(separation.source)
    notes += _proportion(found)
    verdict = str(rows["verdict"].iloc[-1])
    if verdict == Verdict.CONTACT_LOST:
        notes.append("the contact was lost: a whole cycle drew less than the contact floor lets")
    elif verdict != Verdict.COMPLETE:
        notes.append("the run was ended before the series was complete")
    return Summary(
        title=f"Levels by compliance current, {recipe.cycles} cycle(s)",
        headers=(
            "compliance",
            "limited",
            "LRS (uS)",
            "sd (uS)",
            "HRS (uS)",
            "on/off",
            "gap to next (uS)",
            "d' to next",
        ),
        rows=tuple(table),
        notes=tuple(notes),
    )


def figure(rows: pd.DataFrame, recipe: MultilevelComplianceRecipe) -> Figure:
    """abs(I) against V, one colour a compliance; beneath, both states against compliance."""
    faint, full = [], []
    on_x: list[float] = []
    on_y: list[float] = []
    off_y: list[float] = []
    colours = max(len(recipe.compliances) - 1, 1)
    for series, (compliance, of_level) in enumerate(_by_level(rows, recipe)):
        swept = of_level[of_level["part"] != Part.READ]
        last = swept["cycle"].max()
        for cycle, of_cycle in swept.groupby("cycle", sort=True):
            magnitude = np.abs(of_cycle["current"].to_numpy(dtype=float))
            x, y = of_cycle["level"].to_list(), np.where(magnitude > 0, magnitude, nan).tolist()
            if cycle == last:
                label = AMPERE.show(compliance)
                full.append(Line(x=x, y=y, series=series, label=label))
            else:
                faint.append(Line(x=x, y=y, series=series, faint=True))
        reads = of_level[of_level["part"] == Part.READ]
        for _, of_cycle in reads.groupby("cycle", sort=True):
            on_x.append(compliance / 1e-6)
            for side, values in ((Side.SET, on_y), (Side.RESET, off_y)):
                of_side = of_cycle.loc[of_cycle["side"] == side, "conductance"]
                value = float(of_side.mean()) * MICRO if len(of_side) else nan
                values.append(value if value > 0 else nan)
    return Figure(
        title="Levels by compliance current",
        panels=(
            Panel(
                x_label="voltage (V)",
                y_label="abs(current) (A)",
                lines=(*faint, *full),
                y_scale="log",
                height=2.4,
            ),
            Panel(
                x_label="compliance (µA)",
                y_label="G after SET, RESET (µS)",
                lines=(
                    Line(x=on_x, y=on_y, series=colours, style="points"),
                    Line(x=on_x, y=off_y, series=0, style="points"),
                ),
                x_scale="log",
                y_scale="log",
                height=1.4,
            ),
        ),
        shared_x=False,
        legend="compliance",
    )


def progress(row: IvPoint, recipe: MultilevelComplianceRecipe) -> tuple[float, str]:
    """Share of the series done."""
    number = len(recipe.compliances)
    total = number * recipe.cycles
    share = (row.cycle - 1 + (row.branch + 1) / 4) / total
    compliance = recipe.compliances[(row.cycle - 1) % number]
    text = f"level {row.cycle} of {total}: {AMPERE.show(compliance)}, {brief(row.current, AMPERE)}"
    return (1.0 if row.verdict is not Verdict.GOING_ON else share), text


def _by_level(
    rows: pd.DataFrame, recipe: MultilevelComplianceRecipe
) -> Iterator[tuple[float, pd.DataFrame]]:
    number = (rows["cycle"] - 1) % len(recipe.compliances)
    for place, compliance in enumerate(recipe.compliances):
        of_level = rows[number == place]
        if len(of_level):
            yield compliance, of_level


def _proportion(found: list[Level]) -> list[str]:
    """Compliance over conductance, if the levels lie on a line through (almost) the origin."""
    reasons: list[str] = []
    x = np.array([level.compliance for level in found])
    y = np.array([float(np.mean(level.on)) for level in found])
    if len(found) < 3 or not np.all(np.isfinite(y)):
        return reasons
    fit = answered(lambda: line("conductance against compliance", x, y), reasons)
    if fit is None:
        return reasons
    slope = fit.parameter(0)
    if slope.low <= 0:
        return ["the conductance does not grow with the compliance beyond its scatter"]
    volts = slope.mapped(lambda value: 1 / value)
    return [f"compliance per conductance: {quoted(volts)} V, R2 {fit.r2:.4f} (straight line)"]
