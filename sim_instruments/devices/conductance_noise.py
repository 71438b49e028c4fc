"""Conductance noise: random telegraph noise of a few traps, and 1/f noise, both exact in time.

The relative noise eps(t) has mean 0 and variance 1 over many devices; the model that owns it
scales it by its relative standard deviation at the present conductance.

* Trap: a two-state Markov process. Occupied with probability p, correlation time tau; over dt

      P(b' = 1 | b) = p + (b - p) exp(-dt / tau)

  and its share of the noise is a (b - p) / sqrt(p (1 - p)), with a^2 exponentially distributed (or
  less so: ``trap_scatter``), so that quiet and noisy states both occur.
* 1/f: Ornstein-Uhlenbeck processes with correlation times a decade apart.
"""

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from mho.device.arrays import named, part_of
from mho.device.model import State
from mho.frozen import Frozen
from mho.quantities import Fraction, Seconds
from mho.sim_instruments.devices import quick_chance
from mho.sim_instruments.devices.elementwise import Elementwise, Values
from mho.sim_instruments.devices.kept import kept, put_back
from mho.sim_instruments.devices.subset import Devices

_RAREST, _COMMONEST = 0.15, 0.85  # how often a trap is occupied


class NoiseParameters(Frozen):
    """Shape of the noise. Magnitude and dependence on conductance belong to the device."""

    traps: int = Field(default=3, ge=0, description="traps per device; assumed")
    trap_share: Fraction = Field(
        default=0.8,
        ge=0,
        le=1,
        description="share of the variance that is random telegraph noise; assumed",
    )
    trap_scatter: Fraction = Field(
        default=1.0,
        ge=0,
        le=1,
        description="how much the traps differ in variance: 0 all alike, 1 exponentially; assumed",
    )
    shortest_trap: Seconds = Field(
        default=3e-3, gt=0, description="shortest correlation time of a trap; assumed"
    )
    longest_trap: Seconds = Field(
        default=1.0, gt=0, description="longest correlation time of a trap; assumed"
    )
    flicker_times: tuple[Seconds, ...] = Field(
        default=(0.03, 0.3, 3.0, 30.0),
        description="correlation times of the 1/f part; assumed, within the spread of public "
        "RRAM relaxation records",
    )
    spread: float = Field(
        default=0.25, ge=0, description="device-to-device sd of the log of the magnitude; assumed"
    )


class ConductanceNoise(Devices):
    """The noise of N devices.

    ``structure`` is drawn from once, for what each device is; ``stream`` as time passes.
    """

    def __init__(
        self,
        parameters: NoiseParameters,
        ops: Elementwise,
        structure: np.random.Generator,
        stream: np.random.Generator,
        spread: float,
    ) -> None:
        self._ops, self._stream = ops, stream
        # E[scale^2] = 1
        self._scale = ops.exp(spread * structure.standard_normal(ops.size) - spread**2)
        self._traps = [_Trap(parameters, ops, structure) for _ in range(parameters.traps)]
        self._flicker_times = times = parameters.flicker_times
        self._flicker = [structure.standard_normal(ops.size) for _ in times]
        self._flicker_sd = math.sqrt((1.0 - parameters.trap_share) / max(len(times), 1))

    def advance(self, duration: Values) -> None:
        """Let ``duration`` seconds pass, of all devices or of each; draws from the stream."""
        ops, stream, traps = self._ops, self._stream, self._traps
        if isinstance(duration, np.ndarray) and (duration == duration[:1]).all():
            duration = duration[0].item() if duration.size else 0.0
        chances = ops.rows(stream.random, len(traps))
        for trap, chance in zip(traps, chances, strict=True):
            trap.advance(duration, chance)
        steps: Sequence[tuple[Values, Values]]
        if isinstance(duration, float):
            steps = _flicker_steps(self._flicker_times, duration)
        else:
            steps = [_flicker_step_of_each(tau, duration) for tau in self._flicker_times]
        kicks = quick_chance.normals(stream, ops, len(steps))
        self._flicker = [
            decay * value + deviation * kick
            for (decay, deviation), value, kick in zip(steps, self._flicker, kicks, strict=True)
        ]

    def rearrange(self, probability: Values, generator: np.random.Generator) -> None:
        """A switching event draws each trap anew with ``probability``."""
        chances = self._ops.rows(generator.random, len(self._traps))
        for trap, chance in zip(self._traps, chances, strict=True):
            trap.draw(chance < probability, generator)

    def value(self) -> Values:
        """The relative noise now."""
        total = self._flicker_sd * sum(self._flicker)
        for trap in self._traps:
            total = total + trap.weight * (trap.occupied - trap.occupancy)
        return self._scale * total

    def state(self) -> dict[str, NDArray[np.generic]]:
        """Traps and fluctuations; the generators belong to those who gave them."""
        arrays: dict[str, NDArray[np.generic]] = {
            "scale": np.array(self._scale),
            "flicker": np.array(self._flicker),
        }
        for number, trap in enumerate(self._traps):
            arrays.update(named(f"trap{number}", trap.state()))
        return arrays

    def restore(self, state: State) -> None:
        """Take over what `state` gave."""
        values = self._ops.values
        self._scale = values(state["scale"])
        self._flicker = [values(row) for row in state["flicker"]]
        for number, trap in enumerate(self._traps):
            trap.restore(part_of(state, f"trap{number}"))


