"""A passive crossbar: cells of any two-terminal model between rows and columns, without selectors.

Current takes every way that there is: through the cell that is selected, and through three others
in a row (a sneak path). All lines are solved as one network (`cell_network`), those that float
included, and every cell ages by what stands at it. Where a cell changes while the drivers stand
still, and moves the voltages of others, the stretch is cut.
"""

from collections.abc import Mapping, Sequence
from typing import Self

import numpy as np
from numpy.typing import NDArray
from pydantic import model_validator

from mho.device.layout import line_name
from mho.device.model import DeviceModel, Response, State, drive_at
from mho.plugin_kinds import DeviceKind
from mho.sim_instruments.devices.array_cell import ArrayCell, restore_cells, state_of_cells
from mho.sim_instruments.devices.array_parameters import ArrayParameters, cells_of
from mho.sim_instruments.devices.cell_network import CellNetwork, Drivers, Settled
from mho.stimuli import Drive

Floats = NDArray[np.float64]

_NO_LIMIT = 1e3
"""Amperes: limits are those of lines, not of cells."""

_MOST_MOVED = 6e-3
"""Of the largest level: what a voltage at a cell may move by in one step of time ..."""

_CHANGED = 0.1
"""... if at the same time a cell changes by more than this, which noise alone does not."""

_QUIET = 0.2
"""Volts: as little, once it has changed nothing for as long, is let pass in one: reads, mostly."""

_AIM, _UNMOVED = 1.5e-3, 1e-3
"""Of the largest level: what it should move by, and what counts as standing still."""

_FEWER, _TRIES = 4, 9
"""By how much a step that moved too much is shortened; so many times in vain, and it jumps."""

_SHORTEST = 4.0**-12
"""Of a stretch: no step of time is shorter."""


class PassiveCrossbarParameters(ArrayParameters):
    """A passive crossbar; ``rows``, ``columns`` and ``lines`` are those of ``[array]``.

    One terminal has a line for each row, the other one for each column; ``cell`` has two ends.
    """

    @model_validator(mode="after")
    def _crossed(self) -> Self:
        if sorted(self.lines.values()) != ["columns", "rows"]:
            raise ValueError(
                'a passive crossbar has two terminals, one with "rows" and one with "columns" '
                "among its lines"
            )
        return self


