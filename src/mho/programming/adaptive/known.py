"""All that the controller knows before it meets a cell, from settings, means and prior."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mho.device.prior import Prior
from mho.programming.adaptive.confirm import settled_after
from mho.programming.adaptive.filter import RESET, SET, Thresholds
from mho.programming.adaptive.kinetics import Curve, Step
from mho.programming.adaptive.noise_shapes import NoiseModel, noise_model
from mho.programming.adaptive.settings import AdaptiveSettings
from mho.programming.adaptive.verify import Schedule, schedule
from mho.programming.algorithm import Floats, Means

_LANDING, _LANDS_AT_BEST = 0.8, 0.009
"""Of the grain: steps as long as they miss by scatter so far. And what curve and looks leave
unknown: no better than that."""

_PATIENCE = 0.5
"""Of the price of a pulse, where a quiet state is looked for."""

_READS_IF_QUIET = 2
"""Times as many reads there: what is left of fast noise hides how slow the rest is."""

_SURE_IF_QUIET = 0.985
"""Probability at which a look ends, at least, where a quiet state is looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """The type of cell, what may be done to it, and how it is looked at.

    Arrays of two are by polarity: RESET, SET.
    """

    settings: AdaptiveSettings
    means: Means
    curves: tuple[Curve, Curve]
    grain: Floats
    cycle_spread: Floats
    """sd (V) of a threshold after the other polarity has moved the cell far."""
    limits: Floats
    thresholds: Thresholds
    """Of one cell."""
    noise: NoiseModel
    plan: Schedule
    settled: float
    """Seconds after a pulse from which on reads count for a verdict."""
    landing: float
    """sd of where a last small pulse lands, as a fraction of the target."""
    kick: float
    """Step of ln G, signed, that exchanges a state: away by the polarity with the coarser steps, so
    as to come back by the finer one."""

    @property
    def sure(self) -> float:
        """The probability at which a look ends."""
        sure = max(self.settings.sure, self.means.confidence)
        return max(sure, _SURE_IF_QUIET) if self.settings.quiet else sure

    @property
    def price(self) -> float:
        """What a pulse has to be expected to gain."""
        return self.settings.price * (_PATIENCE if self.settings.quiet else 1.0)

    def curve(self, polarity: NDArray[np.intp], x: Floats) -> Floats:
        """The nominal stress curve (V) of the polarity of each cell at x = ln G."""
        return np.where(polarity == SET, self.curves[SET].at(x), self.curves[RESET].at(x))

    def slope(self, polarity: NDArray[np.intp]) -> Floats:
        """The nominal v (V) of the polarity of each cell."""
        return np.array([curve.slope for curve in self.curves])[polarity]

    def step(
        self, polarity: NDArray[np.intp], at_target: Floats, before: Floats, after: Floats
    ) -> Step:
        """A step between two ln G of cells with targets at a third one."""
        return Step(
            self.curve(polarity, at_target),
            self.curve(polarity, before),
            self.curve(polarity, after),
            self.slope(polarity),
        )


def known(settings: AdaptiveSettings, means: Means, prior: Prior) -> Known:
    """What a prior says, for these means."""
    kinds = prior.reset, prior.set
    model = noise_model(prior.noise, prior.relaxation, means)
    # a pulse of another width than that of the curves moves as one of another amplitude
    log_width = math.log(means.width / prior.pulse_width)
    mean = np.array([[-kind.slope * log_width, 0.0, 0.0] for kind in kinds])
    covariance = np.array(
        [
            np.diag(
                [
                    kind.spread**2 + kind.cycle_spread**2,
                    kind.steepness_spread**2,
                    kind.slope_spread**2,
                ]
            )
            for kind in kinds
        ]
    )
    return Known(
        settings=settings,
        means=means,
        curves=(Curve.of(prior.reset), Curve.of(prior.set)),
        grain=np.array([kind.grain for kind in kinds]),
        cycle_spread=np.array([kind.cycle_spread for kind in kinds]),
        limits=np.array([means.reset_limit, means.set_limit]),
        thresholds=Thresholds(mean=mean[None], covariance=covariance[None]),
        noise=model,
        plan=schedule(model, means, settings.reads * (_READS_IF_QUIET if settings.quiet else 1)),
        settled=settled_after(model, means),
        landing=max(_LANDING * 0.5 * (prior.set.grain + prior.reset.grain), _LANDS_AT_BEST),
        kick=settings.kick if prior.set.grain > prior.reset.grain else -settings.kick,
    )