@lru_cache(maxsize=64)  # a closed loop waits for the same few durations again and again
def _flicker_steps(times: tuple[float, ...], duration: float) -> list[tuple[float, float]]:
    """What is left of each process after ``duration`` seconds, and the deviation of what comes."""
    decays = [math.exp(-duration / tau) for tau in times]
    return [(decay, math.sqrt(1.0 - decay * decay)) for decay in decays]


def _flicker_step_of_each(tau: float, duration: Values) -> tuple[Values, Values]:
    decay = np.exp(duration / -tau)
    return decay, np.sqrt(1.0 - decay * decay)


def _changed(values: Values, new: Values, at: Values) -> Values:
    changed = values.copy()
    changed[at] = new
    return changed


_TRAP = ("occupancy", "occupied", "weight", "_time")


class _Trap(Devices):
    """One trap in each of N devices."""

    def __init__(
        self, parameters: NoiseParameters, ops: Elementwise, generator: np.random.Generator
    ) -> None:
        self._ops = ops
        self._share = parameters.trap_share / parameters.traps
        self._scatter = parameters.trap_scatter
        self._shortest = math.log(parameters.shortest_trap)
        self._decades: Values = math.log(parameters.longest_trap) - self._shortest
        if ops.size is not None:  # a short time against a long one takes double precision
            self._decades = np.float64(self._decades)
        self.occupancy = self.occupied = self.weight = self._time = ops.full(0.0)
        self.draw(ops.full(1.0) > 0.0, generator)

    def draw(self, hit: Values, generator: np.random.Generator) -> None:
        """A new trap, in equilibrium, in the devices that were hit."""
        ops = self._ops
        if ops.size is None:
            if hit:
                self.occupancy, self.occupied, self.weight, self._time = self._new(ops, generator)
        else:
            at = np.flatnonzero(hit)
            old = self.occupancy, self.occupied, self.weight, self._time
            new = self._new(replace(ops, size=at.size), generator)
            if at.size < ops.size:
                new = tuple(_changed(*each, at) for each in zip(old, new, strict=True))
            self.occupancy, self.occupied, self.weight, self._time = new
        self._duration = -1.0

    def _new(self, ops: Elementwise, generator: np.random.Generator) -> tuple[Values, ...]:
        """Occupancy, whether it is occupied, weight and time of traps in so many devices."""
        first, second, third, fourth = quick_chance.four_uniform(generator, ops)
        occupancy = _RAREST + (_COMMONEST - _RAREST) * first
        time = ops.exp(self._shortest + self._decades * second)
        variance: Values = self._share
        if self._scatter:  # a part of it is exponential
            variance = variance * (1.0 - self._scatter * (1.0 + ops.log(third)))
        weight = ops.sqrt(variance / (occupancy * (1.0 - occupancy)))
        return occupancy, fourth < occupancy, weight, time

    def advance(self, duration: Values, chance: Values) -> None:
        """Exact two-state update; ``chance`` is drawn uniformly from 0 to 1."""
        if self._ops.size is not None:
            decay = np.exp(-duration / self._time)
        else:
            if self._duration != duration:
                self._duration = duration
                self._decay = self._ops.exp(-duration / self._time)
            decay = self._decay
        likely = self.occupancy + (self.occupied - self.occupancy) * decay
        self.occupied = chance < likely

    def state(self) -> dict[str, NDArray[np.generic]]:
        """What the trap is, and whether it is occupied."""
        return kept(self, _TRAP)

    def restore(self, state: State) -> None:
        """Take over what `state` gave."""
        put_back(self, _TRAP, state, self._ops)
        self._duration = -1.0
