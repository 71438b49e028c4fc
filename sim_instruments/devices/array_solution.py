"""What stands and flows in an array while sources drive its lines."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mho.device.layout import line_name
from mho.device.model import Response, drive_at
from mho.sim_instruments.devices.array_cell import ArrayCell
from mho.stimuli import Drive

_WEIGHTLESS = 1e-9
"""Of its level: what lowers the voltages of others by less is of no weight."""

_NEAR_LIMIT = 1e-3
"""Of a limit: what draws less has nothing to do with it."""

_LEAST = 1e-18
"""Amperes that a limit leaves a cell, where others take it all."""

_NO_LIMIT = 1e3
"""Amperes."""

_SMALL = 1e-3
"""Volts: of a smaller level that part counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """The lines of an array.

    Attributes
    ----------
    ends
        Terminals of a cell.
    number
        Of the line that each cell is on, by terminal.
    place
        How many segments lie before the segment of each cell, by terminal.
    resistance
        Ohms of one segment, by terminal.
    """

    ends: tuple[str, ...]
    number: Mapping[str, NDArray[np.intp]]
    place: Mapping[str, NDArray[np.intp]]
    resistance: Mapping[str, float]


def parts_of(line: str) -> tuple[str, int]:
    """Terminal and number of a line: ``TE[3]``."""
    name, _, number = line.rpartition("[")
    return name, int(number.rstrip("]"))


class Solution:
    """What stands and flows in an array while these sources drive its lines."""

    def __init__(
        self,
        lines: Lines,
        cells: Sequence[ArrayCell],
        drives: Mapping[str, Drive],
        *,
        limits: bool,
    ) -> None:
        self._lines, self._cells, self._limits = lines, cells, limits
        count, ends = len(cells), lines.ends
        self.currents = {name: np.zeros(count) for name in ends}
        self.drives: list[dict[str, Drive]] = [{} for _ in range(count)]
        self.ohms: list[dict[str, float]] = [{} for _ in range(count)]
        self.heavy: set[int] = set()
        self.levels: dict[str, float] = {}
        self.limited: set[str] = set()
        self._carrying: dict[int, set[str]] = {}
        self._source_of = {
            name: [drive_at(drives, line_name(name, int(n))) for n in lines.number[name]]
            for name in ends
        }
        self._live = [
            number
            for number in range(count)
            if any(drive.level for drive in self._at_rest(number).values())
        ]
        for number in range(count):
            if number not in self._live:
                self.drives[number] = self._at_rest(number)

    def round(self) -> float:
        """Solve every cell once at what the others leave it; by how much a voltage moved (V)."""
        moved = 0.0
        self.limited.clear()
        self.levels.clear()
        for number in self._live:
            drives, ohms = self._seen_by(number)
            response = self._answer(number, drives, ohms)
            self.drives[number], self.ohms[number] = drives, self._before_cell(number, ohms)
            for name in drives:
                change = abs(response[name].current - self.currents[name][number])
                self.currents[name][number] = response[name].current
                moved = max(moved, change * self._lines.resistance[name] * len(self._cells))
                self._see_limit(number, name, response[name])
        return moved if len(self._live) > 1 else 0.0

    def _answer(
        self, number: int, drives: Mapping[str, Drive], ohms: Mapping[str, float]
    ) -> Mapping[str, Response]:
        """What a cell answers; what is of no weight is remembered, by the sources of its lines."""
        cell = self._cells[number]
        if number in self.heavy:
            return cell.respond(drives, self._before_cell(number, ohms))
        sources = self._at_rest(number)
        known = cell.remembered(sources)
        if known is not None:
            return known
        response = cell.respond(drives, {})
        if not self._weighs(response, drives):
            cell.remember(sources, response)
            return response
        self.heavy.add(number)
        self._carrying[number] = {name for name in ohms if response[name].current}
        return cell.respond(drives, self._before_cell(number, ohms))

    def _before_cell(self, number: int, ohms: Mapping[str, float]) -> dict[str, float]:
        """The resistances before a cell that take anything."""
        carrying = self._carrying.get(number, ())
        return {name: ohms[name] for name in ohms if name in carrying}

    def total(self, line: str) -> float:
        """Amperes into a line."""
        name, number = parts_of(line)
        return float(self.currents[name][self._lines.number[name] == number].sum())

    def heavy_on(self, line: str) -> int:
        """How many cells on a line draw what is of weight."""
        name, number = parts_of(line)
        return sum(int(self._lines.number[name][one]) == number for one in self.heavy)

    def potential(self, number: int, name: str, cell: ArrayCell) -> float:
        """Volts on a line that nothing drives, as one of its cells has it."""
        drives = self.drives[number]
        if not any(drive.level for drive in drives.values()):
            return 0.0
        return cell.respond(drives, self.ohms[number])[name].voltage

    def _seen_by(self, number: int) -> tuple[dict[str, Drive], dict[str, float]]:
        """The sources and resistances that all other cells leave to one."""
        lines = self._lines
        drives, ohms = {}, {}
        for name in lines.ends:
            source = self._source_of[name][number]
            if source is None:
                continue
            resistance = lines.resistance[name]
            numbers, places = lines.number[name], lines.place[name]
            on_line = numbers == numbers[number]
            currents = np.where(on_line, self.currents[name], 0.0)
            currents[number] = 0.0
            level, limit = source.level, source.limit
            if resistance:
                shared = np.minimum(places, places[number]) + 1.0
                level -= resistance * float(shared @ currents)
                ohms[name] = resistance * (float(places[number]) + 1.0)
            if self._limits:
                limit = max(limit - abs(float(currents.sum())), _LEAST)
            else:
                limit = max(limit, _NO_LIMIT)
            drives[name] = source._replace(level=level, limit=limit)
        return drives, ohms

    def _at_rest(self, number: int) -> dict[str, Drive]:
        """Drives without a level; which of the cell's terminals are driven at all."""
        return {
            name: source
            for name, of_cells in self._source_of.items()
            if (source := of_cells[number]) is not None
        }

    def _weighs(self, response: Mapping[str, Response], drives: Mapping[str, Drive]) -> bool:
        for name, drive in drives.items():
            whole = self._lines.resistance[name] * len(self._cells)
            current = abs(response[name].current)
            if response[name].in_compliance or current > _NEAR_LIMIT * drive.limit:
                return True
            if whole and current * whole > _WEIGHTLESS * max(abs(drive.level), _SMALL):
                return True
        return False

    def _see_limit(self, number: int, name: str, response: Response) -> None:
        if not response.in_compliance or not self._limits:
            return
        line = line_name(name, int(self._lines.number[name][number]))
        lost = self.ohms[number].get(name, 0.0) * response.current
        self.limited.add(line)
        self.levels[line] = response.voltage + lost
