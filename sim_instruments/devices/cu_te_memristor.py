"""Cu:Te/TaOx/IGZO/Pt memristors: the state of N devices, what switches them, how they are read.

Positive voltage sets. A full SET limits itself; a RESET stops where its voltage lets it stop.
"""

import math
from functools import partial

import numpy as np
from numpy.typing import NDArray

from mho.device.arrays import generator_state, named, part_of, restore_generator
from mho.device.model import State
from mho.sim_instruments.devices.circuit import Conduction, Divide
from mho.sim_instruments.devices.conductance_noise import ConductanceNoise
from mho.sim_instruments.devices.cu_te_conduction import Bend
from mho.sim_instruments.devices.cu_te_kinetics import CuTeKinetics
from mho.sim_instruments.devices.cu_te_parameters import CuTeParameters
from mho.sim_instruments.devices.elementwise import (
    Elementwise,
    Formula,
    Values,
    constant,
    elementwise,
)
from mho.sim_instruments.devices.endurance import Endurance
from mho.sim_instruments.devices.kept import kept, put_back

SMALLEST_STEP = 1e-9
"""A mean step of ln G up to this leaves the state, and the random stream, alone."""

_SMALLEST_FACTOR = 0.05  # noise cannot turn a conductance negative
_FULL_RELAXATION = 0.05  # steps of ln G from this on relax with the full spread (assumed)


_KEPT = ("_unformed", "_x", "_relaxation", "_switched")