class PassiveCrossbar:
    """Satisfies `DeviceModel`; its terminals are lines, ``TE[3]``.

    ``top`` is the terminal of a cell that is driven, on lines as the parameters say; its other end
    is on the other lines.
    """

    def __init__(
        self, parameters: PassiveCrossbarParameters, cells: Sequence[ArrayCell], top: str
    ) -> None:
        self._cells, self._top = list(cells), top
        self._sign = 1.0 if parameters.along(top) == "rows" else -1.0
        names = {along: terminal for terminal, along in parameters.lines.items()}
        self._rows = [line_name(names["rows"], n) for n in range(parameters.rows)]
        self._columns = [line_name(names["columns"], n) for n in range(parameters.columns)]
        self.terminals = tuple(
            line_name(name, number)
            for name in parameters.lines
            for number in range(parameters.count(name))
        )
        self._shape = parameters.rows, parameters.columns
        ohms = parameters.line_resistance
        self._network = CellNetwork(
            self._shape,
            ohms.get(names["rows"], 0.0),
            ohms.get(names["columns"], 0.0),
            self._measured,
        )
        self._asked: dict[str, Drive] | None = None
        self._settled: Settled | None = None
        self._harmless = 0.0, 0.0
        """Volts that stood for so many seconds, and no cell changed by much."""

    def advance(self, drives: Mapping[str, Drive], duration: float) -> None:
        """Every cell ages by what stands at it."""
        largest = max((abs(one.level) for one in drives.values()), default=0.0)
        if not largest:
            self._age(np.zeros(self._shape), duration)
            return
        if self._is_harmless(largest, duration):
            self._age(self._solution(drives).across, duration)
            return
        here, left, step = self._solution(drives), duration, duration
        before, tried, most = 0.0, 0, 0.0
        while left > 0.0:
            step = min(step, left)
            kept, known = state_of_cells(self._cells), self._network.conductance
            there, moved, changed = self._stepped(drives, here.across, step)
            is_jump = tried >= _TRIES and moved > before / 2
            counts = moved > _UNMOVED * largest and changed > _CHANGED / 2 and not is_jump
            too_far = moved > _MOST_MOVED * largest and changed > _CHANGED and not is_jump
            if too_far and step > _SHORTEST * duration:
                self._take_back(kept, known)
                step, before, tried = step / _FEWER, moved, tried + 1
                continue
            if counts:  # again, at what stood there on average
                self._take_back(kept, known)
                middle = (here.across + there.across) / 2
                there, _, changed = self._stepped(drives, middle, step)
            left = left - step if step < left else 0.0
            growth = min(2.0, _AIM * largest / moved) if counts else 2.0
            here, step, tried, most = there, step * growth, 0, max(most, changed)
        if most < _CHANGED and largest <= _QUIET:
            self._harmless = largest, duration

    def _stepped(
        self, drives: Mapping[str, Drive], across: Floats, step: float
    ) -> tuple[Settled, float, float]:
        """What stands after a step of time (s) at these voltages, and how far it is from them.

        That is in volts; and by which part (of the logarithm) some cell has changed.
        """
        known = self._network.conductance
        self._age(across, step)
        there = self._solution(drives)
        moved = float(np.abs(there.across - across).max())
        return there, moved, float(np.abs(np.log(self._network.conductance / known)).max())

    def _take_back(self, kept: State, known: Floats) -> None:
        restore_cells(self._cells, kept)
        self._network.conductance = known

    def _is_harmless(self, largest: float, duration: float) -> bool:
        """Whether as much has stood for as long before, and changed nothing."""
        volts, seconds = self._harmless
        return largest <= volts and duration <= seconds

    def respond(self, drives: Mapping[str, Drive]) -> Mapping[str, Response]:
        """What meters at the beginnings of the lines read."""
        found, responses = self._solution(drives), dict[str, Response]()
        for names, ends, currents, limited in (
            (self._rows, found.row_ends, found.row_currents, found.rows_limited),
            (self._columns, found.column_ends, found.column_currents, found.columns_limited),
        ):
            for name, volts, amperes, is_limited in zip(
                names, ends.tolist(), currents.tolist(), limited.tolist(), strict=True
            ):
                flows = drive_at(drives, name) is not None
                responses[name] = Response(volts, amperes if flows else 0.0, is_limited)
        return responses

    def state(self) -> State:
        """The states of the cells, stacked: the first axis of each array is the cell."""
        return state_of_cells(self._cells)

    def restore(self, state: State) -> None:
        """Take over what `state` gave. Raises KeyError where that is something else."""
        restore_cells(self._cells, state)
        self._asked = None

    def _solution(self, drives: Mapping[str, Drive]) -> Settled:
        if self._asked != drives or self._settled is None:
            self._settled = self._network.settle(
                _drivers(drives, self._rows), _drivers(drives, self._columns)
            )
            self._asked = dict(drives)
        return self._settled

    def _measured(self, across: Floats) -> Floats:
        """The currents (A) from row to column at these voltages."""
        volts = (self._sign * across).ravel().tolist()
        currents = [
            cell.respond({self._top: Drive(level, _NO_LIMIT)}, {})[self._top].current
            for cell, level in zip(self._cells, volts, strict=True)
        ]
        return self._sign * np.array(currents).reshape(self._shape)

    def _age(self, across: Floats, duration: float) -> None:
        volts = (self._sign * across).ravel().tolist()
        for cell, level in zip(self._cells, volts, strict=True):
            cell.advance({self._top: Drive(level, _NO_LIMIT)}, {}, duration)
        self._asked = None


def _drivers(drives: Mapping[str, Drive], lines: Sequence[str]) -> Drivers:
    found = [drive_at(drives, name) for name in lines]
    return Drivers(
        np.array([np.nan if one is None else one.level for one in found]),
        np.array([np.inf if one is None else one.limit for one in found]),
    )


def _build(parameters: PassiveCrossbarParameters, seed: int) -> DeviceModel:
    cells = cells_of(parameters, seed)
    has = tuple(cells[0].device.terminals)
    if not set(has) <= set(parameters.lines):
        raise ValueError(
            f'cell = "{parameters.cell}" has the terminals {", ".join(has)}; a passive crossbar '
            f"takes cells of two ends, named as its lines are: {', '.join(parameters.lines)}"
        )
    return PassiveCrossbar(parameters, cells, has[0])


PASSIVE_CROSSBAR = DeviceKind(parameters=PassiveCrossbarParameters, build=_build, is_array=True)
"""Cells at the crossings of rows and columns, and the sneak paths through them."""
