"""What the rows of a characterisation tell, estimate by estimate."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from math import exp, log, log10, sqrt

import numpy as np
import pandas as pd

from mho.merit.estimate import Estimate, mean
from mho.merit.noise_shares import noise_shares
from mho.merit.relative_deviation import relative_deviation
from mho.merit.samples import FloatArray, NotEnoughData
from mho.merit.stress_curve import StressCurve, stress_curve
from mho.protocols.characterise.recipe import CharacteriseRecipe
from mho.protocols.characterise.row import Phase

TIMES = (0.0, 0.03, 0.3, 3.0, 30.0)
"""Correlation times (s) that noise is taken apart into; 0: from read to read anew."""

SETTLED = 10.0
"""s after a pulse: noise and level count as settled."""

FRESH_TIME = 3.0
"""s in which the noise of a state just made settles: assumed (`mho.device.prior`)."""

KNOTS = 5
"""Of a stress curve, evenly spaced in ln G."""

_EARLY = 1.5
"""s after a pulse, in which a state counts as just made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """The reads of a level: S, and s since its last pulse; ``step`` of ln G that made it."""

    number: int
    age: FloatArray
    conductance: FloatArray
    interval: float
    step: float

    @property
    def settled(self) -> FloatArray:
        """The reads once it has settled, or the later half of a short watch."""
        after = min(SETTLED, float(self.age[-1]) / 2) if len(self.age) else 0.0
        return self.conductance[self.age >= after]

    @property
    def mean(self) -> float:
        """Of those (S)."""
        return float(np.mean(self.settled)) if len(self.settled) else float("nan")

    @property
    def relative(self) -> FloatArray:
        """Those over their mean; NaN where that is no conductance."""
        return self.settled / (self.mean if self.mean > 0 else float("nan"))

    def rsd(self) -> Estimate:
        """Of those.

        Raises
        ------
        NotEnoughData
            Too few.
        """
        return relative_deviation(self.settled, interval=self.interval).rsd


