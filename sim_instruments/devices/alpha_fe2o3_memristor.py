"""Ag/alpha-Fe2O3/FTO synapses: the state of N devices, what switches them, how they conduct.

Negative voltage sets. Transport is an ohmic-like filament beside a space-charge limited rest::

    I = sgn(V) phi [w kL |V|^mL + (1 - w) kH |V|^m1 (1 + (|V|/Vt)^p)^((m2 - m1)/p)]

with the completeness w of the filament and its size phi, which the current limit of the SET fixes.
"""

from functools import partial

import numpy as np
from numpy.typing import NDArray

from mho.device.arrays import generator_state, named, part_of, restore_generator
from mho.device.model import State
from mho.sim_instruments.devices.alpha_fe2o3_kinetics import UNSTRESSED, AlphaFe2O3Kinetics
from mho.sim_instruments.devices.alpha_fe2o3_parameters import AlphaFe2O3Parameters
from mho.sim_instruments.devices.circuit import Conduction, LimitedSource
from mho.sim_instruments.devices.conductance_noise import ConductanceNoise
from mho.sim_instruments.devices.elementwise import Formula, Values, elementwise
from mho.sim_instruments.devices.endurance import Endurance
from mho.sim_instruments.devices.kept import kept, put_back

SMALLEST_STEP = 1e-9
"""A mean step of the filament up to this leaves the state, and the random stream, alone."""

_READ = 0.1  # volts at which the conductances of the parameters are meant
_SMALLEST_FACTOR = 0.05  # noise cannot turn a conductance negative


_KEPT = (
    "_filament_scale", "_rest_scale", "_filament", "_size", "_hardness", "_stress", "_switched",
)  # fmt: skip


