"""An array of three-terminal electrochemical cells between the lines that its terminals are.

A row has a gate line (``g0`` ...) and a read line (``r0`` ...), a column a channel line
(``c0`` ...). The gate of each cell stands against its channel line::

    eta = V_gate - V_channel - U(q)        dq/dt = (i0/Q) sinh(eta/v) e(q)

as in a single cell (`ecram_kinetics`), all cells at once; long stretches are cut, so that a soft
limit changes little in each. A half-selected cell sees half of the voltage and so a share
1/(2 cosh(V/2v)) of the charge. Lines count as resistances only where cells are read, for gates take
next to no current.
"""

import math
from collections.abc import Mapping
from itertools import chain
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mho.device.arrays import generator_state, restore_generator
from mho.device.model import DeviceModel, Response, State
from mho.plugin_kinds import DeviceKind
from mho.sim_instruments.devices.pseudo_crossbar_access import access_refusals
from mho.sim_instruments.devices.pseudo_crossbar_levels import (
    Floats,
    Levels,
    across,
    different,
    farthest,
    given,
    grounded,
    numbers,
)
from mho.sim_instruments.devices.pseudo_crossbar_parameters import (
    PseudoCrossbarParameters,
    channel_lines,
    gate_lines,
    read_lines,
)
from mho.sim_instruments.devices.pseudo_crossbar_responses import LineResponses, Lines
from mho.stimuli import Drive

Numbers = NDArray[np.intp]

_REMEMBERED = 1_000_000
"""Cells, in all motions that are remembered."""

_LARGEST_EXPONENT = 700.0
_SMALLEST_MOVE = 1e-9
_MOST_PIECES = 1000
_PIECE = 0.1
"""Motion within which a soft limit is taken as it is in the middle."""


class _Motion(NamedTuple):
    """How cells move in a stretch of constant current: by (towards - pull q) progress.

    Those of these numbers (row by row) do, and no others: of a large array most stay.
    """

    cells: Numbers
    towards: Floats
    pull: Floats
    progress: Floats

    def moved(self, state: Floats) -> Floats:
        """How far each of them gets from here."""
        here = state.reshape(-1)[self.cells]
        return np.asarray((self.towards - self.pull * here) * self.progress)


