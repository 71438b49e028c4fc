"""What is random in the switching of the Cu:Te memristor, so that time may be cut anywhere.

Nothing is drawn for a pulse as such, everything for the distance moved:

* A step follows its mean as an inverse Gaussian process: increments are independent, all in one
  direction, and those of two halves add up to that of the whole. Mean m, variance ``grain`` m.
  (Michael, Schucany, Haas, The American Statistician 30, 88, 1976, tell how to draw one.)
* What a step was ahead of its mean stays with the filament as the deviation of that polarity, and
  motion of the other polarity forgets it: an Ornstein-Uhlenbeck process whose time is that motion.
"""

from functools import partial

import numpy as np
from numpy.typing import NDArray

from mho.device.model import State
from mho.sim_instruments.devices import quick_chance
from mho.sim_instruments.devices.cu_te_kinetics import CuTeKinetics
from mho.sim_instruments.devices.cu_te_parameters import CuTeParameters
from mho.sim_instruments.devices.elementwise import Elementwise, Formula, Values
from mho.sim_instruments.devices.kept import kept, put_back
from mho.sim_instruments.devices.subset import Devices

_KEPT = ("in_set", "in_reset")


class Chance(Devices):
    """Steps and deviations (``in_set`` and ``in_reset``, in ln G) of N devices."""

    def __init__(
        self,
        parameters: CuTeParameters,
        kinetics: CuTeKinetics,
        ops: Elementwise,
        generator: np.random.Generator,
    ) -> None:
        self._parameters, self._kinetics = parameters, kinetics
        self._ops, self._generator = ops, generator
        self.in_set = self.in_reset = self._news = ops.full(0.0)
        if parameters.cycle_to_cycle:
            first, second = ops.rows(generator.standard_normal, 2)
            self.in_set = parameters.set_jitter / kinetics.rise * first
            self.in_reset = parameters.reset_jitter / kinetics.below * second

    def own(self, setting: Values) -> Values:
        """The deviation that counts where a device is set, else where it is reset."""
        return self._ops.where(setting, self.in_set, self.in_reset)

    def steps(self, setting: Values, count: int) -> list[Formula]:
        """So many parts of a step, each for each mean of it. Draws."""
        p, ops, generator = self._parameters, self._ops, self._generator
        if not p.cycle_to_cycle:
            return [_mean] * count
        normals = ops.rows(generator.standard_normal, count)
        self._news = quick_chance.normal(generator, ops)
        uniforms = ops.rows(generator.random, count)
        half = ops.where(setting, 0.5 * p.set_grain, 0.5 * p.reset_grain)
        return [
            partial(_inverse_gaussian, half * normal * normal, uniform, ops)
            for normal, uniform in zip(normals, uniforms, strict=True)
        ]

    def follow(self, setting: Values, own: Values, moved: Values) -> None:
        """The polarity that has moved so far has deviation ``own`` now; the other one forgets.

        By the chance of the `steps` drawn last.
        """
        p, ops, kinetics = self._parameters, self._ops, self._kinetics
        other = ops.where(setting, self.in_reset, self.in_set)
        if p.cycle_to_cycle:
            deviation = ops.where(
                setting, p.reset_jitter / kinetics.below, p.set_jitter / kinetics.rise
            )
            left = ops.exp(-moved / p.forgetting_step)
            other = left * other + deviation * ops.sqrt(1.0 - left * left) * self._news
        self.in_set = ops.where(setting, own, other)
        self.in_reset = ops.where(setting, other, own)

    def state(self) -> dict[str, NDArray[np.generic]]:
        """The deviations; the generator belongs to those who gave it."""
        return kept(self, _KEPT)

    def restore(self, state: State) -> None:
        """Take over what `state` gave."""
        put_back(self, _KEPT, state, self._ops)


def _mean_itself(mean: Values) -> Values:
    return mean


_mean: Formula = partial(_mean_itself)


def _inverse_gaussian(
    spread: Values,
    uniform: Values,
    ops: Elementwise,
    mean: Values,
) -> Values:
    """Grows with its mean, so that a circuit can be solved for it, for one draw of chance.

    ``spread`` is half the grain times the square of a standard normal number.
    """
    large = mean + spread + ops.sqrt(spread * (spread + 2.0 * mean))
    small = mean * mean / ops.maximum(large, 1e-300)
    return ops.where(uniform * (mean + small) <= mean, small, large)
