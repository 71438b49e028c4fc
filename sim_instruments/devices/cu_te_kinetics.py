"""How a constant voltage moves the state of the Cu:Te memristor: exact, with no steps in time.

Where the maps see a device is y, its ln(G / 1 S) but for the deviation of its present filament.
Two monotone maps give the stress voltage that y is equivalent to::

    RESET   s(y) = knee_reset + a (y_knee - y)     below the knee, a flatter line above it
    SET     u(y) = set_onset  + b (y - y_lowest)

and in both polarities the stress follows the exponential voltage-time law, with a threshold::

    ds/dt = (v / t_ref) [exp(|V|/v) - exp(V_hold/v)] exp(-s/v)     for |V| > V_hold, else 0

whose solution over a constant pulse is s' = s + v ln(1 + A), where
A = (t/t_ref) [exp(|V|/v) - exp(V_hold/v)] exp(-s/v). Pulses compose exactly, and v ln 10 volts of
amplitude stand for one decade of width.

In a circuit the voltage across moves with the state. With c = 1 - dV/ds at the end of the pulse,
and V taken as linear in s over the few v before it (where all the time is spent), the law becomes
exp(D/v) (1 - exp(-c D/v)) / c = A for D = s' - s and A at the voltage at the end. Its solution is
v ln(1 + A (2 + c A)/(2 + A)): exact for c = 1, for large A, and to second order for small A, and
within 0.06 v between them for c below 2. Functional form fitted to Lim et al., Frontiers in
Neuroscience (2025), doi:10.3389/fnins.2025.1516971.
"""

import math
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mho.device.model import State
from mho.sim_instruments.devices.cu_te_parameters import CuTeParameters
from mho.sim_instruments.devices.elementwise import Elementwise, Formula, Values, constant
from mho.sim_instruments.devices.kept import kept, put_back
from mho.sim_instruments.devices.subset import Devices

DEEPEST_RESET = 1.0
"""A RESET ends this far (in ln G) below the nominal lowest state. Assumed."""

_LARGEST_EXPONENT = 80.0
"""Single precision holds it; from here on the solution goes on as a straight line."""
_NOWHERE = 1e30  # slopes to go, at 0 V
_SHORTEST = 1e-140  # seconds: no time at all, with a logarithm
_STIFF = 1e-6  # a circuit yields at least this much
_LEAST_DRAG = 0.2  # a RESET that runs away (c near 0) is kept from doing so within one solve


_KEPT = (
    "lrs", "below", "above", "rise", "_reset_slope", "_set_slope", "_reset_offset", "_set_offset",
)  # fmt: skip


class Feedback(NamedTuple):
    """How motion changes the voltage that drives it."""

    drag: Values
    """1 - dV/ds."""
    steepness: Values
    """How steeply the current that is asked for rises above that which the circuit gives, in units
    of the conductance."""
    window: Values
    """The motion (in ln G) of the last e-fold of time."""

    def parts(self, mean: Values, ops: Elementwise) -> tuple[Values, Values]:
        """Of a mean step, the part whose chance still changes the voltage, and the rest."""
        late = self.window * (1.0 - ops.exp(-mean / self.window))
        return ops.maximum(mean - late, 0.0), late


