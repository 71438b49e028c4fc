"""What a crossbar is wired with, and what stands and flows in it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wires:
    """Resistances (ohm) of lines and drivers: one number for all, or one for each place.

    Attributes
    ----------
    row_segments
        Above 0, shape (N, M): [i, j] lies before cell j of row i, the first one after the driver.
        Infinite where the line is broken.
    column_segments
        Above 0, shape (N, M): [i, j] lies below cell i of column j, the last one before the driver.
        The number 0 for both: lines without resistance.
    row_drivers, column_drivers
        0 or more, shapes (N,) and (M,): in series with each driver, or amplifier.
    """

    row_segments: ArrayLike = 1.0
    column_segments: ArrayLike = 1.0
    row_drivers: ArrayLike = 0.0
    column_drivers: ArrayLike = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Solution:
    """What stands and flows in a crossbar.

    Attributes
    ----------
    row_currents
        Amperes out of the drivers into the rows, shape (N,); 0 where one floats.
    column_currents
        Amperes out of the columns into their drivers, shape (M,).
    rows, columns
        Potentials (V) of both lines at each cell, shape (N, M). What no driver reaches has none
        that is determined; it stands somewhere, and takes no current.
    iterations
        Rounds of conjugate gradients.
    """

    row_currents: Floats
    column_currents: Floats
    rows: Floats
    columns: Floats
    iterations: int

    @property
    def across(self) -> Floats:
        """Volts from row to column at each cell, shape (N, M)."""
        return np.asarray(self.rows - self.columns)
