"""Ag/alpha-Fe2O3/FTO synapses: the state of N devices, their spread, wear, drift and noise.

Negative voltage sets. How they conduct is in `alpha_fe2o3_conduction`, how the filament moves in
`alpha_fe2o3_kinetics`. Spread belongs to a filament (drawn once, when the one before has ruptured)
or to time under stress, never to a call: the seconds that count are a Gamma process of those that
pass, so that a pulse varies as much as its pieces do together.
"""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from mho.device.arrays import generator_state, named, part_of, restore_generator
from mho.device.model import State
from mho.sim_instruments.devices.alpha_fe2o3_conduction import (
    Divider,
    Film,
    divider,
    rest_scale,
)
from mho.sim_instruments.devices.alpha_fe2o3_kinetics import (
    Lanes,
    broken,
    equilibrium,
    fastest_break,
    fastest_growth,
    grown,
)
from mho.sim_instruments.devices.alpha_fe2o3_parameters import AlphaFe2O3Parameters
from mho.sim_instruments.devices.circuit import Conduction
from mho.sim_instruments.devices.conductance_noise import ConductanceNoise
from mho.sim_instruments.devices.elementwise import Elementwise, Formula, Values, elementwise
from mho.sim_instruments.devices.endurance import Endurance
from mho.sim_instruments.devices.kept import kept, put_back, scalar_or_array
from mho.sim_instruments.devices.subset import Devices

SLOWEST = 1e-7
"""A SET or RESET that can do no more than this (1/s) leaves state and random stream alone.

It depends on the level and on the filament, not on how far it is: else a piece of a RESET would end
sooner than the whole. A level held for the published 14,900 s loses 0.15 % by it.
"""

_STEP = 0.01
"""Step of a filament (a share of a complete one) that makes it another one: new after a rupture,
and young again. A convention that cuts a continuum into filaments, not a property of a device: it
keeps a slow read from beginning one, and no number that is measured here depends on it.
"""

_READ = 0.1  # volts at which a conductance is meant
_WIDTH = 150e-6  # seconds of the pulse whose spread is a parameter; published
_LONG_MADE = 1e6  # seconds ago: it drifts no more in an experiment
_LOWEST_SET_VOLTAGE = 0.3  # volts; no spread brings it below
_SHORTEST = 1e-300  # seconds; a Gamma number of a short piece may be 0
_SMALLEST_FACTOR = 0.05  # noise cannot turn a conductance negative

_KEPT = (
    "_scale", "_rest", "_set_voltage", "_hardening", "_onset", "_set_rate", "_reset_rate",
    "_next_reset_rate", "_filament", "_age", "_drive", "_hardness", "_peak", "_lowest", "_ruptured",
)  # fmt: skip