class AlphaFe2O3:
    """``n`` synapses that share one time axis; every method works on all of them at once.

    Voltages, currents and conductances are floats for n = 1, else arrays of shape (n,). What a
    device is, how it switches, how it fluctuates and how it wears draw from separate generators.
    """

    def __init__(self, n: int, parameters: AlphaFe2O3Parameters, seed: int) -> None:
        self._ops = ops = elementwise(n)
        self._parameters = p = parameters
        variation, self._switching, self._fluctuation, wearing = (
            np.random.default_rng(sequence) for sequence in np.random.SeedSequence(seed).spawn(4)
        )
        self._kinetics = AlphaFe2O3Kinetics(p, ops, variation)
        spread = p.conductance_spread if p.device_to_device else 0.0
        scale = ops.exp(spread * variation.standard_normal(ops.size))
        self._filament_scale = scale * p.on_conductance * _READ ** (1.0 - p.lrs_slope)
        self._rest_scale = scale * p.on_conductance / p.window * _READ ** (1.0 - p.hrs_slope)
        self._noise: ConductanceNoise | None = None
        if p.noise:
            noise_spread = p.noise_shape.spread if p.device_to_device else 0.0
            self._noise = ConductanceNoise(
                p.noise_shape, ops, variation, self._fluctuation, noise_spread
            )
        self._endurance = Endurance(p.endurance, ops, wearing) if p.wear else None
        self._filament = ops.full(p.initial_filament)
        self._size = ops.full(1.0)
        self._hardness = ops.full(p.initial_hardness)
        self._stress = ops.full(UNSTRESSED)
        self._switched = ops.full(0.0)
        self._now = self._fluctuated = 0.0
        self._begin_cycle(ops.full(1.0) > 0.0)

    @property
    def filament(self) -> Values:
        """Completeness of the filament now, 0 to 1: what no measurement can see."""
        if not self._parameters.drift:
            return self._filament
        age = (self._now - self._switched) / self._parameters.drift_time
        decay = self._ops.exp(-self._parameters.drift_exponent * self._ops.log(1.0 + age))
        return self._filament * decay

    def conductance(self, voltage: Values = _READ) -> Values:
        """Current over ``voltage`` now (S), free of noise."""
        return self._chord(self.filament)(voltage)

    def conduction(self) -> Conduction:
        """The same at each voltage, noise included. Draws, once for each moment it is asked at."""
        filament = self.filament
        factor = self._ops.full(1.0)
        if self._noise is not None:
            age = round(self._now - self._fluctuated, 9)
            if age > 0.0:
                self._noise.advance(age)
                self._fluctuated = self._now
            p = self._parameters
            level = p.hrs_noise + (p.lrs_noise - p.hrs_noise) * filament
            factor = self._ops.maximum(1.0 + level * self._noise.value(), _SMALLEST_FACTOR)
        return partial(_product, factor, self._chord(filament))

    def rest(self, duration: float) -> None:
        """Let ``duration`` seconds pass with nothing across the device. Draws nothing."""
        self._stress = self._ops.full(UNSTRESSED)
        # A grid of 1 ns makes an age the same number however the time was cut into pieces.
        self._now = round(self._now + duration, 9)

    def pulse(self, level: Values, width: float, compliance: Values) -> None:
        """Hold ``level`` volts, limited to ``compliance`` amperes, for ``width`` seconds.

        How a SET grows against its limit is not solved; its known outcome is: a filament that
        takes the limit at about the SET voltage. A RESET gets the voltage that the limit leaves at
        its beginning. A ruptured device takes the size of its next filament with the first SET.
        """
        ops, p, kinetics = self._ops, self._parameters, self._kinetics
        start = self.filament
        setting, resetting = level < -p.quiet, level > p.quiet
        if not width > 0.0 or not (ops.any(setting) or ops.any(resetting)):
            self.rest(width)
            return
        self._stress = ops.where(setting, self._stress, UNSTRESSED)
        high = abs(level)
        if ops.any(resetting):
            left = LimitedSource(high, compliance, ops).divide(self._chord(start))
            high = ops.where(resetting, left, high)

        def moved(duration: Values) -> Values:
            end = start
            if ops.any(setting):
                end = ops.where(setting, kinetics.after_set(start, high, duration), end)
            if ops.any(resetting):
                weakened = kinetics.after_reset(start, high, duration, self._hardness)
                end = ops.where(resetting, weakened, end)
            return end if self._endurance is None else self._endurance.reached(start)(end)

        end = moved(width)
        self._now = round(self._now + width, 9)
        if ops.any(setting):
            self._harden(setting, start, high, width, compliance)
        if not ops.any(abs(end - start) > SMALLEST_STEP):
            return
        if p.cycle_to_cycle:
            # The time that counts passes in grains, so that pulses cut in two vary as much as one.
            grain = p.rate_jitter**2 * p.reference_width
            end = moved(grain * self._switching.standard_gamma(width / grain, ops.size))
        self._switch(start, end)

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

    def _parts(self) -> dict[str, AlphaFe2O3Kinetics | ConductanceNoise | Endurance]:
        parts = {"kinetics": self._kinetics, "noise": self._noise, "endurance": self._endurance}
        return {name: part for name, part in parts.items() if part is not None}

    def _chord(self, filament: Values) -> Conduction:
        """Current over voltage at each voltage, free of noise."""
        p, rest_scale = self._parameters, self._rest_scale
        if self._endurance is not None:
            rest_scale = rest_scale * (1.0 + p.fatigue * self._endurance.cycles)
        through = self._size * filament * self._filament_scale
        return partial(_chord, through, self._size * (1.0 - filament) * rest_scale, p)

    def _harden(
        self, setting: Values, start: Values, high: Values, width: float, compliance: Values
    ) -> None:
        """What a SET makes of hardness and size; both start anew from a ruptured filament."""
        ops, p = self._ops, self._parameters
        self._stress = ops.where(
            setting, self._kinetics.stress(self._stress, high, width), self._stress
        )
        size = ops.minimum(ops.maximum(compliance / p.full_compliance, p.smallest_filament), 1.0)
        anew = start < p.ruptured
        hardness = ops.where(anew, self._stress, ops.maximum(self._hardness, self._stress))
        self._hardness = ops.where(setting, hardness, self._hardness)
        size = ops.where(anew, size, ops.maximum(self._size, size))
        self._size = ops.where(setting, size, self._size)

    def _switch(self, start: Values, end: Values) -> None:
        ops, p = self._ops, self._parameters
        step = abs(end - start)
        moved = step > 0.0
        self._filament = ops.where(moved, end, self._filament)
        self._switched = ops.where(moved, self._now, self._switched)
        if self._noise is not None:
            self._noise.rearrange(1.0 - ops.exp(-step / p.rearranging_step), self._switching)
        completed = (start >= p.ruptured) & (end < p.ruptured)
        if ops.any(completed):
            if self._endurance is not None:
                self._endurance.count(completed)
            self._begin_cycle(completed)

    def _begin_cycle(self, beginning: Values) -> None:
        p, size = self._parameters, self._ops.size
        if p.cycle_to_cycle:
            self._kinetics.begin_cycle(
                beginning,
                p.set_jitter * self._switching.standard_normal(size),
                p.reset_jitter * self._switching.standard_normal(size),
            )


def _chord(through: Values, rest: Values, p: AlphaFe2O3Parameters, voltage: Values) -> Values:
    high = abs(voltage)
    bend = 1.0 + (high / p.transition) ** p.transition_sharpness
    bent = bend ** ((p.hrs_steep_slope - p.hrs_slope) / p.transition_sharpness)
    return through * high ** (p.lrs_slope - 1.0) + rest * high ** (p.hrs_slope - 1.0) * bent


def _product(factor: Values, formula: Formula, x: Values) -> Values:
    return factor * formula(x)
