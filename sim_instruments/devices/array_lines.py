"""The lines of an array and what stands along them: a network of ladders that meet in the cells.

A line is driven at its beginning through one segment of resistance R for each cell on the way, so
that the current of the cell in place j lowers what stands in place i by R (min(i, j) + 1) times it
(places from 0). Cells are solved one after the other at the sources that the others leave them
(nonlinear block Gauss-Seidel) until no voltage moves any more; segments have ohms where cells have
kiloohms, so that two rounds are enough.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from mho.device.layout import CellLines, line_name
from mho.device.model import Response, State, drive_at
from mho.sim_instruments.devices.array_cell import ArrayCell, restore_cells, state_of_cells
from mho.sim_instruments.devices.array_solution import Lines, Solution
from mho.stimuli import Drive

_ROUNDS = 40
_MET = 1e-7
"""Of the largest level: no voltage moves by more in the last round."""

_HALVINGS = 60


class CellArray:
    """Satisfies `DeviceModel`; its terminals are lines, ``TE[3]``."""

    def __init__(
        self, layout: CellLines, cells: Sequence[ArrayCell], resistance: Mapping[str, float]
    ) -> None:
        self._cells, self._layout = list(cells), layout
        self._at = layout.cells()
        ends = tuple(layout.lines)
        self._lines = Lines(
            ends=ends,
            number={name: np.array([layout.line(name, at) for at in self._at]) for name in ends},
            place={name: np.array(self._places(name)) for name in ends},
            resistance={name: resistance.get(name, 0.0) for name in ends},
        )
        self.terminals = tuple(
            line_name(name, number) for name in ends for number in range(layout.count(name))
        )
        self._asked: dict[str, Drive] | None = None
        self._solved: Solution | None = None

    def advance(self, drives: Mapping[str, Drive], duration: float) -> None:
        """Every cell ages by what stands at it."""
        solution = self._solution(drives)
        for number, cell in enumerate(self._cells):
            cell.advance(solution.drives[number], solution.ohms[number], duration)
            if number in solution.heavy:
                cell.forget()
        self._asked = None

    def respond(self, drives: Mapping[str, Drive]) -> Mapping[str, Response]:
        """What meters at the beginnings of the lines read."""
        solution = self._solution(drives)
        responses = {}
        for name in self._lines.ends:
            currents, lines = solution.currents[name], self._lines.number[name]
            for number in range(self._layout.count(name)):
                line = line_name(name, number)
                drive = drive_at(drives, line)
                if drive is None:
                    first = int(np.argmax(lines == number))
                    potential = solution.potential(first, name, self._cells[first])
                    responses[line] = Response(potential, 0.0, False)
                    continue
                total = float(currents[lines == number].sum())
                level = solution.levels.get(line, drive.level)
                responses[line] = Response(level, total, line in solution.limited)
        return responses

    def state(self) -> State:
        """The states of the cells, stacked: the first axis of each array is the cell."""
        return state_of_cells(self._cells)

    def restore(self, state: State) -> None:
        """Take over what `state` gave. Raises KeyError where that is something else."""
        restore_cells(self._cells, state)
        self._asked = None

    # ---- the network

    def _places(self, name: str) -> list[int]:
        """How many segments lie before each cell on its line, less the first."""
        along = self._layout.along(name)
        if along == "rows":
            return [at.column for at in self._at]
        return [at.row if along == "columns" else 0 for at in self._at]

    def _solution(self, drives: Mapping[str, Drive]) -> Solution:
        if self._asked == drives and self._solved is not None:
            return self._solved
        solution = self._solve(dict(drives))
        crowded = [line for line in solution.limited if solution.heavy_on(line) > 1]
        if crowded:
            solution = self._lowered(dict(drives), crowded[0])
        self._asked, self._solved = dict(drives), solution
        return solution

    def _solve(self, drives: Mapping[str, Drive], *, limits: bool = True) -> Solution:
        solution = Solution(self._lines, self._cells, drives, limits=limits)
        largest = max((abs(one.level) for one in drives.values()), default=0.0)
        for _ in range(_ROUNDS):
            if solution.round() <= _MET * largest:
                break
        return solution

    def _lowered(self, drives: dict[str, Drive], line: str) -> Solution:
        """Where several cells share the limit of a source: it leaves its level until they fit."""
        drive = drives[line]
        low, high = 0.0, drive.level
        solution = self._solve(drives, limits=False)
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            solution = self._solve({**drives, line: drive._replace(level=middle)}, limits=False)
            if abs(solution.total(line)) > drive.limit:
                high = middle
            else:
                low = middle
            if abs(high - low) <= _MET * abs(drive.level):
                break
        solution.levels[line] = (low + high) / 2
        solution.limited.add(line)
        return solution
