"""A crossbar whose lines have resistance, by conjugate gradients.

With u and v the potentials of the row and column nodes, both of shape (N, M), and D = diag(G)::

    A u - D v = a        A: N tridiagonal blocks of M, one a row
    B v - D u = b        B: M tridiagonal blocks of N, one a column

The Schur complement S = B - D A^-1 D is symmetric and positive definite; B is its preconditioner. A
and B are one tridiagonal matrix each, with zeros between blocks, factorised once.
What B makes of a direction follows from the residuals, so that a round takes one solution with
either matrix and no product.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.linalg.lapack import dpttrs

from mho.crossbar.pinning import pins
from mho.crossbar.wires import Solution

Floats = NDArray[np.float64]
Factors = tuple[Floats, Floats]

_MOST = 1000
_TOO_FAR = "the network cannot be solved: conductances of its cells and lines lie too far apart"


class ResistiveLines:
    """Cells of ``conductance`` (S, shape (N, M)) between lines.

    ``along`` are the resistances (ohm) before the cells of the rows, ``down`` those below the cells
    of the columns, drivers included.
    """

    def __init__(self, conductance: Floats, along: Floats, down: Floats) -> None:
        self._g = g = conductance
        along, down = 1.0 / along, 1.0 / down
        self._into_rows, self._out_of_columns = along[:, 0].copy(), down[-1].copy()
        pinned_rows, pinned_columns = pins(g, along, down)
        self._a = _factors(g + pinned_rows, along[:, 0], along[:, 1:], 0.0)
        self._b = _factors((g + pinned_columns).T, 0.0, down.T[:, :-1], down[-1])

    def solve(
        self,
        rows: Floats,
        columns: Floats,
        into_rows: Floats,
        into_columns: Floats,
        sources: Floats | None,
        start: Floats | None,
        tolerance: float,
    ) -> Solution:
        """As `mho.crossbar.Crossbar.solve`."""
        into = np.zeros_like(self._g) if sources is None else -sources
        into[:, 0] += self._into_rows * rows + into_rows
        alone = self._along_rows(into)
        into = np.zeros_like(self._g) if sources is None else sources.copy()
        into[-1] += self._out_of_columns * columns + into_columns
        scale = max(float(np.abs(alone).max()), float(np.abs(columns).max()))
        u, v, rounds = self._potentials(alone, into, start, tolerance, scale)
        # summed over cells: what drops along a good conductor is small beside what stands there
        through = self._g * (u - v) if sources is None else self._g * (u - v) + sources
        out_of_drivers = np.where(self._into_rows > 0, through.sum(axis=1) - into_rows, 0.0)
        into_drivers = np.where(self._out_of_columns > 0, through.sum(axis=0) + into_columns, 0.0)
        return Solution(
            row_currents=out_of_drivers,
            column_currents=into_drivers,
            rows=u,
            columns=v,
            iterations=rounds,
        )

    def _potentials(
        self, alone: Floats, into: Floats, start: Floats | None, tolerance: float, scale: float
    ) -> tuple[Floats, Floats, int]:
        """Of rows and columns, and the rounds that took.

        ``alone`` are the potentials of the rows while all columns are at 0 V, ``into`` the currents
        into the nodes of the columns, ``scale`` (V) tells which residual is small.
        """
        g = self._g
        enough = tolerance * float(np.linalg.norm(g)) * scale
        before = alone if start is None else alone + self._along_rows(g * start)
        v = self._along_columns(into + g * before)
        u = alone + self._along_rows(g * v)
        residual = g * (u - before)  # for B v is what v was found from
        direction, image = np.zeros_like(g), np.zeros_like(g)  # the latter is B times the former
        product, rounds = np.inf, 0
        while not (left := float(np.linalg.norm(residual))) <= enough:
            if rounds == _MOST or not left < np.inf:
                raise ValueError(_TOO_FAR)
            z = self._along_columns(residual)
            product, last = float(np.vdot(residual, z)), product
            direction *= product / last
            direction += z
            image *= product / last
            image += residual
            moved = self._along_rows(g * direction)
            change = image - g * moved
            step = product / float(np.vdot(direction, change))
            v += step * direction
            u += step * moved
            residual -= step * change
            rounds += 1
        return u, v, rounds

    def _along_rows(self, x: Floats) -> Floats:
        """A^-1 x."""
        return _solved(self._a, x.ravel()).reshape(x.shape)

    def _along_columns(self, x: Floats) -> Floats:
        """B^-1 x."""
        solved = _solved(self._b, x.T.ravel())
        return np.ascontiguousarray(solved.reshape(x.shape[::-1]).T)


def _factors(
    ground: Floats, first: Floats | float, beside: Floats, last: Floats | float
) -> Factors:
    """The matrix of lines along the second axis, as L D L^T.

    Conductances (S): ``ground`` at each node, ``beside`` from node to node, ``first`` and ``last``
    beyond the ends. Made as one makes the conductance of a ladder, from sums alone: with pivots
    found by subtraction, a line that floats on cells a millionth as good as itself would be lost.
    """
    count = ground.shape[1]
    ground, beside = np.ascontiguousarray(ground.T), np.ascontiguousarray(beside.T)
    d, e = np.empty_like(ground), np.zeros_like(ground)
    seen = ground[0] + first  # from a node back to the beginning of the line, all to ground
    for n in range(count - 1):
        after = beside[n]
        np.add(seen, after, out=d[n])
        share = np.divide(after, d[n], where=d[n] > 0, out=e[n])
        seen = ground[n + 1] + share * seen
    d[-1] = seen + last
    if not np.all(d > 0):
        raise ValueError(_TOO_FAR)
    return d.T.ravel(), -e.T.ravel()[:-1]


def _solved(factors: Factors, right: Floats) -> Floats:
    d, e = factors
    return right / d if len(d) == 1 else np.asarray(dpttrs(d, e, right)[0])