class AlphaFe2O3(Devices):
    """``n`` synapses; every method works on all of them at once.

    They share one time axis, or have each their own where durations are arrays, too
    (`part_times`). Voltages, currents and conductances are floats for n = 1 (unless ``arrays`` is
    set), else arrays of shape (n,). What a
    device is, how it switches, how it fluctuates and how it wears draw from separate generators.
    """

    def __init__(
        self, n: int, parameters: AlphaFe2O3Parameters, seed: int, *, arrays: bool = False
    ) -> None:
        self._ops = ops = elementwise(n, arrays=arrays)
        self._parameters = p = parameters
        variation, self._switching, self._fluctuation, wearing = (
            np.random.default_rng(sequence) for sequence in np.random.SeedSequence(seed).spawn(4)
        )
        differ = 1.0 if p.device_to_device else 0.0
        scale, voltage, hardening = (
            differ * each for each in ops.rows(variation.standard_normal, 3)
        )
        scale = ops.exp(p.conductance_spread * scale)
        self._scale, self._rest = p.filament_conductance * scale, rest_scale(p) * scale
        self._set_voltage = p.set_voltage + p.set_voltage_spread * voltage
        self._hardening = p.hardening * ops.exp(p.hardening_spread * hardening)
        self._noise: ConductanceNoise | None = None
        if p.noise:
            noise_spread = p.noise_shape.spread if p.device_to_device else 0.0
            self._noise = ConductanceNoise(
                p.noise_shape, ops, variation, self._fluctuation, noise_spread
            )
        self._endurance = Endurance(p.endurance, ops, wearing) if p.wear else None
        self._film = self._worn_film()
        self._filament = self._peak = self._lowest = ops.full(p.initial_filament)
        self._hardness = ops.full(p.initial_hardness)
        self._drive = self._age = ops.full(0.0)
        self._ruptured = self._filament <= 0.0
        self._now: Values = 0.0
        self._fluctuated = self._moved = self._driven = self._now
        self._onset = self._set_rate = self._next_reset_rate = ops.full(0.0)
        self._draw_filaments(ops.full(1.0) > 0.0)
        self._reset_rate = self._next_reset_rate
        self._conducts: Conduction | None = None  # now, of a single device that was asked before

    def part_times(self) -> None:
        """Each device has its own time from now on, and durations are arrays."""
        each = self._ops.full(1.0)
        self._now, self._fluctuated = each * self._now, each * self._fluctuated
        self._moved, self._driven = each * self._moved, each * self._driven

    def place(self, filament: Values) -> None:
        """Put all into states long made, with filaments that complete (more than 0)."""
        self._filament, self._ruptured, self._conducts = filament, filament <= 0.0, None
        self._peak = self._ops.maximum(self._peak, filament)
        self._drive, self._age = self._ops.full(0.0), self._ops.full(_LONG_MADE)
        self._moved = self._driven = self._now

    @property
    def filament(self) -> Values:
        """Completeness of the filament now, 0 to 1: what no measurement can see."""
        if not self._parameters.drift:
            return self._filament
        ops, p = self._ops, self._parameters
        begun = p.drift_time + self._age
        decay = ops.exp(-p.drift_exponent * ops.log(1.0 + (self._now - self._moved) / begun))
        return self._filament * decay

    def conductance(self, voltage: Values = _READ) -> Values:
        """Current over ``voltage`` now (S), free of noise."""
        return self._film.conduction(self.filament)(voltage)

    def conduction(self) -> Conduction:
        """The same at each voltage, noise included. Draws, once for each moment it is asked at."""
        if self._conducts is not None:  # a load line asks again and again
            return self._conducts
        filament = self.filament
        factor = self._ops.full(1.0)
        if self._noise is not None:
            age = self._ops.moment(self._now - self._fluctuated)
            if self._ops.any(age > 0.0):
                self._noise.advance(age)
                self._fluctuated = self._now
            p = self._parameters
            level = p.hrs_noise + (p.lrs_noise - p.hrs_noise) * filament
            factor = self._ops.maximum(1.0 + level * self._noise.value(), _SMALLEST_FACTOR)
        conducts = partial(_product, factor, self._film.conduction(filament))
        if self._ops.size is None:
            self._conducts = conducts
        return conducts

    def rest(self, duration: Values) -> None:
        """Let ``duration`` seconds pass with nothing across the device. Draws nothing."""
        self._now, self._conducts = self._ops.moment(self._now + duration), None

    def pulse(self, level: Values, width: Values, compliance: Values) -> None:
        """Hold ``level`` volts, limited to ``compliance`` amperes, for ``width`` seconds."""
        ops, p = self._ops, self._parameters
        elapsed = self._now - self._driven
        self.rest(width)
        setting, resetting = level < 0.0, level > 0.0
        if not ops.any(width > 0.0) or not (ops.any(setting) or ops.any(resetting)):
            return
        start, film = self.filament, self._film
        high, drive = abs(level), self._drive * ops.exp(-elapsed / p.softening_time)
        lanes = Lanes(
            self._onset, self._set_rate, self._reset_rate, self._hardening, high, start, drive,
            self._hardness, ops.full(1.0) * width,
        )  # fmt: skip
        # A read moves nothing, and costs nothing.
        if ops.any(setting):
            setting = setting & (fastest_growth(lanes) > SLOWEST)
        if ops.any(resetting):
            resetting = resetting & (start > 0.0) & (fastest_break(lanes) > SLOWEST)
        if not (ops.any(setting) or ops.any(resetting)):
            return
        limit = compliance if ops.size is None else np.broadcast_to(compliance, ops.size)
        clock, source = self._seconds_that_count(width), divider(film, level, limit)
        end, hardness = start, self._hardness
        drive = drive * ops.exp(-width / p.softening_time)
        if ops.any(setting):
            lanes = self._begin_filaments(setting, lanes, source)
            before = end, drive, lanes.hardness
            law = partial(grown, p)
            end, drive, hardness = _changed(ops, setting, law, lanes, source, clock, before)
        if ops.any(resetting):
            (end,) = _changed(ops, resetting, broken, lanes, source, clock, (end,))
        if self._endurance is not None and ops.any(self._endurance.dead):
            end = self._endurance.reached(start)(end)
        self._drive, self._hardness = drive, hardness
        self._take(start, end, resetting)

    def state(self) -> dict[str, NDArray[np.generic]]:
        """What each device is, what state it is in, and the generators of what is to come."""
        arrays = kept(self, _KEPT)
        arrays["times"] = np.array([self._now, self._fluctuated, self._moved, self._driven])
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
        self._now, self._fluctuated, self._moved, self._driven = map(
            scalar_or_array, state["times"]
        )
        restore_generator(self._switching, state["switching"])
        restore_generator(self._fluctuation, state["fluctuation"])
        for name, part in self._parts().items():
            part.restore(part_of(state, name))
        self._film, self._conducts = self._worn_film(), None

    def _parts(self) -> dict[str, ConductanceNoise | Endurance]:
        parts = {"noise": self._noise, "endurance": self._endurance}
        return {name: part for name, part in parts.items() if part is not None}

    def _worn_film(self) -> Film:
        rest = self._rest
        if self._endurance is not None:
            rest = rest * (1.0 + self._parameters.fatigue * self._endurance.cycles)
        return Film(self._parameters, self._ops, self._scale, rest)

    def _seconds_that_count(self, width: Values) -> Values:
        p = self._parameters
        if not p.cycle_to_cycle:
            return self._ops.maximum(self._ops.full(1.0) * width, _SHORTEST)
        grain = p.pulse_jitter**2 * _WIDTH
        counts = grain * self._switching.standard_gamma(width / grain, self._ops.size)
        return self._ops.maximum(counts, _SHORTEST)

    def _begin_filaments(self, setting: Values, lanes: Lanes, source: Divider) -> Lanes:
        """A SET that reaches a ruptured filament begins the next one: soft, and as was drawn."""
        ops, p = self._ops, self._parameters
        if not ops.any(setting & self._ruptured):
            return lanes
        reaches = equilibrium(lanes, source) > self._lowest + _STEP
        begun = setting & self._ruptured & reaches
        self._ruptured = ops.where(begun, False, self._ruptured)
        self._peak = ops.where(begun, lanes.filament, self._peak)
        self._reset_rate = ops.where(begun, self._next_reset_rate, self._reset_rate)
        return lanes._replace(
            drive=ops.where(begun, 0.0, lanes.drive),
            hardness=ops.where(begun, p.softest, lanes.hardness),
            reset_rate=self._reset_rate,
        )

    def _take(self, start: Values, end: Values, resetting: Values) -> None:
        """The filament after a pulse, and what follows from its step."""
        ops, p = self._ops, self._parameters
        step = abs(end - start)
        self._age = (self._age + self._now - self._moved) * ops.exp(-step / _STEP)
        self._moved = self._driven = self._now
        self._filament = end
        self._peak = ops.maximum(self._peak, end)
        if self._noise is not None and ops.any(step > 0.0):
            self._noise.rearrange(1.0 - ops.exp(-step / p.rearranging_step), self._switching)
        if not ops.any(resetting):
            return
        broken_now = resetting & (end < p.ruptured * self._peak) & (self._ruptured ^ True)
        if ops.any(broken_now):
            self._ruptured = self._ruptured | broken_now
            if self._endurance is not None:
                self._endurance.count(broken_now)
                self._film = self._worn_film()
            self._draw_filaments(broken_now)
        if ops.any(self._ruptured):
            self._lowest = ops.where(resetting & self._ruptured, end, self._lowest)

    def _draw_filaments(self, hit: Values) -> None:
        """The spread of the next filaments, for those devices that were hit."""
        ops, p = self._ops, self._parameters
        draws: Sequence[Values] = (0.0, 0.0, 0.0)
        if p.cycle_to_cycle:
            draws = ops.rows(self._switching.standard_normal, 3)
        voltage = self._set_voltage + p.set_voltage_jitter * draws[0]
        onset = ops.maximum(voltage, _LOWEST_SET_VOLTAGE) ** 6
        set_rate = p.set_rate * ops.exp(p.set_rate_jitter * draws[1] + ops.full(0.0))
        reset_rate = p.reset_rate * ops.exp(p.reset_rate_jitter * draws[2] + ops.full(0.0))
        self._onset = ops.where(hit, onset, self._onset)
        self._set_rate = ops.where(hit, set_rate, self._set_rate)
        self._next_reset_rate = ops.where(hit, reset_rate, self._next_reset_rate)


def _changed(
    ops: Elementwise,
    chosen: Values,
    law: Callable[[Lanes, Divider, Values], tuple[Values, ...]],
    lanes: Lanes,
    source: Divider,
    clock: Values,
    before: tuple[Values, ...],
) -> tuple[Values, ...]:
    """What the law makes of the chosen devices; all others stay as they were ``before``."""
    if ops.all(chosen):
        return law(lanes, source, clock)
    at = np.flatnonzero(chosen)
    after = tuple(value.copy() for value in before)
    changed = law(lanes.chosen(at), source.chosen(at), clock[at])
    for whole, part in zip(after, changed, strict=True):
        whole[at] = part
    return after


def _product(factor: Values, formula: Formula, x: Values) -> Values:
    return factor * formula(x)
