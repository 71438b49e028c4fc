"""Means over bins of equal width in log time (or log count), before a drift is fitted.

Reads taken at even intervals crowd into the last decade, and noise that is slower than the
interval (RTN, 1/f) makes neighbours alike. Means over log bins give every decade its weight, and
their scatter about the fit carries the slow noise into the interval of the slope.
"""

import numpy as np
from numpy.typing import ArrayLike

from mho.merit.samples import FloatArray

PER_DECADE = 8


def log_bins(
    x: ArrayLike, y: ArrayLike, per_decade: int = PER_DECADE
) -> tuple[FloatArray, FloatArray]:
    """Means of x (geometric) and y over log bins of x; points not finite or at x <= 0 are left out.

    Shapes (n,) in, (bins,) out; an empty bin gives no point.
    """
    xs, ys = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    keep = np.isfinite(xs) & np.isfinite(ys) & (xs > 0)
    logs, ys = np.log10(xs[keep]), ys[keep]
    # Bins are counted from the first point. A bin holds its upper edge, so that a series of 10 000
    # does not end with a bin of one, and the first its lower edge, so that it does not begin with
    # one. The small share of a bin keeps a point that stands on an edge there.
    first = np.min(logs, initial=np.inf)
    bins = np.maximum(np.ceil((logs - first) * per_decade - 5e-4), 1)
    _, place, count = np.unique(bins, return_inverse=True, return_counts=True)
    centres = 10 ** (np.bincount(place, logs) / count)
    return centres, np.bincount(place, ys) / count