class CuTeKinetics(Devices):
    """The maps and slopes of N devices."""

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
        # volts per e-fold of conductance: RESET below and above the knee, SET
        self.below = (parameters.full_reset - parameters.knee_reset) / (knee - lowest) * reset_map
        self.above = (parameters.knee_reset - parameters.reset_onset) / (lrs - knee) * reset_map
        self.lowest, self._set_onset = lowest, parameters.set_onset
        self.rise = (parameters.full_set - parameters.set_onset) / (lrs - lowest) * set_map
        self._reset_slope = parameters.reset_slope * ops.exp(draw(parameters.slope_spread))
        self._set_slope = parameters.set_slope * ops.exp(draw(parameters.slope_spread))
        self._reference_width, self._hold = parameters.reference_width, parameters.hold_voltage
        self._reset_offset = draw(parameters.reset_spread)
        self._set_offset = draw(parameters.set_spread)

    def state(self) -> dict[str, NDArray[np.generic]]:
        """What each device is."""
        return kept(self, _KEPT)

    def restore(self, state: State) -> None:
        """Take over what `state` gave."""
        put_back(self, _KEPT, state, self._ops)

    def travel(self, y: Values, level: Values, duration: Values) -> Formula:
        """How far (in ln G, a magnitude) ``y`` moves in ``duration`` s, at each voltage across.

        Voltages have the sign that ``level`` has; where that is 0 nothing moves.
        """
        ops = self._ops
        setting, resetting = level > 0.0, level < 0.0
        sets, resets = ops.any(setting), ops.any(resetting)
        if not (sets or resets):
            return constant(ops.full(0.0))
        log_time = ops.log(ops.maximum(duration, _SHORTEST) / self._reference_width)
        if not resets and ops.all(setting):
            return self._set_travel(y, log_time)
        if not sets and ops.all(resetting):
            return self._reset_travel(y, log_time)
        return self._either_travel(y, log_time, setting, resetting)

    def feedback(self, y: Values, voltage: Values, moved: Values, yielding: Values) -> Feedback:
        """Of a circuit that leaves ``voltage`` across where ``y`` has moved so far.

        ``yielding`` is by how many e-folds the voltage falls for one e-fold of conductance.
        """
        ops, setting = self._ops, voltage > 0.0
        reset_map = ops.where(y - moved < self._knee, self.below, self.above)
        volts_per_e_fold = ops.where(setting, self.rise, reset_map)
        slope = ops.where(setting, self._set_slope, self._reset_slope)
        gain = voltage / volts_per_e_fold
        drag = ops.maximum(1.0 + yielding * gain, _LEAST_DRAG)
        steepness = 1.0 / ops.maximum(yielding, _STIFF) + gain
        return Feedback(drag, steepness, slope / (volts_per_e_fold * drag))

    def _lead(self, stress: Values, log_time: Values, slope: Values) -> tuple[Values, Values]:
        """So many slopes is the stress ahead of 0 V for this long; what the threshold takes off."""
        ops, lead = self._ops, stress / slope - log_time
        return lead, ops.exp(ops.minimum(self._hold / slope - lead, _LARGEST_EXPONENT))

    def _set_travel(self, y: Values, log_time: Values) -> partial[Values]:
        slope = self._set_slope
        stress = self._set_onset + self._set_offset + self.rise * (y - self.lowest)
        lead, held = self._lead(stress, log_time, slope)
        return partial(_set, lead, held, slope, slope / self.rise, self._ops, 1.0)

    def _either_travel(
        self, y: Values, log_time: Values, setting: Values, resetting: Values
    ) -> Formula:
        """A SET as if it were a RESET counted from ``y``, so that one formula does for both."""
        ops = self._ops
        lead, held, slope, unit, *_ = self._set_travel(y, log_time).args
        *there, _, _ = self._reset_travel(y, log_time).args
        nothing = ops.full(0.0)
        here = lead, held, slope, nothing, nothing, slope / unit, slope / unit
        pairs = zip(here, there, strict=True)
        lead, *others = (ops.where(setting, one, other) for one, other in pairs)
        lead = ops.where(setting | resetting, lead, _NOWHERE)
        return partial(_either, lead, *others, ops, 1.0)

    def _reset_travel(self, y: Values, log_time: Values) -> partial[Values]:
        ops, slope, below, above = self._ops, self._reset_slope, self.below, self.above
        distance = self._knee - y
        # counted from the knee, whose own voltage moves to the other side
        stress = distance * ops.where(distance >= 0.0, below, above)
        whole = stress + self._knee_reset + self._reset_offset
        lead, held = self._lead(whole, log_time, slope)
        return partial(_reset, lead, held, slope, distance, stress, below, above, ops, 1.0)


def dragged(travel: Formula, drag: Values) -> Formula:
    """A `travel` whose voltage moves with the state and ends as the one that is given."""
    if not isinstance(travel, partial) or travel.func not in (_set, _reset, _either):
        return travel
    return partial(travel.func, *travel.args[:-1], drag)


def _set(
    lead: Values,
    held: Values,
    slope: Values,
    unit: Values,
    ops: Elementwise,
    drag: Values,
    voltage: Values,
) -> Values:
    """``unit`` is one slope, in e-folds of conductance."""
    ahead = voltage / slope - lead
    exponent = ops.minimum(ahead, _LARGEST_EXPONENT)
    a = ops.maximum(ops.exp(exponent) - held, 0.0)
    gained = ops.log(1.0 + a * ((2.0 + drag * a) / (2.0 + a))) + (ahead - exponent)
    return unit * gained


def _reset(
    lead: Values,
    held: Values,
    slope: Values,
    distance: Values,
    stress: Values,
    below: Values,
    above: Values,
    ops: Elementwise,
    drag: Values,
    voltage: Values,
) -> Values:
    ahead = -voltage / slope - lead
    exponent = ops.minimum(ahead, _LARGEST_EXPONENT)
    a = ops.maximum(ops.exp(exponent) - held, 0.0)
    gained = ops.log(1.0 + a * ((2.0 + drag * a) / (2.0 + a))) + (ahead - exponent)
    end = stress + slope * gained
    return ops.maximum(end / ops.where(end >= 0.0, below, above) - distance, 0.0)


def _either(*known: Values) -> Values:
    """`_reset` at voltages of both signs."""
    reset: Formula = partial(_reset, *known[:-1])
    return reset(-abs(known[-1]))
