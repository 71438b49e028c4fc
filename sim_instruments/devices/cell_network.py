"""Cells that are no resistors between resistive lines, solved by Newton's method.

Each round measures all cells at the voltages of the last one, takes each for a conductance and a
source (its tangent, by secants), and solves the network of these (`mho.crossbar`). A driver that
comes to its current limit is a source of that current from then on.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mho.crossbar import Crossbar, Solution, Wires

Floats = NDArray[np.float64]

_ROUNDS = 60
_MET = 1e-8
"""Of the largest level: no voltage would move by more in another round."""

_FLATTEST, _STEEPEST = 0.05, 50.0
"""A tangent, in parts of the conductance: what noise makes of a secant is left out."""

_SWAPS = 20
_OVER = 1.0 + 1e-9
_LEAST = 1e-15
"""Siemens: of a cell that takes no current."""


class Drivers(NamedTuple):
    """Volts at the beginnings of lines, NaN where one floats, and limits (A)."""

    levels: Floats
    limits: Floats


class Settled(NamedTuple):
    """What stands and flows, and what the drivers make of it.

    ``across`` are volts at the cells, ``row_ends`` and ``column_ends`` those at the beginnings of
    the lines; currents (A) are into the array. ``limited`` says where a limit holds the driver.
    """

    across: Floats
    row_ends: Floats
    column_ends: Floats
    row_currents: Floats
    column_currents: Floats
    rows_limited: NDArray[np.bool_]
    columns_limited: NDArray[np.bool_]


class CellNetwork:
    """Cells between lines with ``row_segment`` and ``column_segment`` ohm from cell to cell.

    ``measure`` gives the currents (A) of all cells, from row to column, at these voltages.
    """

    def __init__(
        self,
        shape: tuple[int, int],
        row_segment: float,
        column_segment: float,
        measure: Callable[[Floats], Floats],
    ) -> None:
        self._measure = measure
        self._segments = row_segment, column_segment
        self._wires = Wires(row_segments=row_segment, column_segments=column_segment)
        self.conductance = np.full(shape, np.nan)
        """Of each cell (S) when it was solved last; NaN before."""

    def settle(self, rows: Drivers, columns: Drivers) -> Settled:
        """What stands and flows with these drivers."""
        held_rows, held_columns = np.zeros(len(rows.levels)), np.zeros(len(columns.levels))
        for _ in range(_SWAPS):
            settled = self._newton(rows, columns, held_rows, held_columns)
            if not _swap(
                (rows, held_rows, settled.row_currents, settled.row_ends),
                (columns, held_columns, settled.column_currents, settled.column_ends),
            ):
                break
        return settled

    def _newton(
        self, rows: Drivers, columns: Drivers, held_rows: Floats, held_columns: Floats
    ) -> Settled:
        """With drivers at their levels, but where a current (A) into the line is held."""
        loose_rows = np.isnan(rows.levels) | (held_rows != 0.0)
        loose_columns = np.isnan(columns.levels) | (held_columns != 0.0)
        at_rows = np.where(loose_rows, 0.0, rows.levels)
        at_columns = np.where(loose_columns, 0.0, columns.levels)

        def network(conductance: Floats, sources: Floats | None) -> Solution:
            lines = Crossbar(conductance, self._wires, loose_rows, loose_columns)
            return lines.solve(
                at_rows,
                at_columns,
                into_rows=held_rows,
                into_columns=held_columns,
                sources=sources,
            )

        largest = float(np.nanmax(np.abs([*rows.levels, *columns.levels, 0.0])))
        found = network(self._guess(largest), None)
        volts, amperes, slope = found.across, np.zeros(()), np.zeros(())
        missed = math.inf
        for number in range(_ROUNDS):
            last, before = volts, amperes
            volts = found.across
            amperes = self._measure(volts)
            chord = self._chord(volts, amperes, largest)
            slope = chord if not number else _secant(volts - last, amperes - before, slope, chord)
            found = network(slope, amperes - slope * volts)
            missed, missed_before = float(np.abs(found.across - volts).max()), missed
            # what is left is about the product of the last two steps, as of all secants
            if missed * min(missed_before, largest) <= _MET * largest * largest:
                break
        row_segment, column_segment = self._segments
        into_rows, into_columns = (
            found.row_currents + held_rows,
            held_columns - found.column_currents,
        )
        return Settled(
            across=found.across,
            row_ends=np.where(loose_rows, found.rows[:, 0] + row_segment * held_rows, at_rows),
            column_ends=np.where(
                loose_columns, found.columns[-1] + column_segment * held_columns, at_columns
            ),
            row_currents=into_rows,
            column_currents=into_columns,
            rows_limited=held_rows != 0.0,
            columns_limited=held_columns != 0.0,
        )

    def _guess(self, largest: float) -> Floats:
        """Conductances as they were last, or at the largest level."""
        if np.isnan(self.conductance).any():
            volts = np.full(self.conductance.shape, largest or 1.0)
            self.conductance = np.maximum(self._measure(volts) / volts, _LEAST)
        return self.conductance

    def _chord(self, volts: Floats, amperes: Floats, largest: float) -> Floats:
        """Conductances where something stands across; they are remembered."""
        stands = np.abs(volts) > _MET * largest
        found = amperes / np.where(stands, volts, 1.0)
        self.conductance = np.where(stands, np.maximum(found, _LEAST), self.conductance)
        return self.conductance


def _secant(volts: Floats, amperes: Floats, slope: Floats, chord: Floats) -> Floats:
    """By these differences, where they are any; bounded, for noise makes anything of a secant."""
    moved = volts != 0.0
    found = np.where(moved, amperes / np.where(moved, volts, 1.0), slope)
    return np.clip(found, _FLATTEST * chord, _STEEPEST * chord)


def _swap(*sides: tuple[Drivers, Floats, Floats, Floats]) -> bool:
    """Let go a driver whose limit holds it no longer, or hold the one that is furthest beyond its.

    One at a time: of two limits in one way the smaller one holds, and the other does not. Of rows
    and columns the drivers, what they are held at (changed here), currents and ends.
    """
    for (levels, _), held, _, ends in sides:
        back = (held != 0.0) & (np.sign(held) * (ends - levels) > 0.0)
        if back.any():
            held[np.argmax(back)] = 0.0
            return True
    excess = [
        np.where(held == 0.0, np.abs(currents) / drivers.limits, 0.0)
        for drivers, held, currents, _ in sides
    ]
    side = int(np.argmax([one.max() for one in excess]))
    line = int(np.argmax(excess[side]))
    if not excess[side][line] > _OVER:
        return False
    drivers, held, currents, _ = sides[side]
    held[line] = math.copysign(drivers.limits[line], currents[line])
    return True