class CuTe:
    """``n`` memristors that share one time axis; every method works on all of them at once.

    Voltages, currents and conductances are floats for n = 1, else arrays of shape (n,). What a
    device is, how it switches and how it fluctuates draw from separate generators: the noise of
    the reads does not depend on how many pulses were played.
    """

    def __init__(self, n: int, parameters: CuTeParameters, seed: int) -> None:
        self._ops = ops = elementwise(n)
        self._parameters = parameters
        self._x_noise = math.log(parameters.noise_conductance)
        self._x_new_cycle = math.log(parameters.new_cycle_conductance)
        variation, self._switching, self._fluctuation, wearing = (
            np.random.default_rng(sequence) for sequence in np.random.SeedSequence(seed).spawn(4)
        )
        self._endurance = Endurance(parameters.endurance, ops, wearing) if parameters.wear else None
        self._kinetics = CuTeKinetics(parameters, ops, variation)
        self._bend = Bend(parameters, self._kinetics, ops)
        self._begin_cycle(ops.full(1.0) > 0.0)
        self._noise: ConductanceNoise | None = None
        if parameters.noise:
            shape = parameters.noise_shape
            spread = shape.spread if parameters.device_to_device else 0.0
            self._noise = ConductanceNoise(shape, ops, variation, self._fluctuation, spread)
        self._unformed = ops.full(0.0 if parameters.formed else 1.0) > 0.5
        self._x = ops.full(
            math.log(
                parameters.initial_conductance
                if parameters.formed
                else parameters.unformed_conductance
            )
        )
        self._relaxation = ops.full(0.0)
        self._switched = ops.full(0.0)
        self._now = self._fluctuated = 0.0

    @property
    def formed(self) -> Values:
        """Which devices conduct: a bool, or an array of them."""
        return self._unformed ^ True

    def conductance(self) -> Values:
        """Conductance now (S), free of noise: what no measurement can see."""
        return self._ops.exp(self._relaxed())

    def fluctuating_conductance(self) -> Values:
        """Conductance now (S), noise included. Draws, once for each moment it is asked at."""
        return self._fluctuating(self._relaxed())

    def _fluctuating(self, x: Values) -> Values:
        ops, parameters = self._ops, self._parameters
        if self._noise is None:
            return ops.exp(x)
        age = round(self._now - self._fluctuated, 9)
        if age > 0.0:
            self._noise.advance(age)
            self._fluctuated = self._now
        level = parameters.noise_level * ops.exp(parameters.noise_exponent * (self._x_noise - x))
        factor = ops.maximum(1.0 + level * self._noise.value(), _SMALLEST_FACTOR)
        return ops.exp(x) * factor

    def read(self, voltage: Values) -> Values:
        """Current (A) at ``voltage`` across the memristors, noise included; no time passes."""
        return voltage * self.conduction()(voltage)

    def conduction(self) -> Conduction:
        """The conductance now (S) at each voltage across, noise included. Draws as above."""
        x = self._relaxed()
        return self._bend.at(x, self._fluctuating(x))

    def rest(self, duration: float) -> None:
        """Let ``duration`` seconds pass at 0 V. Draws nothing."""
        # A grid of 1 ns makes an age the same number however the time was cut into pieces.
        self._now = round(self._now + duration, 9)

    def pulse(self, level: Values, width: float, divide: Divide | None = None) -> None:
        """Hold ``level`` volts over the circuit for ``width`` seconds.

        ``divide`` tells how much of ``level`` the circuit leaves to the memristor (all of it by
        default). Switching is so nearly logarithmic in time that the division at the end of the
        pulse governs it; that end is what ``divide`` is solved for.
        """
        ops, start = self._ops, self._relaxed()
        path = self._kinetics.path(start, level, width)
        if self._endurance is not None:
            path = partial(_after, path, self._endurance.reached(start))
        if ops.any(self._unformed):
            voltage = level if divide is None else divide(self._bend.along(constant(start)))
            self._unformed = self._unformed & (voltage < self._parameters.forming)
            path = partial(_unless, self._unformed, start, path, ops)
        end = path(level)
        if ops.any(abs(end - start) > SMALLEST_STEP):
            if divide is not None:
                end = path(divide(self._bend.along(path)))
            self.rest(width)
            self._switch(start, end)
        else:
            self.rest(width)

    def state(self) -> dict[str, NDArray[np.generic]]:
        """What each device is, what state it is in, and the generators of what is to come."""
        arrays = kept(self, _KEPT)
        arrays["times"] = np.array([self._now, self._fluctuated])
        arrays["switching"] = generator_state(self._switching)
        arrays["fluctuation"] = generator_state(self._fluctuation)
        for name, part in self._parts().items():
            arrays.update(named(name, part.state()))
        return arrays

    def restore(self, state: State) -> None:
        """Take over what `state` gave.

        Raises
        ------
        KeyError
            It is that of another kind of device, or of one without wear or noise that this one has.
        """
        put_back(self, _KEPT, state, self._ops)
        self._now, self._fluctuated = state["times"].tolist()
        restore_generator(self._switching, state["switching"])
        restore_generator(self._fluctuation, state["fluctuation"])
        for name, part in self._parts().items():
            part.restore(part_of(state, name))

    def _parts(self) -> dict[str, CuTeKinetics | ConductanceNoise | Endurance]:
        parts = {"kinetics": self._kinetics, "noise": self._noise, "endurance": self._endurance}
        return {name: part for name, part in parts.items() if part is not None}

    def _relaxed(self) -> Values:
        """The state now: log-time relaxation since the last switching event."""
        if not self._parameters.relaxation:
            return self._x
        age = self._now - self._switched
        decades = self._ops.log10(1.0 + age / self._parameters.relaxation_time)
        return self._x + self._relaxation * decades

    def _switch(self, start: Values, mean: Values) -> None:
        """Step from ``start`` to about ``mean``: granular, one-way, then relaxing."""
        ops, parameters, generator = self._ops, self._parameters, self._switching
        down = mean < start
        step = abs(mean - start)
        if parameters.cycle_to_cycle:
            grain = ops.where(down, parameters.reset_grain, parameters.set_grain)
            shape = ops.where(step > SMALLEST_STEP, step / grain, 0.0)
            step = generator.gamma(shape, grain)
        highest = ops.maximum(start, self._kinetics.lrs)
        lowest = ops.minimum(start, self._kinetics.floor)
        end = ops.where(down, start - step, start + step)
        end = ops.minimum(ops.maximum(end, lowest), highest)
        step = end - start
        size = abs(step)
        moved = size > SMALLEST_STEP
        self._x = ops.where(moved, end, self._x)
        self._switched = ops.where(moved, self._now, self._switched)
        if parameters.relaxation:
            spread = parameters.relaxation_spread * generator.standard_normal(ops.size)
            drift = spread * ops.minimum(1.0, size / _FULL_RELAXATION)
            drift = drift - parameters.relaxation_back * step
            self._relaxation = ops.where(moved, drift, self._relaxation)
        if self._noise is not None:
            self._noise.rearrange(1.0 - ops.exp(-size / parameters.rearranging_step), generator)
        beginning = (step > parameters.new_cycle_step) & (end > self._x_new_cycle)
        if ops.any(beginning):
            if self._endurance is not None:
                self._endurance.count(beginning)
            self._begin_cycle(beginning)

    def _begin_cycle(self, beginning: Values) -> None:
        if self._parameters.cycle_to_cycle:
            normal, size = self._switching.standard_normal, self._ops.size
            self._kinetics.begin_cycle(
                beginning,
                self._parameters.reset_jitter * normal(size),
                self._parameters.set_jitter * normal(size),
            )


def _after(path: Formula, reached: Formula, voltage: Values) -> Values:
    return reached(path(voltage))


def _unless(condition: Values, x: Values, path: Formula, ops: Elementwise, v: Values) -> Values:
    return ops.where(condition, x, path(v))
