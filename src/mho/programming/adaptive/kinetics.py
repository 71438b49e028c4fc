"""The switching curve: which amplitude moves a cell by how much, in both polarities.

Let x = ln G. A pulse of amplitude V and the nominal width moves the stress s of a cell by the
exponential voltage-time law (Menzel et al., Adv. Funct. Mater. 25, 6306, 2015)::

    s(x1) = s(x0) + v ln(1 + exp((|V| - s(x0)) / v))

so that a pulse well above s(x0) ends where s(x1) = |V|, one at s(x0) moves by v ln 2, and below it
the step is e times smaller every v volts. The amplitude for a wanted step follows by inversion::

    |V| = s(x0) + v ln(exp((s(x1) - s(x0)) / v) - 1)

The curve of one cell is that of its type, c(x), shifted and stretched about its value at the
target: s(x) = c(target) + b + exp(l) (c(x) - c(target)), and v = exp(n) v of the type. What is
learnt are b, l and n (`filter`).
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from mho.device.prior import StressCurve
from mho.programming.algorithm import Floats

_LEAST = 1e-4
"""A step of stress is at least so many v: the logarithm of none is not a number."""


@dataclass(frozen=True, slots=True)
class Curve:
    """One polarity of a type of cell: the knots of its stress curve (V against ln G), and v (V)."""

    x: Floats
    volts: Floats
    slope: float

    @classmethod
    def of(cls, curve: StressCurve) -> "Curve":
        """From its points."""
        points = sorted((np.log(p.conductance), p.amplitude) for p in curve.points)
        x, volts = np.array(points).T
        return cls(x, volts, curve.slope)

    def at(self, x: Floats) -> Floats:
        """Linear between the knots, and beyond them as between the last two."""
        upper = np.clip(np.searchsorted(self.x, x), 1, len(self.x) - 1)
        x0, x1 = self.x[upper - 1], self.x[upper]
        v0, v1 = self.volts[upper - 1], self.volts[upper]
        return np.asarray(v0 + (v1 - v0) * (x - x0) / (x1 - x0), dtype=np.float64)

    def steepness(self, x: Floats) -> Floats:
        """Volts per e-fold of conductance, a magnitude."""
        upper = np.clip(np.searchsorted(self.x, x), 1, len(self.x) - 1)
        rise = self.volts[upper] - self.volts[upper - 1]
        return np.asarray(abs(rise / (self.x[upper] - self.x[upper - 1])), dtype=np.float64)


class Step(NamedTuple):
    """Values (V) of the nominal curve at the target, before a step and after it, and nominal v."""

    at_target: Floats
    before: Floats
    after: Floats
    slope: Floats


class Needed(NamedTuple):
    """The amplitude that a step takes, and how it depends on what is learnt.

    ``gradient`` has shape (n, 3): V per unit of b, l and n. ``stiffness`` is dV/ds at the end.
    """

    amplitude: Floats
    gradient: Floats
    stiffness: Floats


def needed(learnt: Floats, step: Step, softening: Floats | float = 0.0) -> Needed:
    """The amplitude (V) for a step of cells of which ``learnt``, (n, 3), is known.

    ``softening`` (V) widens v for the spread of the threshold, so that it is the *expected* step
    that comes out as wanted: a softplus averaged over a Gaussian is nearly a softer softplus.
    """
    b, stretch, slope = learnt[:, 0], np.exp(learnt[:, 1]), np.exp(learnt[:, 2]) * step.slope
    v = np.hypot(slope, softening)
    start = step.at_target + b + stretch * (step.before - step.at_target)
    distance = stretch * np.maximum(step.after - step.before, 0.0)
    q = np.maximum(distance / v, _LEAST)
    behind = np.log(-np.expm1(-q))  # ln(e^q - 1) less q
    stiffness = 1.0 / -np.expm1(-q)
    gradient = np.stack(
        [
            np.ones_like(b),
            stretch * (step.before - step.at_target) + stiffness * distance,
            v * (q + behind - q * stiffness),
        ],
        axis=1,
    )
    return Needed(start + v * (q + behind), gradient, stiffness)
