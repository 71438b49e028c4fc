"""Where levels came to lie, at once and later, first time and after programming again."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mho.merit.estimate import Estimate, deviation, mean, quantiles
from mho.merit.levels import distinguishable_states
from mho.merit.samples import FloatArray, NotEnoughData
from mho.protocols.ladder.recipe import LadderRecipe
from mho.protocols.ladder.row import Phase

AT_ONCE, LATER = "at once", "later"
_RESAMPLED = 200
"""Times that visits are drawn anew for the interval of bits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """The judged means of every visit: ``level`` (n,), ``conductance`` (n,) in S, ``true`` (n,)."""

    name: str
    levels: tuple[float, ...]
    linear: bool
    level: FloatArray
    conductance: FloatArray
    true: FloatArray

    def of_level(self, number: int) -> FloatArray:
        """Conductances (S) of one level."""
        found: FloatArray = self.conductance[self.level == number]
        return found

    def sigma(self, number: int) -> Estimate:
        """Sd (S) of a level over its visits; interval by chi square.

        Raises
        ------
        NotEnoughData
            Fewer than two visits.
        """
        values = self.of_level(number)
        if len(values) < 2:
            raise NotEnoughData(
                f"the sigma of a level needs two visits that were judged; got {len(values)}"
            )
        return deviation(float(np.std(values, ddof=1)), len(values) - 1)

    def bias(self, number: int) -> Estimate:
        """Mean of a level less its target, relative; Student t over visits.

        Raises
        ------
        NotEnoughData
            No visit.
        """
        values = self.of_level(number)
        if not len(values):
            raise NotEnoughData("the bias of a level needs a visit that was judged; there is none")
        return mean(values / self.levels[number] - 1.0)

    def read_as(self) -> FloatArray:
        """The level that each conductance is nearest to: the boundaries lie half-way.

        Half-way in ln G unless the levels are evenly spaced in G.
        """
        levels = np.array(self.levels)
        edges = (levels[1:] + levels[:-1]) / 2 if self.linear else np.sqrt(levels[1:] * levels[:-1])
        return np.searchsorted(edges, self.conductance).astype(np.float64)

    def confusion(self) -> FloatArray:
        """How many visits of level i (row) were read as level j (column)."""
        count = len(self.levels)
        table = np.zeros((count, count))
        np.add.at(table, (self.level.astype(int), self.read_as().astype(int)), 1.0)
        return table

    def bits(self, z: float) -> Estimate:
        """Binary logarithm of the states ``z`` sigma either side keeps apart; bootstrap interval.

        Raises
        ------
        NotEnoughData
            Fewer than two levels with two visits and a scatter.
        """
        visits = [
            (target, values)
            for number, target in enumerate(self.levels)
            if len(values := self.of_level(number)) > 1
        ]
        levels = [target for target, _ in visits]
        found_once = [np.std(values, ddof=1) for _, values in visits]
        value = distinguishable_states(levels, found_once, z=z).bits
        chance = np.random.default_rng(0)
        drawn = [
            np.std(values[chance.integers(len(values), size=(_RESAMPLED, len(values)))], 1, ddof=1)
            for _, values in visits
        ]
        found = []
        for sigmas in np.transpose(drawn):
            try:
                found.append(distinguishable_states(levels, sigmas, z=z).bits)
            except NotEnoughData:  # the visits drawn of a level are all the same one
                continue
        if len(found) < _RESAMPLED / 2:
            return Estimate(value=value, low=0.0, high=float("inf"))
        interval = quantiles(value, np.array(found))
        return Estimate(value=value, low=min(interval.low, value), high=max(interval.high, value))


def distributions(rows: pd.DataFrame, recipe: LadderRecipe) -> Iterator[Distribution]:
    """At once and later: of the first attempts, then, where levels may be programmed again, of all.

    Reads that the limit held count as none.
    """
    judged = rows[~rows["in_compliance"] & np.isfinite(rows["conductance"])]
    first = judged[judged["attempt"] == 1]
    last = judged.groupby(["visit", "phase"], sort=False, observed=True).tail(1)
    for of, word in ((first, ""), *(((last, ", programmed again"),) if recipe.again else ())):
        for phase, when in ((Phase.CHECK, AT_ONCE), (Phase.LATER, LATER)):
            part = of[of["phase"] == phase]
            g = part["conductance"].to_numpy(np.float64)
            within = (g >= part["low"].to_numpy(float)) & (g <= part["high"].to_numpy(float))
            yield Distribution(
                name=f"{when}{word}",
                levels=recipe.levels,
                linear=recipe.ladder is not None and recipe.ladder.spacing == "linear",
                level=part["level"].to_numpy(np.float64),
                conductance=g,
                true=within.astype(np.float64),
            )
