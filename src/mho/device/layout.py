"""The array: cells behind lines that they share, and the names of these lines."""

import re
from typing import Literal, NamedTuple, Self

from pydantic import Field, model_validator

from mho.frozen import Frozen

MOST_CELLS = 4096
"""Of one array: beyond that a number is a slip of the pen."""

GROUND = "(ground)"
"""What a line is connected to that is grounded: the source that is no instrument."""

_CELL = re.compile(r"r([0-9]{1,5})c([0-9]{1,5})")

Along = Literal["rows", "columns", "cells", "all"]
"""For what a terminal has a line of its own; "all": one line for the whole array."""


class Address(NamedTuple):
    """A cell of an array, counted from 0."""

    row: int
    column: int

    def __str__(self) -> str:
        return f"r{self.row}c{self.column}"


def address_in(text: str) -> Address | None:
    """The address that ``r3c4`` is; None if it is none."""
    match = _CELL.fullmatch(text.strip())
    return None if match is None else Address(int(match[1]), int(match[2]))


def line_name(terminal: str, number: int) -> str:
    """What a line is called: ``TE[3]`` is the line number 3 (from 0) of the terminals TE."""
    return f"{terminal}[{number}]"


class CellLines(Frozen):
    """Cells in rows and columns, and what lines they share.

    A terminal that ``lines`` does not name has one line for all cells.
    """

    rows: int = Field(gt=0, le=1024, description="rows of cells")
    columns: int = Field(gt=0, le=1024, description="columns of cells")
    lines: dict[str, Along] = Field(
        description='for what each terminal has a line of its own: "rows", "columns", "cells", or '
        '"all" where one line serves the whole array'
    )

    @model_validator(mode="after")
    def _of_a_size(self) -> Self:
        if self.rows * self.columns > MOST_CELLS:
            raise ValueError(
                f"{self.rows} rows of {self.columns} columns are more than {MOST_CELLS} cells"
            )
        return self

    def along(self, terminal: str) -> Along:
        """For what a terminal has a line of its own."""
        return self.lines.get(terminal, "all")

    def count(self, terminal: str) -> int:
        """How many lines a terminal has."""
        sizes = {"rows": self.rows, "columns": self.columns, "all": 1}
        return sizes.get(self.along(terminal), self.rows * self.columns)

    def line(self, terminal: str, at: Address) -> int:
        """The number of the line that a terminal of the cell is on."""
        numbers = {"rows": at.row, "columns": at.column, "all": 0}
        return numbers.get(self.along(terminal), at.row * self.columns + at.column)

    def cells(self) -> tuple[Address, ...]:
        """Every cell, row by row."""
        return tuple(Address(r, c) for r in range(self.rows) for c in range(self.columns))

    def holds(self, at: Address) -> bool:
        """Whether there is such a cell."""
        return 0 <= at.row < self.rows and 0 <= at.column < self.columns

    def sharing(self, terminal: str, at: Address) -> tuple[Address, ...]:
        """The other cells on the line that a terminal of this cell is on."""
        line = self.line(terminal, at)
        return tuple(one for one in self.cells() if one != at and self.line(terminal, one) == line)

    def __str__(self) -> str:
        last = Address(self.rows - 1, self.columns - 1)
        return f"an array of {self.rows} x {self.columns} cells (r0c0 ... {last})"


class ArrayLayout(CellLines):
    """Cells in rows and columns whose terminals are lines; limits of a terminal are those of each.

    A terminal that ``lines`` does not name has one line for all cells.
    """

    max_half_selected_pulses: int | None = Field(
        default=None,
        gt=0,
        description="programming pulses at one of its lines that a cell may see in its life while "
        "another cell on that line is selected",
    )


ONE_CELL = ArrayLayout(rows=1, columns=1, lines={})
"""What a device without an array is to a selector: a cell whose terminals have a line each."""
