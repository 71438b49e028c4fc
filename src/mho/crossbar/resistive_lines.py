"""A crossbar whose lines have resistance, by conjugate gradients.

With u and v the potentials of the row and column nodes, both of shape (N, M), and D = diag(G)::

    A u - D v = a        A: N tridiagonal blocks of M, one a row
    B v - D u = b        B: M tridiagonal blocks of N, one a column

The Schur complement S = B - D A^-1 D is symmetric and positive definite; B is its preconditioner. A
and B are one tridiagonal matrix each, with zeros between blocks, factorised once (LAPACK pttrf).
What B makes of a direction follows from the residuals, so that a round takes one solution with
either matrix and no product.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.linalg.lapack import dpttrf, dpttrs

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
        self._a = _factors(g + pinned_rows, along, _shifted(along, -1))
        self._b = _factors((g + pinned_columns).T, _shifted(down.T, 1), down.T)

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
        u, v, rounds = self._potentials(alone, into, start, tolerance)
        return Solution(
            row_currents=self._into_rows * (rows - u[:, 0]),
            column_currents=self._out_of_columns * (v[-1] - columns),
            rows=u,
            columns=v,
            iterations=rounds,
        )

    def _potentials(
        self, alone: Floats, into: Floats, start: Floats | None, tolerance: float
    ) -> tuple[Floats, Floats, int]:
        """Of rows and columns, and the rounds that took.

        ``alone`` are the potentials of the rows while all columns are at 0 V, ``into`` the currents
        into the nodes of the columns.
        """
        g = self._g
        enough = tolerance * float(np.linalg.norm(into + g * alone))
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


def _factors(diagonal: Floats, before: Floats, after: Floats) -> Factors:
    """Of lines along the second axis: what is added at each node, and joins it to its neighbours.

    What comes before the first node of a line, and after its last one, leads to drivers.
    """
    d = diagonal + before + after
    beside = -after
    beside[:, -1] = 0.0
    if d.size == 1:  # LAPACK takes no array without an element
        return d.ravel(), np.zeros(0)
    d, e, fault = dpttrf(d.ravel(), beside.ravel()[:-1])
    if fault:
        raise ValueError(_TOO_FAR)
    return d, e


def _solved(factors: Factors, right: Floats) -> Floats:
    d, e = factors
    return right / d if len(d) == 1 else np.asarray(dpttrs(d, e, right)[0])


def _shifted(segments: Floats, by: int) -> Floats:
    """The segments on the other side of the nodes of lines along the second axis.

    Those before by those after (1), or the reverse (-1); there is none at the end of a line.
    """
    found = np.zeros(segments.shape)
    if by > 0:
        found[:, 1:] = segments[:, :-1]
    else:
        found[:, :-1] = segments[:, 1:]
    return found
