"""Cu:Te/TaOx/IGZO/Pt memristors: the state of N devices, what switches them, how they are read.

Positive voltage sets. A full SET limits itself; a RESET stops where its voltage lets it stop.
"""

import math
from functools import partial

import numpy as np
from numpy.typing import NDArray

from mho.device.arrays import generator_state, named, part_of, restore_generator
from mho.device.model import State
from mho.sim_instruments.devices.circuit import Circuit, Conduction
from mho.sim_instruments.devices.conductance_noise import ConductanceNoise
from mho.sim_instruments.devices.cu_te_chance import Chance
from mho.sim_instruments.devices.cu_te_conduction import Bend
from mho.sim_instruments.devices.cu_te_divider import Stroke, through
from mho.sim_instruments.devices.cu_te_forming import Forming
from mho.sim_instruments.devices.cu_te_kinetics import CuTeKinetics
from mho.sim_instruments.devices.cu_te_parameters import CuTeParameters
from mho.sim_instruments.devices.cu_te_settling import Settling
from mho.sim_instruments.devices.elementwise import (
    Elementwise,
    Formula,
    Values,
    constant,
    elementwise,
)
from mho.sim_instruments.devices.endurance import Endurance
from mho.sim_instruments.devices.kept import scalar_or_array
from mho.sim_instruments.devices.subset import Devices

SMALLEST_STEP = 1e-9
"""A mean step of ln G up to this leaves the state, and the random stream, alone."""

_SMALLEST_FACTOR = 0.05  # noise cannot turn a conductance negative


_Part = CuTeKinetics | Chance | Settling | Forming | ConductanceNoise | Endurance


