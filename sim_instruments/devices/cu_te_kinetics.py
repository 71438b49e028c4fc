"""How a constant voltage moves the state of the Cu:Te memristor: exact, with no steps in time.

The state is x = ln(G / 1 S). Two monotone maps give the stress voltage a state is equivalent to::

    RESET   s(x) = knee_reset + a (x_knee - x)     below the knee, a flatter line above it
    SET     u(x) = set_onset  + b (x - x_lowest)

and in both polarities the stress follows the exponential voltage-time law

    ds/dt = (v / t_ref) exp((|V| - s) / v)

whose solution over a constant pulse is s' = v ln(exp(s/v) + (t/t_ref) exp(|V|/v)). Pulses compose
exactly, and v ln 10 volts of amplitude stand for one decade of width. Functional form fitted to
Lim et al., Frontiers in Neuroscience (2025), doi:10.3389/fnins.2025.1516971.
"""

import math
from functools import partial

import numpy as np
from numpy.typing import NDArray

from mho.device.model import State
from mho.sim_instruments.devices.cu_te_parameters import CuTeParameters
from mho.sim_instruments.devices.elementwise import Elementwise, Formula, Values, constant
from mho.sim_instruments.devices.kept import kept, put_back

DEEPEST_RESET = 1.0
"""A RESET ends this far (in ln G) below the nominal lowest state. Assumed."""


_KEPT = (
    "lrs", "_below", "_above", "_rise", "_reset_slope", "_set_slope", "_reset_offset",
    "_set_offset", "_reset_shift", "_set_shift",
)  # fmt: skip


class CuTeKinetics:
    """The maps and slopes of N devices; jitter of the present cycle included."""

    def __init__(
        self, parameters: CuTeParameters, ops: Elementwise, variation: np.random.Generator
    ) -> None:
        self._ops = ops
        spread = 1.0 if parameters.device_to_device else 0.0

        def draw(deviation: float) -> Values:
            return spread * deviation * variation.standard_normal(ops.size)

        knee, lowest = map(math.log, (parameters.knee_conductance, parameters.lowest_conductance))
        lrs = math.log(parameters.lrs_conductance)
        self.lrs = lrs + draw(parameters.lrs_spread)
        self.floor = lowest - DEEPEST_RESET
        reset_map = ops.exp(draw(parameters.map_spread))
        set_map = ops.exp(draw(parameters.map_spread))
        self._knee, self._knee_reset = knee, parameters.knee_reset
        self._below = (parameters.full_reset - parameters.knee_reset) / (knee - lowest) * reset_map
        self._above = (parameters.knee_reset - parameters.reset_onset) / (lrs - knee) * reset_map
        self.lowest, self._set_onset = lowest, parameters.set_onset
        self._rise = (parameters.full_set - parameters.set_onset) / (lrs - lowest) * set_map
        self._reset_slope = parameters.reset_slope * ops.exp(draw(parameters.slope_spread))
        self._set_slope = parameters.set_slope * ops.exp(draw(parameters.slope_spread))
        self._reference_width = parameters.reference_width
        self._reset_offset = draw(parameters.reset_spread)
        self._set_offset = draw(parameters.set_spread)
        self._reset_shift, self._set_shift = self._reset_offset, self._set_offset

    def begin_cycle(self, beginning: Values, reset_jitter: Values, set_jitter: Values) -> None:
        """New jitter (V) of both maps where ``beginning``."""
        where = self._ops.where
        self._reset_shift = where(beginning, self._reset_offset + reset_jitter, self._reset_shift)
        self._set_shift = where(beginning, self._set_offset + set_jitter, self._set_shift)

    def state(self) -> dict[str, NDArray[np.generic]]:
        """What each device is, and the jitter of its present cycle."""
        return kept(self, _KEPT)

    def restore(self, state: State) -> None:
        """Take over what `state` gave."""
        put_back(self, _KEPT, state, self._ops)

    def end_state(self, x: Values, voltage: Values, duration: float) -> Values:
        """Mean state after ``voltage`` (V, across the memristor) for ``duration`` seconds."""
        return self.path(x, voltage, duration)(voltage)

    def path(self, x: Values, level: Values, duration: float) -> Formula:
        """The mean state after ``duration`` s from ``x`` on, at each voltage across the memristor.

        Voltages have the sign that ``level`` has; where it is 0 the state stays.
        """
        ops = self._ops
        setting, resetting = level > 0.0, level < 0.0
        sets, resets = ops.any(setting), ops.any(resetting)
        if duration <= 0.0 or not (sets or resets):
            return constant(x)
        log_time = math.log(duration / self._reference_width)
        if not resets and ops.all(setting):
            return self._set_path(x, log_time)
        if not sets and ops.all(resetting):
            return self._reset_path(x, log_time)
        paths = self._set_path(x, log_time), self._reset_path(x, log_time)
        return partial(_either, setting, resetting, *paths, x, ops)

    def _set_path(self, x: Values, log_time: float) -> Formula:
        ops, slope = self._ops, self._set_slope
        stress = self._set_onset + self._set_shift + self._rise * (x - self.lowest)
        lead = stress / slope - log_time
        return partial(_set, x, lead, slope, self._rise, ops.maximum(self.lrs, x), ops)

    def _reset_path(self, x: Values, log_time: float) -> Formula:
        ops, slope, below, above = self._ops, self._reset_slope, self._below, self._above
        distance = self._knee - x
        stress = distance * ops.where(distance >= 0.0, below, above)
        # the stress is counted from the knee, whose own voltage moves to the other side
        lead = (stress + self._knee_reset + self._reset_shift) / slope - log_time
        return partial(_reset, x, self._knee, stress, lead, slope, below, above, self.floor, ops)


def _either(
    setting: Values,
    resetting: Values,
    set_path: Formula,
    reset_path: Formula,
    x: Values,
    ops: Elementwise,
    voltage: Values,
) -> Values:
    end = ops.where(setting, set_path(voltage), x)
    return ops.where(resetting, reset_path(voltage), end)


def _set(
    x: Values,
    lead: Values,
    slope: Values,
    rise: Values,
    highest: Values,
    ops: Elementwise,
    voltage: Values,
) -> Values:
    """``lead`` is how many slopes the stress is ahead of 0 V for this long."""
    grown = slope * ops.softplus(voltage / slope - lead)
    return ops.minimum(x + grown / rise, highest)


def _reset(
    x: Values,
    knee: float,
    stress: Values,
    lead: Values,
    slope: Values,
    below: Values,
    above: Values,
    floor: float,
    ops: Elementwise,
    voltage: Values,
) -> Values:
    stress = stress + slope * ops.softplus(-voltage / slope - lead)
    end = knee - stress / ops.where(stress >= 0.0, below, above)
    return ops.minimum(x, ops.maximum(end, floor))
