"""A crossbar of resistors: rows driven at their left ends, columns at their lower ends.

::

    row driver 0 --R--o--R--o--R--o        o: a cell, from its row to its column
    row driver 1 --R--o--R--o--R--o        R: a segment of a line
                      |     |     |
                      R     R     R
                      |     |     |
                     column drivers

A line that nothing drives floats.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mho.crossbar.ideal_lines import IdealLines
from mho.crossbar.resistive_lines import ResistiveLines
from mho.crossbar.wires import Solution, Wires

Floats = NDArray[np.float64]

TOLERANCE = 1e-10
"""Of the residual, as part of what the cells would take at the largest voltage."""


class Crossbar:
    """Cells of ``conductance`` (S, shape (N, M)) between lines, to be solved more than once.

    ``floating_rows`` and ``floating_columns`` say, for all lines or for each, whether it floats.

    Raises
    ------
    ValueError
        What was given is no such network.
    """

    def __init__(
        self,
        conductance: ArrayLike,
        wires: Wires,
        floating_rows: ArrayLike = False,
        floating_columns: ArrayLike = False,
    ) -> None:
        g = np.ascontiguousarray(conductance, dtype=np.float64)
        if g.ndim != 2 or not g.size or not (np.all(g >= 0) and np.all(g < np.inf)):
            raise ValueError(_NO_TABLE)
        self.shape = g.shape
        before_rows = _drivers("row_drivers", wires.row_drivers, floating_rows, g.shape[0])
        below_columns = _drivers(
            "column_drivers", wires.column_drivers, floating_columns, g.shape[1]
        )
        self._driven = np.isfinite(before_rows), np.isfinite(below_columns)
        along = _given("row_segments", wires.row_segments, g.shape)
        down = _given("column_segments", wires.column_segments, g.shape)
        self._lines: IdealLines | ResistiveLines
        if not along.any() and not down.any():
            self._lines = IdealLines(g, before_rows, below_columns)
            return
        for name, ohms in (("row_segments", along), ("column_segments", down)):
            if not np.all(ohms > 0):
                raise ValueError(
                    f"{name}: each segment of a line has a resistance above 0 ohm, or none has one"
                )
        along[:, 0] += before_rows
        down[-1] += below_columns
        self._lines = ResistiveLines(g, along, down)

    def solve(
        self,
        rows: ArrayLike,
        columns: ArrayLike = 0.0,
        *,
        into_rows: ArrayLike = 0.0,
        into_columns: ArrayLike = 0.0,
        sources: Floats | None = None,
        start: Floats | None = None,
        tolerance: float = TOLERANCE,
    ) -> Solution:
        """What stands and flows with these drivers.

        Parameters
        ----------
        rows, columns
            Volts of the drivers, one for all or one for each line; those of lines that float do not
            count.
        into_rows, into_columns
            Amperes that flow into the beginnings of the lines besides.
        sources
            Amperes that flow through each cell from its row to its column besides what its
            conductance takes, shape (N, M).
        start
            Potentials of the columns to begin with, as an earlier `Solution` has them.
        tolerance
            Of the residual, as part of what the cells would take at the largest voltage.

        Raises
        ------
        ValueError
            Not one number a line, or the conductances of cells and lines lie too far apart.
        """
        (count, others), (on_rows, on_columns) = self.shape, self._driven
        return self._lines.solve(
            np.where(on_rows, _finite("rows", rows, count), 0.0),
            np.where(on_columns, _finite("columns", columns, others), 0.0),
            _finite("into_rows", into_rows, count),
            _finite("into_columns", into_columns, others),
            sources,
            start,
            tolerance,
        )


_ONE_OHM = Wires()


def solve(
    conductance: ArrayLike,
    rows: ArrayLike,
    columns: ArrayLike = 0.0,
    wires: Wires = _ONE_OHM,
    tolerance: float = TOLERANCE,
) -> Solution:
    """Solve a crossbar of any shape, once.

    Parameters
    ----------
    conductance
        Of the cells (S), shape (N, M); 0 where there is none.
    rows, columns
        Volts of the drivers, one for all or one for each line, shapes (N,) and (M,); NaN where
        nothing drives the line, so that it floats.
    wires
        Resistances (ohm) of lines and drivers; without them each segment has 1 ohm.
    tolerance
        Of the residual, as part of what the cells would take at the largest voltage.

    Examples
    --------
    Two rows of three cells, the second row floats, amplifiers of 50 ohm::

        from math import nan
        from mho.crossbar import Wires, solve

        wires = Wires(row_segments=2.0, column_segments=2.0, column_drivers=50.0)
        found = solve([[1e-5, 2e-5, 3e-5], [4e-5, 5e-5, 6e-5]], [0.1, nan], 0.0, wires)
        found.column_currents     # amperes, shape (3,)
        found.rows[1]             # volts along the row that floats

    Raises
    ------
    ValueError
        That is no network; says why.
    """
    g = np.asarray(conductance, dtype=np.float64)
    if g.ndim != 2:
        raise ValueError(_NO_TABLE)
    at_rows, at_columns = (
        _given(name, volts, (count,))
        for name, volts, count in zip(("rows", "columns"), (rows, columns), g.shape, strict=True)
    )
    floating = np.isnan(at_rows), np.isnan(at_columns)
    network = Crossbar(g, wires, *floating)
    at_rows[floating[0]] = at_columns[floating[1]] = 0.0
    return network.solve(at_rows, at_columns, tolerance=tolerance)


_NO_TABLE = "conductances are a table of rows and columns, none negative"


def _drivers(name: str, ohms: ArrayLike, floating: ArrayLike, count: int) -> Floats:
    """Infinite where nothing drives the line."""
    found = _given(name, ohms, (count,))
    if not np.all(found >= 0):
        raise ValueError(f"{name}: a driver has a resistance of 0 ohm or more")
    return np.where(np.broadcast_to(floating, (count,)), np.inf, found)


def _finite(name: str, values: ArrayLike, count: int) -> Floats:
    found = _given(name, values, (count,))
    if not np.all(np.isfinite(found)):
        raise ValueError(f"{name}: one of them is no number")
    return found


def _given(name: str, values: ArrayLike, shape: tuple[int, ...]) -> Floats:
    """One value for each place."""
    given = np.asarray(values, dtype=np.float64)
    if given.shape not in ((), shape):
        wanted = " x ".join(map(str, shape))
        raise ValueError(f"{name}: give one number, or {wanted} of them, not {given.size}")
    return np.full(shape, given)
