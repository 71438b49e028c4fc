"""What the lines of an array keep back of the current that its cells would give."""

import numpy as np

from mho.crossbar.network import solve
from mho.crossbar.wires import Wires


def lost_in_lines(lowest: float, highest: float, *, size: int = 256, segment: float = 1.0) -> float:
    """Share of the current that lines of an array of ``size`` by ``size`` cells keep back.

    All rows at one voltage; the conductances of the cells evenly spread from ``lowest`` to
    ``highest`` (S), drawn with a fixed seed; ``segment`` is in ohms.
    """
    cells = np.random.default_rng(0).uniform(lowest, highest, (size, size))
    found = solve(cells, 1.0, 0.0, Wires(row_segments=segment, column_segments=segment))
    return 1.0 - float(found.column_currents.sum()) / float(cells.sum())
