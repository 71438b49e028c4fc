"""Orders of the conventional loops: a pulse, and reads that follow one another at once."""

import numpy as np
from numpy.typing import NDArray

from mho.programming.algorithm import End, Floats, Means, Order


def pulse_and_read(
    amplitude: Floats,
    means: Means,
    *,
    width: Floats | None = None,
    reads: int = 1,
    end: NDArray[np.object_] | None = None,
) -> Order:
    """A pulse of these amplitudes (V, signed) and so many reads, as fast as they come."""
    n = len(amplitude)
    return Order(
        amplitude=amplitude,
        width=np.full(n, means.width) if width is None else width,
        wait=np.zeros(n),
        reads=np.full(n, reads, dtype=np.int64),
        interval=np.full(n, means.aperture),
        end=np.full(n, End.GOES_ON, dtype=object) if end is None else end,
        confidence=np.full(n, np.nan),
    )
