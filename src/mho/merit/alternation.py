"""The symmetric point as where alternating up and down pulses lead; `asymmetry` has the other."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from mho.merit.estimate import Estimate
from mho.merit.retention import relative_change
from mho.merit.samples import is_constant, usable
from mho.merit.slow_noise import mean_of_record


@dataclass(frozen=True, slots=True, kw_only=True)
class AlternationLimit:
    """Where alternating single pulses lead.

    Attributes
    ----------
    conductance
        S; the interval takes pairs as alike as they are seen to be, for each begins where the last
        one ended.
    settled
        Whether the two halves of what was averaged agree within such noise.
    """

    conductance: Estimate
    settled: bool
    points: int
    ignored: int
    source: str


def alternation_limit(conductance: ArrayLike) -> AlternationLimit:
    """Symmetric point as the limit of alternating single up and down pulses.

    Parameters
    ----------
    conductance
        Shape (n,), in S: the read after every pulse, up and down in turn. The means of successive
        pairs are averaged over the second half; a pair with a missing read is ignored.

    Raises
    ------
    NotEnoughData
        Fewer than 8 complete pairs.
    """
    what = "the limit of alternating pulses"
    reads = np.asarray(conductance, dtype=np.float64)
    even = reads[: len(reads) // 2 * 2]
    (pairs,), ignored = usable(what, 8, pairs=(even[::2] + even[1::2]) / 2)
    half = pairs[len(pairs) // 2 :]
    flat = is_constant(half)
    order = np.arange(1.0, len(half) + 1)
    settled = flat or relative_change(order, half, share=0.5).change.covers(0.0)
    return AlternationLimit(
        conductance=mean_of_record(half),
        settled=bool(settled),
        points=2 * len(half),
        ignored=2 * ignored,
        source="mean of the second half of alternating single up and down pulses",
    )
