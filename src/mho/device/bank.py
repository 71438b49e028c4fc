"""Many simulated cells at once: what the arena, and arrays, ask of a device model."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Cells = NDArray[np.intp]
"""Indices of cells, without repetition."""


class CellBank(Protocol):
    """``count`` cells, each with its own parameters, state and time. All values are SI.

    Amplitudes are signed by what they do: positive sets, negative resets.
    """

    @property
    def count(self) -> int:
        """How many cells there are."""
        ...

    def pulse(self, cells: Cells, amplitude: Floats, width: Floats) -> Floats:
        """A pulse at each of these cells. Returns the energy it took (J), shape of ``cells``.

        The amplitude stands over the cell with what is in series with it (its transistor).
        """
        ...

    def rest(self, cells: Cells, duration: Floats) -> None:
        """Let time pass at 0 V."""
        ...

    def read(self, cells: Cells, voltage: float, count: int, interval: Floats) -> Floats:
        """``count`` reads of each of these cells, one every ``interval``: conductance (S).

        Shape (cells, count). The first read is taken at once; time passes after each. Noise of
        the cell is in it, that of an instrument is not.
        """
        ...

    def conductance(self, cells: Cells) -> Floats:
        """Free of noise (S): what no measurement can see. For judging only."""
        ...

    def place(self, cells: Cells, conductance: Floats) -> None:
        """Put cells into a settled state of this conductance (S), for bounds only."""
        ...
