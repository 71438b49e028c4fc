"""A passive crossbar with lines that have a resistance, solved as a network.

Rows are driven at their left ends, columns are held at 0 V at their lower ends. With u and v the
potentials of the row and column nodes, both of shape (N, M), and D = diag(G)::

    A u - D v = b        A: N tridiagonal blocks of M, one a row
    B v - D u = 0        B: M tridiagonal blocks of N, one a column

The Schur complement S = B - D A^-1 D is symmetric and positive definite; it is solved by conjugate
gradients preconditioned by B. A and B are one tridiagonal matrix each, with zeros between blocks,
factorised once (LAPACK pttrf).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg.lapack import dpttrf, dpttrs

Floats = NDArray[np.float64]

_MOST = 200


class Solution(NamedTuple):
    """Currents (A) out of the columns, shape (M,); potentials (V) of both lines at each cell."""

    currents: Floats
    rows: Floats
    columns: Floats
    iterations: int


class Crossbar:
    """Cells of ``conductance`` (S, shape (N, M)) between lines of so many ohms a segment.

    ``ends`` is the resistance (ohm) of each driver and of each amplifier.
    """

    def __init__(self, conductance: ArrayLike, segment: float, ends: float = 0.0) -> None:
        g = np.asarray(conductance, dtype=np.float64)
        if g.ndim != 2 or not g.size or not np.all(g >= 0):
            raise ValueError("conductances are a table of rows and columns, none negative")
        if not segment > 0 or not ends >= 0:
            raise ValueError("a segment of a line has a resistance above 0 ohm")
        self.conductance = g
        self._line, self._end = 1.0 / segment, 1.0 / (segment + ends)
        self._a = self._factors(g, first=self._end, last=0.0)
        self._b = self._factors(np.ascontiguousarray(g.T), first=0.0, last=self._end)

    def _factors(self, g: Floats, first: float, last: float) -> tuple[Floats, Floats]:
        """Of the lines along the second axis: what ties them to the world at either end."""
        line = self._line
        diagonal = g + 2 * line
        diagonal[:, 0] += first - line
        diagonal[:, -1] += last - line
        beside = np.full_like(g, -line)
        beside[:, -1] = 0.0
        if g.size == 1:  # LAPACK takes no array without an element
            return diagonal.ravel(), np.zeros(0)
        d, e, fault = dpttrf(diagonal.ravel(), beside.ravel()[:-1])
        if fault:
            raise ValueError("the network has a line that nothing ties to a potential")
        return d, e

    def _along_rows(self, x: Floats) -> Floats:
        """A^-1 x."""
        return _solved(self._a, x.ravel()).reshape(x.shape)

    def _along_columns(self, x: Floats) -> Floats:
        """B^-1 x."""
        solved = _solved(self._b, x.T.ravel())
        return np.ascontiguousarray(solved.reshape(x.shape[::-1]).T)

    def _b_times(self, v: Floats) -> Floats:
        line = self._line
        out = (self.conductance + 2 * line) * v
        out[0] -= line * v[0]
        out[-1] += (self._end - line) * v[-1]
        out[1:] -= line * v[:-1]
        out[:-1] -= line * v[1:]
        return out

    def read(self, voltages: ArrayLike, tolerance: float = 1e-10) -> Solution:
        """Currents with so many volts at the rows, shape (N,), to a relative residual.

        Raises
        ------
        ValueError
            Not one voltage a row.
        """
        volts, g = np.asarray(voltages, dtype=np.float64), self.conductance
        if volts.shape != g.shape[:1]:
            raise ValueError(f"{g.shape[0]} rows take {g.shape[0]} voltages, not {volts.size}")
        sources = np.zeros_like(g)
        sources[:, 0] = self._end * volts
        right = g * self._along_rows(sources)
        norm = float(np.linalg.norm(right))
        v = self._along_columns(right)
        residual = right - self._b_times(v) + g * self._along_rows(g * v)
        z = self._along_columns(residual)
        direction, product = z, float(np.vdot(residual, z))
        iterations = 0
        while np.linalg.norm(residual) > tolerance * norm and iterations < _MOST:
            image = self._b_times(direction) - g * self._along_rows(g * direction)
            step = product / float(np.vdot(direction, image))
            v = v + step * direction
            residual = residual - step * image
            z = self._along_columns(residual)
            product, before = float(np.vdot(residual, z)), product
            direction = z + product / before * direction
            iterations += 1
        u = self._along_rows(sources + g * v)
        return Solution(self._end * v[-1], u, v, iterations)


def _solved(factors: tuple[Floats, Floats], right: Floats) -> Floats:
    d, e = factors
    return right / d if len(d) == 1 else np.asarray(dpttrs(d, e, right)[0])


def lost_in_lines(lowest: float, highest: float, *, size: int = 256, segment: float = 1.0) -> float:
    """Share of the current that lines of an array of ``size`` by ``size`` cells keep back.

    All rows at one voltage; the conductances of the cells evenly spread from ``lowest`` to
    ``highest`` (S), drawn with a fixed seed.
    """
    cells = np.random.default_rng(0).uniform(lowest, highest, (size, size))
    found = Crossbar(cells, segment).read(np.ones(size))
    return 1.0 - float(found.currents.sum()) / float(cells.sum())