class Characterised:
    """The estimates of a run; each is made when it is asked for, and raises NotEnoughData."""

    def __init__(
        self, rows: pd.DataFrame, recipe: CharacteriseRecipe, ends: tuple[float, float]
    ) -> None:
        self._rows, self._recipe = rows, recipe
        low, high = ends
        self._knots = np.exp(np.linspace(log(low), log(high), KNOTS))

    @cached_property
    def levels(self) -> tuple[Watched, ...]:
        """The levels that were watched, in their order."""
        return tuple(self._levels())

    def _levels(self) -> Iterator[Watched]:
        rows = self._rows
        watched = rows[(rows["phase"] == Phase.WATCH) & ~rows["in_compliance"]]
        for number, of in watched.groupby("level", sort=True):
            turn, begun = of["round"].iloc[0], of.index[0]
            way = rows.loc[:begun]
            way = way[(way["phase"] == Phase.RESET) & (way["round"] == turn)]
            pulses = way["conductance"].tail(2 * self._recipe.pulses).to_numpy(np.float64)
            known = len(pulses) > 1 and pulses[0] > 0 and pulses[-1] > 0
            step = abs(log(pulses[-1] / pulses[0])) if known else 0.0
            yield Watched(
                number=int(str(number)),
                age=of["age"].to_numpy(np.float64),
                conductance=of["conductance"].to_numpy(np.float64),
                interval=self._recipe.watch.interval,
                step=step,
            )

    @cached_property
    def read_noise(self) -> float:
        """Relative sd of single reads: the median of the levels, or what the quiet pulses tell."""
        found = []
        for level in self.levels:
            try:
                found.append(level.rsd().value)
            except NotEnoughData:
                continue
        return float(np.median(found)) if found else 0.01

    def curve(self, *, raising: bool) -> StressCurve:
        """The stress curve of one polarity."""
        phase = Phase.SET if raising else Phase.RESET
        rows = self._rows
        before = rows["conductance"].shift().to_numpy(np.float64)
        wanted = (rows["phase"] == phase) & ~rows["in_compliance"]
        wanted &= ~rows["in_compliance"].shift(fill_value=False)
        stood = rows["pulse_voltage"].where(rows["pulse_voltage"].notna(), rows["amplitude"])
        at = wanted.to_numpy(bool)
        return stress_curve(
            before[at],
            rows["conductance"].to_numpy(np.float64)[at],
            stood.abs().to_numpy(np.float64)[at],
            rows["round"].to_numpy(np.float64)[at],
            knots=self._knots,
            raising=raising,
            noise=self.read_noise,
        )

    @property
    def _freshness(self) -> float:
        """How much more a state just made fluctuates; 0 where that is not known."""
        fresh = attempted(self.fresh)
        return 0.0 if fresh is None else max(fresh.value, 0.0)

    def shares(self) -> tuple[Estimate, ...]:
        """Of the variance of settled noise, for each of `TIMES`."""
        return noise_shares(
            [level.relative for level in self.levels],
            interval=self._recipe.watch.interval,
            times=TIMES,
        )

    def fresh(self) -> Estimate:
        """How much more a state just made fluctuates: the ratio of rms in equal stretches, less 1.

        Carried back to the pulse itself by `FRESH_TIME`; interval over levels.
        """
        ratios = []
        for level in self.levels:
            early = level.conductance[level.age <= _EARLY]
            count = len(early)
            late = level.settled
            if count < 20 or len(late) < 2 * count:
                continue
            blocks = late[: len(late) // count * count].reshape(-1, count)
            usual = sqrt(float(np.mean(np.var(blocks, axis=1))))
            if usual > 0:
                ratios.append(float(np.std(early)) / usual - 1.0)
        if not ratios:
            raise NotEnoughData(
                "how much more a fresh state fluctuates needs levels watched for some seconds"
            )
        carried = np.array(ratios) * exp(0.5 * _EARLY / FRESH_TIME)
        return mean(carried)

    def relaxation(self) -> Estimate:
        """Sd of ln G per decade of time, of a level made by a step of 1 of ln G.

        From the means of successive decades of time, less what noise makes of them.
        """
        squares = []
        shares = np.array([one.value for one in self.shares()])
        for level in self.levels:
            noise = level.rsd().value ** 2
            means, variances = [], []
            start = 0.01
            while start < level.age[-1] / 2:
                part = (level.age > start) & (level.age <= 10 * start)
                if part.sum() >= 2:
                    means.append(float(np.log(np.mean(level.conductance[part]))))
                    span = min(9 * start, float(level.age[-1]) - start)
                    louder = 1.0 + self._freshness * exp(-3.0 * start / FRESH_TIME)
                    own = noise * louder**2 * _averaged(shares, span, int(part.sum()))
                    variances.append(own)
                start *= 10
            if level.step <= 0 or len(means) < 2:
                continue
            for n in range(len(means) - 1):
                off = (means[n + 1] - means[n]) ** 2 - variances[n] - variances[n + 1]
                squares.append(off / level.step)
        if not squares:
            raise NotEnoughData("relaxation needs levels that were made by a step, and watched")
        value = sqrt(max(float(np.mean(squares)), 0.0))
        error = float(np.std(squares)) / sqrt(len(squares))
        low, high = (sqrt(max(float(np.mean(squares)) + k * error, 0.0)) for k in (-2.0, 2.0))
        return Estimate(value=value, low=low, high=max(high, value))


def _averaged(shares: FloatArray, span: float, count: int) -> float:
    """Variance of the mean over a span (s) of unit noise of `TIMES`."""
    total = shares[0] / max(count, 1)
    for share, tau in zip(shares[1:], TIMES[1:], strict=True):
        z = span / tau
        total += share * 2.0 / z * (1.0 + np.expm1(-z) / z)
    return float(total)


def attempted(compute: Callable[[], Estimate]) -> Estimate | None:
    """What is computed; None where the data do not tell."""
    try:
        return compute()
    except NotEnoughData:
        return None


def decade(slope: Estimate) -> Estimate:
    """Volts per decade of time, of volts per e-fold."""
    return slope.mapped(lambda v: v / log10(exp(1.0)))
