"""A crossbar whose lines have no resistance: each is one node, solved with all others at once."""

import numpy as np
from numpy.typing import NDArray

from mho.crossbar.wires import Solution

Floats = NDArray[np.float64]
Truths = NDArray[np.bool_]


class IdealLines:
    """Cells of ``conductance`` (S, shape (N, M)) between ideal lines.

    ``row_drivers`` and ``column_drivers`` (ohm) stand before the lines; infinite where one floats.
    """

    def __init__(self, conductance: Floats, row_drivers: Floats, column_drivers: Floats) -> None:
        g, drivers = conductance, np.concatenate([row_drivers, column_drivers])
        count = len(g)
        self._shape = g.shape
        self._fixed = drivers == 0.0
        self._ties = 1.0 / np.where(self._fixed, np.inf, drivers)
        matrix = np.zeros((len(drivers), len(drivers)))
        matrix[:count, count:], matrix[count:, :count] = -g, -g.T
        matrix[np.diag_indices_from(matrix)] = np.concatenate([g.sum(axis=1), g.sum(axis=0)])
        self._matrix = matrix
        self._tied = matrix + np.diag(self._ties + self._pins(np.isfinite(drivers)))

    def _pins(self, driven: Truths) -> Floats:
        """A tie to 0 V for one line of each part that no driver reaches: it takes nothing there."""
        reached, pins = driven.copy(), np.zeros(len(driven))
        joined = self._matrix != 0.0
        while True:
            while (more := joined[reached].any(axis=0) & ~reached).any():
                reached |= more
            left = np.flatnonzero(~reached)
            if not len(left):
                return pins
            pins[left[0]] = 1.0
            reached[left[0]] = True

    def solve(
        self,
        rows: Floats,
        columns: Floats,
        into_rows: Floats,
        into_columns: Floats,
        sources: Floats | None,
        start: Floats | None,  # noqa: ARG002
        tolerance: float,  # noqa: ARG002
    ) -> Solution:
        """As `mho.crossbar.Crossbar.solve`."""
        volts, into = np.concatenate([rows, columns]), np.concatenate([into_rows, into_columns])
        if sources is not None:
            into = into + np.concatenate([-sources.sum(axis=1), sources.sum(axis=0)])
        fixed, free = self._fixed, ~self._fixed
        found = np.where(fixed, volts, 0.0)
        if free.any():
            right = into + self._ties * volts - self._matrix @ found
            found[free] = np.linalg.solve(self._tied[np.ix_(free, free)], right[free])
        flowing = np.where(fixed, self._matrix @ found - into, self._ties * (volts - found))
        count = len(rows)
        u, v = found[:count, None], found[count:]
        return Solution(
            row_currents=flowing[:count],
            column_currents=-flowing[count:],
            rows=np.broadcast_to(u, self._shape),
            columns=np.broadcast_to(v, self._shape),
            iterations=0,
        )
