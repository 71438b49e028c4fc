"""Results of levels by compliance from the rows: table, separation and progress."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from math import hypot, nan

import numpy as np
import pandas as pd

from mho.merit.estimate import Estimate, mean
from mho.merit.levels import level_separation
from mho.merit.regression import line
from mho.merit.reporting import COUNT, attempt, counted, measured, taken_from
from mho.merit.samples import FloatArray
from mho.merit.slow_noise import mean_of_record
from mho.protocols.iv.cycles import in_contact
from mho.protocols.iv.row import Part, Side, Verdict
from mho.protocols.multilevel_compliance.recipe import MultilevelComplianceRecipe
from mho.protocols.quoting import INTERVALS, NONE, quoted, value_or_reason
from mho.quantities import AMPERE, MICROSIEMENS, SECOND, SIEMENS
from mho.result import Result
from mho.summary import Summary


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """What belongs to one compliance.

    Attributes
    ----------
    on
        All verify reads (S) after SET.
    cycles
        Their mean (S) in every cycle, shape (cycles,).
    off
        Verify reads (S) after the RESET that follows, in the next cycle: what is left of a
        filament depends on how it was set.
    limited
        The current limit was active in every SET.
    """

    compliance: float
    on: FloatArray
    cycles: FloatArray
    off: FloatArray
    limited: bool

    @property
    def mean(self) -> Estimate:
        """Over cycles if there are several, else over the reads, as alike as they are."""
        return mean(self.cycles) if len(self.cycles) > 1 else mean_of_record(self.on)


def levels(rows: pd.DataFrame, recipe: MultilevelComplianceRecipe) -> Iterator[Level]:
    """The levels in the order of the recipe, those that were reached and where contact held."""
    rows = rows[in_contact(rows)]
    reads = rows[rows["part"] == Part.READ]
    after_set, after_reset = (reads[reads["side"] == side] for side in (Side.SET, Side.RESET))
    for compliance, of_level in _by_level(rows, recipe):
        cycles = of_level["cycle"].unique()
        on = after_set[after_set["cycle"].isin(cycles)].dropna(subset=["conductance"])
        off = after_reset[after_reset["cycle"].isin(cycles + 1)]
        swept = of_level[(of_level["part"] != Part.READ) & (of_level["side"] == Side.SET)]
        if len(on) > 1:
            yield Level(
                compliance=compliance,
                on=on["conductance"].to_numpy(dtype=float),
                cycles=on.groupby("cycle")["conductance"].mean().to_numpy(dtype=float),
                off=off["conductance"].to_numpy(dtype=float),
                limited=bool(swept.groupby("cycle")["in_compliance"].any().all()),
            )


def summary(rows: pd.DataFrame, recipe: MultilevelComplianceRecipe) -> Summary:
    """One line a compliance, in ascending order of conductance; and how many are separate."""
    found = list(levels(rows, recipe))
    notes = [INTERVALS + ", over cycles if there are several, else over reads; sd of all reads"]
    separation = value_or_reason(
        lambda: level_separation(
            [level.on for level in found],
            minimum_gap=recipe.minimum_gap,
            minimum_d_prime=recipe.minimum_d_prime,
        ),
        notes,
    )
    apart = {} if separation is None else {one.lower: one for one in separation.neighbours}
    table = []
    for number in sorted(range(len(found)), key=lambda n: found[n].mean.value):
        level, next_up = found[number], apart.get(number)
        off = float(np.mean(level.off)) if len(level.off) else nan
        table.append(
            (
                AMPERE.show(level.compliance),
                quoted(level.mean, MICROSIEMENS),
                f"{MICROSIEMENS.of(float(np.std(level.on, ddof=1))):.2g}",
                f"{MICROSIEMENS.of(off):.3g}" if off > 0 else NONE,
                f"{np.mean(level.on) / off:.3g}" if off > 0 else NONE,
                NONE if next_up is None else f"{MICROSIEMENS.of(next_up.gap):.3g}",
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
    notes.append("HRS: after the RESET that follows; gap and d': to the next level")
    free = [AMPERE.show(level.compliance) for level in found if not level.limited]
    if free:
        notes.append(f"the limit was not reached in every SET at {', '.join(free)}")
    notes += _proportion(found)
    verdict = str(rows["verdict"].iloc[-1])
    if verdict == Verdict.CONTACT_LOST:
        notes.append("the contact was lost: a whole cycle drew less than the contact floor lets")
    elif verdict != Verdict.COMPLETE:
        notes.append("the run was ended before the series was complete")
    return Summary(
        title=f"Levels by compliance current, {recipe.cycles} cycle(s)",
        headers=(
            "limit",
            "LRS (uS)",
            "sd (uS)",
            "HRS (uS)",
            "on/off",
            "gap (uS)",
            "d'",
        ),
        rows=tuple(table),
        notes=tuple(notes),
    )


def results(rows: pd.DataFrame, recipe: MultilevelComplianceRecipe) -> Iterator[Result]:
    """Levels made and kept apart, lowest and highest (S), smallest step between compliances (S)."""
    made = sorted(levels(rows, recipe), key=lambda level: level.compliance)
    after_set = rows[(rows["part"] == Part.READ) & (rows["side"] == Side.SET)]
    source = taken_from(after_set, "verify reads after SET")
    of = f"of {len(made)} levels"
    yield counted("levels", len(made), method="count of compliances with reads", source=source.text)
    separation, why = attempt(
        lambda: level_separation(
            [level.on for level in made],
            minimum_gap=recipe.minimum_gap,
            minimum_d_prime=recipe.minimum_d_prime,
        )
    )
    apart = None if separation is None else float(len(separation.separated_by_gap))
    gap = SIEMENS.show(recipe.minimum_gap)
    method = f"count {of} whose reads lie {gap} or more apart"
    yield measured("separate_levels", COUNT, apart, method=method, source=source, why=why)
    means = [level.mean for level in made]
    low = min(means, key=lambda one: one.value, default=None)
    high = max(means, key=lambda one: one.value, default=None)
    steps = [_step(below, above) for below, above in pairwise(means)]
    step = min(steps, key=lambda one: one.value, default=None)
    why = f"{len(made)} levels were read"
    own = "mean conductance"
    method = f"lowest {of}: {own}"
    yield measured("lowest", "S", low, method=method, source=source, why=why)
    method = f"highest {of}: {own}"
    yield measured("highest", "S", high, method=method, source=source, why=why)
    method = f"smallest difference of means {of}, in ascending order of compliance"
    yield measured("smallest_step", "S", step, method=method, source=source, why=why)
    reads_of = dict(_by_level(after_set, recipe))
    for level in made:
        several = len(level.cycles) > 1
        reads = f"{len(level.on)} reads, as alike as they are seen to be"
        count = f"{len(level.cycles)} cycles, Student t interval" if several else reads
        yield measured(
            "conductance",
            "S",
            level.mean,
            method=f"mean of {count}",
            source=taken_from(reads_of[level.compliance], "verify reads after SET"),
            part=f"compliance {AMPERE.show(level.compliance)}",
        )


def _step(below: Estimate, above: Estimate) -> Estimate:
    """Difference of two independent means; half intervals add in quadrature."""
    value = above.value - below.value
    half = hypot(above.high - above.value, below.high - below.value)
    return Estimate(value=value, low=value - half, high=value + half)


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
    y = np.array([level.mean.value for level in found])
    if len(found) < 3 or not np.all(np.isfinite(y)):
        return reasons
    fit = value_or_reason(lambda: line("conductance against compliance", x, y), reasons)
    if fit is None:
        return reasons
    slope = fit.parameter(0)
    if slope.low <= 0:
        return ["the conductance does not grow with the compliance beyond its scatter"]
    volts = slope.mapped(lambda value: 1 / value)
    return [f"compliance per conductance: {quoted(volts)} V, R2 {fit.r2:.4f} (straight line)"]