class PseudoCrossbar:
    """The `DeviceModel` of an array; its state is the ion content of the cells, 0 to 1."""

    def __init__(self, parameters: PseudoCrossbarParameters, seed: int) -> None:
        self._parameters = p = parameters
        cell, shape = p.cell, (p.rows, p.columns)
        variation, self._steps, self._reads = (
            np.random.default_rng(sequence) for sequence in np.random.SeedSequence(seed).spawn(3)
        )
        spread = 1.0 if cell.device_to_device else 0.0
        capacity, size = spread * variation.standard_normal((2, *shape))
        self._capacity = cell.area * cell.capacity_density * np.exp(cell.capacity_spread * capacity)
        self._range = (cell.highest_conductance - cell.lowest_conductance) * np.exp(
            cell.range_spread * size
        )
        self._speed, self._forgets, self._conducts = np.ones(shape), np.zeros(shape), np.ones(shape)
        self.state_of_charge = np.full(shape, cell.initial_state)
        for fault in p.faulty:
            at = fault.row, fault.column
            self._speed[at], self._forgets[at] = fault.speed, fault.leak
            self._conducts[at] = 0.0 if fault.is_ == "dead" else 1.0
            if fault.at is not None:
                self.state_of_charge[at] = fault.at
        self._excess = np.zeros((len(cell.settling), *shape))
        self.broken_down = np.zeros(shape, dtype=bool)
        self._lines = Lines(gate_lines(p.rows), read_lines(p.rows), channel_lines(p.columns))
        self.terminals = tuple(chain(*self._lines))
        self._forgetful = bool(self._forgets.any())
        self._motions: dict[tuple[float | None, ...], _Motion] = {}

    @property
    def conductance(self) -> Floats:
        """Of each cell (S), free of noise: what no measurement can see; shape (rows, columns)."""
        seen = self.state_of_charge
        if len(self._excess):
            seen = np.maximum(seen + self._excess.sum(axis=0), 0.0)
        sound = self._parameters.cell.lowest_conductance + self._range * seen
        return np.asarray(sound * self._conducts)

    @property
    def leakage(self) -> Floats:
        """Of electrons through the gate of each cell (S); what has broken down leaks for good."""
        cell = self._parameters.cell
        return cell.gate_leakage * np.where(self.broken_down, cell.breakdown_factor, 1.0)

    def advance(self, drives: Mapping[str, Drive], duration: float) -> None:
        """Let time pass: cells between a driven gate line and a channel line move."""
        gates, columns = given(drives, self._lines.gates), given(drives, self._lines.channels)
        before = self.state_of_charge
        self._break_down(gates, columns)
        if gates.count(None) == len(gates):
            self._rest(duration)
        elif self._parameters.cell.potential_swing:
            self._towards_volts(across(gates, columns), duration)
        elif any(gates) or any(columns):
            motion = self._known_motion(gates, columns, duration)
            if len(motion.cells):
                self._settle_at(motion.moved(before), motion.cells)
        if self._forgetful:
            missing = self._parameters.cell.resting_state - self.state_of_charge
            forgotten = -np.expm1(-duration * self._forgets) * missing
            self.state_of_charge = self.state_of_charge + forgotten
        if not len(self._excess):
            return
        moved = self.state_of_charge - before
        for k, pool in enumerate(self._parameters.cell.settling):
            age = duration / pool.time
            gone = -math.expm1(-age)
            fed = pool.share * (gone / age if age > 0.0 else 1.0)
            self._excess[k] = self._excess[k] * (1.0 - gone) + fed * moved

    def _break_down(self, gates: Levels, columns: Levels) -> None:
        """What stands too high a voltage at its gate leaks from now on."""
        cell = self._parameters.cell
        if not cell.gate_leakage or farthest(gates, columns) <= cell.breakdown_voltage:
            return
        volts = np.abs(grounded(across(gates, columns)))
        self.broken_down = self.broken_down | (volts > cell.breakdown_voltage)

    def _rest(self, duration: float) -> None:
        """All gate lines float: cells leak, and share ions along a line if nothing parts them."""
        p, q = self._parameters, self.state_of_charge
        q = q + (p.cell.resting_state - q) * -math.expm1(-duration / p.cell.retention)
        if p.sharing is not None and p.cell.potential_swing and p.access_voltage is None:
            mean = q.mean(axis=1, keepdims=True)
            q = mean + (q - mean) * math.exp(-duration / p.sharing)
        self.state_of_charge = np.where(self._speed > 0.0, q, self.state_of_charge)

    def _towards_volts(self, volts: Floats, duration: float) -> None:
        """``volts`` of gate against channel at each cell, NaN where the gate floats."""
        left = duration
        for piece in range(_MOST_PIECES):
            fastest = float(np.abs(self._rate(volts)).max())
            length = min(left, _PIECE / fastest) if fastest > 0.0 else left
            length = left if piece == _MOST_PIECES - 1 else length
            self._settle_at(self._towards_rest(volts, length).reshape(-1), slice(None))
            left -= length
            if left <= 0.0:
                return

    def _over(self, volts: Floats) -> Floats:
        """Overpotential (V) of each cell; 0 where the gate floats or its access device blocks."""
        p = self._parameters
        cell = p.cell
        over = volts - cell.potential_middle
        if cell.potential_swing:
            over = over - cell.potential_swing * (self.state_of_charge - 0.5)
        if p.access_voltage is not None:
            over = np.where(np.abs(over) > p.access_voltage, over, 0.0)
        return grounded(over)

    def _rate(self, volts: Floats) -> Floats:
        """Of the state of each cell (1/s), before soft limits."""
        return np.asarray(self._current(self._over(volts)) / self._capacity * self._speed)

    def _current_between(self, gates: Levels, columns: Levels) -> tuple[Numbers, Floats]:
        """Cells that ions pass into, and their currents (A) if their speed were that of the others.

        Lines of an array stand at few levels, and what has no potential of its own sees nothing
        else.
        """
        if self._parameters.cell.potential_swing:
            current = self._current(self._over(across(gates, columns))).reshape(-1)
            cells = np.flatnonzero(current)
            return cells, current[cells]
        high, row = different(numbers(gates))
        low, column = different(grounded(numbers(columns)))
        current = self._current(self._over(high[:, None] - low))
        cells = np.flatnonzero((current != 0.0).take(row, axis=0).take(column, axis=1))
        return cells, current.take(row, axis=0).take(column, axis=1).reshape(-1)[cells]

    def _current(self, over: Floats) -> Floats:
        """Of ions (A) at an overpotential (V), if nothing hinders a cell."""
        p = self._parameters
        cell = p.cell
        exponent = np.minimum(np.abs(over) / cell.slope, _LARGEST_EXPONENT)
        current = np.minimum(
            cell.area * cell.exchange_density * np.sinh(exponent), cell.area * cell.largest_density
        )
        return np.where(over > 0.0, current * p.up_factor, -current)

    def _known_motion(self, gates: Levels, columns: Levels, duration: float) -> "_Motion":
        """Of cells without a potential of their own: the same for the same levels."""
        key = (*gates, *columns, duration)
        found = self._motions.get(key)
        if found is None:
            if len(self._motions) * self._speed.size >= _REMEMBERED:
                self._motions.clear()
            found = self._at_constant_current(*self._current_between(gates, columns), duration)
            self._motions[key] = found
        return found

    def _at_constant_current(self, cells: Numbers, current: Floats, duration: float) -> _Motion:
        """How far each of these cells moves: dq/dt = a - b q, solved exactly."""
        cell = self._parameters.cell
        rate = current / self._capacity.reshape(-1)[cells] * self._speed.reshape(-1)[cells]
        soft = np.where(rate > 0.0, cell.softness_up, cell.softness_down)
        a, b = rate + np.abs(rate) * soft, 2.0 * np.abs(rate) * soft
        progress = np.where(b > 0.0, -np.expm1(-b * duration) / np.where(b > 0.0, b, 1.0), duration)
        return _Motion(cells, a, b, progress)

    def _towards_rest(self, volts: Floats, duration: float) -> Floats:
        """How far each cell moves while its potential follows its state: see `ecram_kinetics`.

        Exact but for the soft limit, which is taken in the middle of the motion.
        """
        p, q = self._parameters, self.state_of_charge
        cell, over = p.cell, self._over(volts)
        up = over > 0.0
        driven = np.abs(over) > 0.0
        x = np.where(driven, np.abs(over) / cell.slope, 1.0)
        y = _conjugate(x)
        k = cell.potential_swing * cell.area * cell.exchange_density / (self._capacity * cell.slope)
        k = k * self._speed * np.where(up, p.up_factor, 1.0)
        soft = np.where(up, -cell.softness_up, cell.softness_down)
        moved = np.zeros_like(q)
        for _ in range(2):
            efficiency = 1.0 + soft * (2.0 * (q + 0.5 * moved) - 1.0)
            left = _conjugate(y + k * efficiency * duration)
            way = np.where(up, 1.0, -1.0) * cell.slope * (x - left) / cell.potential_swing
            moved = np.where(driven, way, 0.0)
        most = cell.area * cell.largest_density / self._capacity * duration
        return np.asarray(np.clip(moved, -most, most))

    def _settle_at(self, moved: Floats, cells: Numbers | slice) -> None:
        """The state that so much motion of these cells, and its chance, lead to."""
        cell, state = self._parameters.cell, self.state_of_charge.copy()
        if cell.cycle_to_cycle:
            size = np.abs(moved)
            if size.max() > _SMALLEST_MOVE:
                chance = cell.step_jitter * np.sqrt(cell.nominal_step * size)
                drawn = self._steps.standard_normal(state.shape)
                moved = moved + chance * drawn.reshape(-1)[cells]
        q = state.reshape(-1)
        q[cells] = np.minimum(np.maximum(q[cells] + moved, 0.0), 1.0)
        self.state_of_charge = state

    def respond(self, drives: Mapping[str, Drive]) -> Mapping[str, Response]:
        """Currents of all lines; see `LineResponses`."""
        gates, columns = given(drives, self._lines.gates), given(drives, self._lines.channels)
        through = np.zeros(self._speed.shape)
        if gates.count(None) < len(gates):
            if self._parameters.cell.gate_leakage:
                through += self.leakage * grounded(across(gates, columns))
            cells, current = self._current_between(gates, columns)
            capacity, speed = (one.reshape(-1)[cells] for one in (self._capacity, self._speed))
            through.reshape(-1)[cells] += current / capacity * speed * capacity
        return LineResponses(self._lines, drives, self._noisy(), through, self._parameters.segment)

    def _noisy(self) -> Floats:
        cell = self._parameters.cell
        if not cell.noise:
            return self.conductance
        scatter = 1.0 + cell.noise_level * self._reads.standard_normal(self._range.shape)
        return np.asarray(self.conductance * np.maximum(scatter, 0.0))

    def state(self) -> State:
        """Ions, what the cells are, and the generators of what is to come."""
        return {
            "state_of_charge": self.state_of_charge.copy(),
            "excess": self._excess.copy(),
            "capacity": self._capacity.copy(),
            "range": self._range.copy(),
            "broken_down": self.broken_down.copy(),
            "steps": generator_state(self._steps),
            "reads": generator_state(self._reads),
        }

    def restore(self, state: State) -> None:
        """Take over what `state` gave."""
        self.state_of_charge = np.array(state["state_of_charge"], dtype=np.float64)
        self._excess = np.array(state["excess"], dtype=np.float64)
        self._capacity = np.array(state["capacity"], dtype=np.float64)
        self._range = np.array(state["range"], dtype=np.float64)
        self.broken_down = np.array(state["broken_down"], dtype=bool)
        self._motions.clear()
        restore_generator(self._steps, state["steps"])
        restore_generator(self._reads, state["reads"])


def _conjugate(x: Floats) -> Floats:
    """-ln tanh(x/2), which is its own inverse."""
    return np.asarray(np.log1p(2.0 / np.expm1(np.minimum(x, _LARGEST_EXPONENT))))


def _build(parameters: PseudoCrossbarParameters, seed: int) -> DeviceModel:
    return PseudoCrossbar(parameters, seed)


PSEUDO_CROSSBAR = DeviceKind(
    parameters=PseudoCrossbarParameters, build=_build, refusals=access_refusals
)