class CuTe(Devices):
    """``n`` memristors; every method works on all of them at once.

    They share one time axis, or have each their own where durations are arrays, too
    (`part_times`). Voltages, currents and conductances are floats for n = 1 (unless ``arrays`` is
    set), else arrays of shape (n,). What a device is, how it switches and how it fluctuates draw
    from separate generators: the noise of the reads does not depend on how many pulses were played.
    Time may be cut anywhere: the states that come out are distributed as before.
    """

    def __init__(
        self, n: int, parameters: CuTeParameters, seed: int, *, arrays: bool = False
    ) -> None:
        self._ops = ops = elementwise(n, arrays=arrays)
        self._parameters = parameters
        self._x_noise = math.log(parameters.noise_conductance)
        self._x_new_cycle = math.log(parameters.new_cycle_conductance)
        variation, self._switching, self._fluctuation, wearing = (
            np.random.default_rng(sequence) for sequence in np.random.SeedSequence(seed).spawn(4)
        )
        self._endurance = Endurance(parameters.endurance, ops, wearing) if parameters.wear else None
        self._kinetics = CuTeKinetics(parameters, ops, variation)
        self.bend = Bend(parameters, self._kinetics, ops)
        self._chance = Chance(parameters, self._kinetics, ops, self._switching)
        self._settling = Settling(parameters, ops)
        self._noise: ConductanceNoise | None = None
        if parameters.noise:
            shape = parameters.noise_shape
            spread = shape.spread if parameters.device_to_device else 0.0
            self._noise = ConductanceNoise(shape, ops, variation, self._fluctuation, spread)
        self._forming = Forming(parameters, ops, variation)
        self._x = ops.full(
            math.log(
                parameters.initial_conductance
                if parameters.formed
                else parameters.unformed_conductance
            )
        )
        self._now: Values = 0.0
        self._fluctuated: Values = 0.0

    @property
    def formed(self) -> Values:
        """Which devices conduct: a bool, or an array of them."""
        return self._forming.pristine ^ True

    def part_times(self) -> None:
        """Each device has its own time from now on, and durations are arrays."""
        self._now, self._fluctuated = (
            self._ops.full(1.0) * time for time in (self._now, self._fluctuated)
        )
        self._settling.part_times()

    def place(self, x: Values) -> None:
        """Put all into settled states of conductance exp(``x``) (S), formed if they were not."""
        self._x = x
        self._settling.settle(self._now)
        self._forming.pristine = self._forming.pristine & False

    def conductance(self) -> Values:
        """Conductance now (S), free of noise: what no measurement can see."""
        return self._ops.exp(self._relaxed())

    def quiet(self) -> tuple[Values, Values]:
        """The state now, and its conductance (S) free of noise."""
        x = self._relaxed()
        return x, self._ops.exp(x)

    def _fluctuating(self, x: Values) -> Values:
        ops, parameters = self._ops, self._parameters
        if self._noise is None:
            return ops.exp(x)
        age = ops.moment(self._now - self._fluctuated)
        if ops.any(age > 0.0):
            self._noise.advance(age)
            self._fluctuated = self._now
        level = parameters.noise_level * ops.exp(parameters.noise_exponent * (self._x_noise - x))
        level = level * (1.0 + self._settling.excess(self._now))
        factor = ops.maximum(1.0 + level * self._noise.value(), _SMALLEST_FACTOR)
        return ops.exp(x) * factor

    def read(self, voltage: Values) -> Values:
        """Current (A) at ``voltage`` across the memristors, noise included; no time passes."""
        return voltage * self.conduction()(voltage)

    def conduction(self) -> Conduction:
        """The conductance now (S) at each voltage across, noise included. Draws as above."""
        return self.bend.at(*self.seen())

    def seen(self) -> tuple[Values, Values]:
        """The state now, and its conductance (S), noise included. Draws as above."""
        x = self._relaxed()
        return x, self._fluctuating(x)

    def rest(self, duration: Values) -> None:
        """Let ``duration`` seconds pass at 0 V. Draws nothing."""
        self._now = self._ops.moment(self._now + duration)

    def pulse(self, level: Values, width: Values, circuit: Circuit | None = None) -> Values | None:
        """Hold ``level`` volts over the circuit for ``width`` seconds.

        The circuit (none by default) divides them between the memristor and what else it has.
        Returns the volts across the memristor at the end, None where nothing has moved.
        """
        if not self._ops.any(abs(level) > self._parameters.hold_voltage):
            self.rest(width)
            return None
        ops, start, lasts = self._ops, self._x, width
        if ops.any(self._forming.pristine):
            start, lasts = self._form(level, width, circuit)
        setting = level > 0.0
        y = start - self._chance.own(setting)
        travel = self._kinetics.travel(y, level, lasts)
        begin, mean = self._now, travel(level)
        self.rest(width)
        moving = mean > SMALLEST_STEP
        if not ops.any(moving):
            self._x = start
            return None
        finish = self._finish(start, setting)
        if circuit is None:
            (chance,) = self._chance.steps(setting, 1)
            across, step = level, chance(mean)
        else:
            early, late = self._chance.steps(setting, 2)
            stroke = Stroke(y, travel, mean, finish)
            across, mean, step = through(
                circuit, stroke, early, late, self._kinetics, self.bend, ops
            )
        end = finish(step)
        self._switch(start, end, setting, ops.where(setting, y + mean, y - mean))
        self._settling.move(end - start, moving, self._switching, begin, self._now)
        return across

    def _form(self, level: Values, width: Values, circuit: Circuit | None) -> tuple[Values, Values]:
        """The state that ``level`` starts from, and for how long it works, where some may form."""
        ops, start = self._ops, self._x
        across = level
        if circuit is not None:
            across = circuit.divide(self.bend.along(constant(start)))
        forming, lasts = self._forming.form(across, width)
        return ops.where(forming, math.log(self._parameters.born_conductance), start), lasts

    def _finish(self, start: Values, setting: Values) -> Formula:
        """The state that each step from ``start`` leads to."""
        ops = self._ops
        direction = ops.where(setting, 1.0, -1.0)
        highest = ops.maximum(start, self._kinetics.lrs)
        lowest = ops.minimum(start, self._kinetics.floor)
        end = partial(_finished, start, direction, lowest, highest, ops)
        if self._endurance is None:
            return end
        return partial(_towards, end, self._endurance.reached(start))

    def state(self) -> dict[str, NDArray[np.generic]]:
        """What each device is, what state it is in, and the generators of what is to come."""
        arrays = {"x": np.array(self._x)}
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
        self._x = self._ops.values(state["x"])
        self._now, self._fluctuated = map(scalar_or_array, state["times"])
        restore_generator(self._switching, state["switching"])
        restore_generator(self._fluctuation, state["fluctuation"])
        for name, part in self._parts().items():
            part.restore(part_of(state, name))

    def _parts(self) -> dict[str, _Part]:
        parts: dict[str, _Part | None] = {
            "kinetics": self._kinetics,
            "chance": self._chance,
            "settling": self._settling,
            "forming": self._forming,
            "noise": self._noise,
            "endurance": self._endurance,
        }
        return {name: part for name, part in parts.items() if part is not None}

    def _relaxed(self) -> Values:
        """The state now, relaxing."""
        return self._x + self._settling.relaxing(self._now)

    def _switch(self, start: Values, end: Values, setting: Values, seen: Values) -> None:
        """The state is ``end``, which the maps see as ``seen``; what follows from the motion."""
        ops, generator = self._ops, self._switching
        distance = abs(end - start)
        # at a limit of the state its deviation ends
        limited = ops.where(setting, end == self._kinetics.lrs, end == self._kinetics.floor)
        self._chance.follow(setting, ops.where(limited, 0.0, end - seen), distance)
        if self._noise is not None:
            stirred = 1.0 - ops.exp(-distance / self._parameters.rearranging_step)
            self._noise.rearrange(stirred, generator)
        if self._endurance is not None:
            full = (start < self._x_new_cycle) & (end >= self._x_new_cycle)
            self._endurance.count(full)
        self._x = end


def _finished(
    start: Values,
    direction: Values,
    lowest: Values,
    highest: Values,
    ops: Elementwise,
    moved: Values,
) -> Values:
    return ops.minimum(ops.maximum(start + direction * moved, lowest), highest)


def _towards(path: Formula, reached: Formula, voltage: Values) -> Values:
    return reached(path(voltage))
