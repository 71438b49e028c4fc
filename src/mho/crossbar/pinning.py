"""Parts of a crossbar that no driver reaches: one node of each is tied to 0 V, where it takes none.

Without that their potentials are not determined, and their equations cannot be solved.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

Floats = NDArray[np.float64]
Nodes = NDArray[np.intp]

_TIE = 1.0
"""Siemens, and of no weight: nothing flows there."""


def pins(g: Floats, along: Floats, down: Floats) -> tuple[Floats, Floats]:
    """Conductances (S) to ground of row and column nodes; shapes as ``g``, or () where none is.

    ``along`` are those before the cells of a row, the first one to its driver, ``down`` those below
    the cells of a column, the last one to its driver; 0 where nothing connects.
    """
    none = np.zeros(())
    if along.all() and down.all():
        return none, none
    if along[:, 1:].all() and down[:-1].all():
        if g.all() and (along[:, 0].any() or down[-1].any()):
            return none, none
        rows, columns = _of_whole_lines(g, along[:, 0] > 0, down[-1] > 0)
    else:
        rows, columns = _of_nodes(g, along, down)
    return (rows, columns) if rows.any() or columns.any() else (none, none)


def _of_whole_lines(g: Floats, rows: NDArray[np.bool_], columns: NDArray[np.bool_]) -> tuple[
    Floats, Floats
]:  # fmt: skip
    """Lines that are not broken: each is one node of a smaller network."""
    count = len(rows)
    at = np.nonzero(g)
    first = _unreached(at[0], count + at[1], np.concatenate([rows, columns]))
    pinned_rows, pinned_columns = np.zeros_like(g), np.zeros_like(g)
    pinned_rows[first[first < count], 0] = _TIE
    pinned_columns[-1, first[first >= count] - count] = _TIE
    return pinned_rows, pinned_columns


def _of_nodes(g: Floats, along: Floats, down: Floats) -> tuple[Floats, Floats]:
    size = g.size
    row = np.arange(size).reshape(g.shape)
    column = row + size
    cell, beside, below = g > 0, along[:, 1:] > 0, down[:-1] > 0
    one = [row[cell], row[:, :-1][beside], column[:-1][below]]
    other = [column[cell], row[:, 1:][beside], column[1:][below]]
    driven = np.zeros(2 * size, dtype=bool)
    driven[row[:, 0]] = along[:, 0] > 0
    driven[column[-1]] = down[-1] > 0
    first = _unreached(np.concatenate(one), np.concatenate(other), driven)
    pinned = np.zeros(2 * size)
    pinned[first] = _TIE
    return pinned[:size].reshape(g.shape), pinned[size:].reshape(g.shape)


def _unreached(one: Nodes, other: Nodes, driven: NDArray[np.bool_]) -> Nodes:
    """The first node of each connected part in which none is driven."""
    count = len(driven)
    joined = coo_matrix((np.ones(len(one)), (one, other)), shape=(count, count))
    parts, part_of = connected_components(joined, directed=False)
    reached = np.zeros(parts, dtype=bool)
    reached[part_of[driven]] = True
    found, first = np.unique(part_of, return_index=True)
    return np.asarray(first[~reached[found]], dtype=np.intp)
