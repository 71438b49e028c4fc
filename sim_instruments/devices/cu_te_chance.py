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
from mho.sim_instruments.devices.cu_te_kinetics import CuTeKinetics
from mho.sim_instruments.devices.cu_te_parameters import CuTeParameters
from mho.sim_instruments.devices.elementwise import Elementwise, Formula, Values
from mho.sim_instruments.devices.kept import kept, put_back

_KEPT = ("in_set", "in_reset")


class Chance:
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
        self.in_set = self.in_reset = ops.full(0.0)
        if parameters.cycle_to_cycle:
            first, second = ops.rows(generator.standard_normal, 2)
            self.in_set = parameters.set_jitter / kinetics.rise * first
            self.in_reset = parameters.reset_jitter / kinetics.below * second

    def own(self, setting: Values) -> Values:
        """The deviation that counts where a device is set, else where it is reset."""
        return self._ops.where(setting, self.in_set, self.in_reset)

    def step(self, travel: Formula, setting: Values) -> Formula:
        """A step, at each voltage, of which ``travel`` is the mean. Draws."""
        p, ops, generator = self._parameters, self._ops, self._generator
        if not p.cycle_to_cycle:
            return travel
        normal, uniform = generator.standard_normal(ops.size), generator.random(ops.size)
        grain = ops.where(setting, p.set_grain, p.reset_grain)
        return partial(_inverse_gaussian, travel, normal * normal, uniform, grain, ops)

    def again(self, step: Formula, travel: Formula) -> Formula:
        """The same draw of chance about another mean."""
        if not isinstance(step, partial) or step.func is not _inverse_gaussian:
            return travel
        return partial(_inverse_gaussian, travel, *step.args[1:])

    def follow(self, setting: Values, own: Values, moved: Values) -> None:
        """The polarity that has moved so far has deviation ``own`` now; the other one forgets."""
        p, ops, kinetics = self._parameters, self._ops, self._kinetics
        other = ops.where(setting, self.in_reset, self.in_set)
        if p.cycle_to_cycle:
            deviation = ops.where(
                setting, p.reset_jitter / kinetics.below, p.set_jitter / kinetics.rise
            )
            left = ops.exp(-moved / p.forgetting_step)
            news = ops.sqrt(1.0 - left * left) * self._generator.standard_normal(ops.size)
            other = left * other + deviation * news
        self.in_set = ops.where(setting, own, other)
        self.in_reset = ops.where(setting, other, own)

    def state(self) -> dict[str, NDArray[np.generic]]:
        """The deviations; the generator belongs to those who gave it."""
        return kept(self, _KEPT)

    def restore(self, state: State) -> None:
        """Take over what `state` gave."""
        put_back(self, _KEPT, state, self._ops)


def _inverse_gaussian(
    travel: Formula,
    square: Values,
    uniform: Values,
    grain: Values,
    ops: Elementwise,
    voltage: Values,
) -> Values:
    """Grows with its mean, so that a circuit can be solved for it, for one draw of chance."""
    mean = travel(voltage)
    large = mean + 0.5 * grain * (square + ops.sqrt(square * (square + 4.0 / grain * mean)))
    small = mean * mean / ops.maximum(large, 1e-300)
    return ops.where(uniform * (mean + small) <= mean, small, large)
