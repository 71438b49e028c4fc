"""Memristors whose state follows a law in the time of a clock, and whose chance is in the clock.

A pulse is worth a dose, the law says where a state gets to in so much time of the clock, and the
clock of a dose runs at random: its increments are independent, so that a pulse varies as much as
its pieces do together, and the law makes the same of both.
"""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from mho.device.arrays import generator_state, named, part_of, restore_generator
from mho.device.model import State
from mho.sim_instruments.devices.circuit import Circuit, Conduction
from mho.sim_instruments.devices.conductance_noise import ConductanceNoise
from mho.sim_instruments.devices.elementwise import Elementwise, Values, constant
from mho.sim_instruments.devices.kept import kept, put_back, scalar_or_array
from mho.sim_instruments.devices.step_parameters import ClockedParameters
from mho.sim_instruments.devices.subset import Devices

_SMALLEST_FACTOR = 0.05  # noise cannot turn a conductance negative
_KEPT = ("position",)


class Law(Protocol):
    """How each of N devices moves. A position is 0 to 1 in the nominal range."""

    def dose(self, level: Values, width: Values) -> Values:
        """What a pulse of ``level`` volts for ``width`` seconds is worth, 0 or more."""
        ...

    def clock(self, dose: Values, generator: np.random.Generator) -> Values:
        """How far the clock gets in a dose, at random; it stands still in none."""
        ...

    def moved(self, position: Values, clock: Values, setting: Values) -> Values:
        """Where each gets to, up where ``setting``, else down."""
        ...

    def everywhere(self, position: float) -> Values:
        """The same position for every device."""
        ...

    def conductance(self, position: Values) -> Values:
        """Siemens, of these positions."""
        ...

    def position(self, conductance: Values) -> Values:
        """The position of each that has this conductance, or comes nearest to it."""
        ...

    def state(self) -> dict[str, NDArray[np.generic]]:
        """What each device is."""
        ...

    def restore(self, state: State) -> None:
        """Take over what `state` gave."""
        ...


class Clocked(Devices):
    """``position`` and noise of N devices that move by one law. Positive voltage sets.

    They share one time axis, or have each their own where durations are arrays.
    """

    def __init__(
        self,
        parameters: ClockedParameters,
        law: Law,
        ops: Elementwise,
        variation: np.random.Generator,
        switching: np.random.Generator,
        fluctuation: np.random.Generator,
    ) -> None:
        self._parameters, self.law, self._ops = parameters, law, ops
        self._switching, self._fluctuation = switching, fluctuation
        self._noise: ConductanceNoise | None = None
        if parameters.noise:
            shape = parameters.noise_shape
            spread = shape.spread if parameters.device_to_device else 0.0
            self._noise = ConductanceNoise(shape, ops, variation, fluctuation, spread)
        self.position: Values = law.everywhere(parameters.initial_state)
        self._age: Values = ops.full(0.0)

    def conductance(self) -> Values:
        """Free of noise (S): what no measurement can see."""
        return self.law.conductance(self.position)

    def seen(self) -> Values:
        """Conductance now (S), noise included. Draws, once for each moment it is asked at."""
        if self._noise is None:
            return self.conductance()
        ops, age = self._ops, self._ops.moment(self._age)
        if ops.any(age > 0.0):
            self._noise.advance(age)
            self._age = 0.0 * self._age
        factor = 1.0 + self._parameters.noise_level * self._noise.value()
        return self.conductance() * ops.maximum(factor, _SMALLEST_FACTOR)

    def conduction(self) -> Conduction:
        """The same at each voltage: they are ohmic."""
        return constant(self.seen())

    def rest(self, duration: Values) -> None:
        """Let ``duration`` seconds pass at 0 V. Draws nothing."""
        self._age = self._age + duration

    def pulse(self, level: Values, width: Values, circuit: Circuit | None = None) -> None:
        """Hold ``level`` volts over the circuit (none by default) for ``width`` seconds.

        The voltage across is what the circuit leaves at the start.
        """
        self.rest(width)
        if circuit is not None:
            level = circuit.divide(constant(self.conductance()))
        dose = self.law.dose(level, width)
        if self._ops.any(dose):
            clock = dose
            if self._parameters.cycle_to_cycle:
                clock = self.law.clock(dose, self._switching)
            self.position = self.law.moved(self.position, clock, level > 0.0)

    def state(self) -> dict[str, NDArray[np.generic]]:
        """What each device is, what state it is in, and the generators of what is to come."""
        arrays = {**kept(self, _KEPT), "age": np.array(self._age)}
        arrays["switching"] = generator_state(self._switching)
        arrays["fluctuation"] = generator_state(self._fluctuation)
        arrays.update(named("law", self.law.state()))
        if self._noise is not None:
            arrays.update(named("noise", self._noise.state()))
        return arrays

    def restore(self, state: State) -> None:
        """Take over what `state` gave.

        Raises
        ------
        KeyError
            It is that of another kind of device, or of one without noise that this one has.
        """
        put_back(self, _KEPT, state, self._ops)
        self._age = scalar_or_array(state["age"])
        restore_generator(self._switching, state["switching"])
        restore_generator(self._fluctuation, state["fluctuation"])
        self.law.restore(part_of(state, "law"))
        if self._noise is not None:
            self._noise.restore(part_of(state, "noise"))
