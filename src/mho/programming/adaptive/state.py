"""The state of each cell: its goal, what is known of it, and what was ordered last."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mho.programming.adaptive.filter import Thresholds
from mho.programming.adaptive.noise import Noise
from mho.programming.algorithm import Counts, Floats

Cells = NDArray[np.bool_]

_LOWEST = 0.003
"""Conductances count as no lower than this part of the target: a logarithm needs one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AdaptiveState:
    """A plain value, arrays by cell."""

    target: Floats
    low: Floats
    """Ends of the window, as fractions of the target off it."""
    high: Floats
    elsewhere: Floats
    """What exchanging the state is worth, as a probability, where a quiet one is looked for."""
    noise: Noise
    thresholds: Thresholds
    block: Counts
    """Of the look that is going on."""
    wait: Floats
    """Before that block, and from read to read in it (s)."""
    interval: Floats
    amplitude: Floats
    """Of the last pulse (V, signed; 0 before any), with what its width is worth."""
    by_width: Floats
    """What its width alone is worth (V, signed)."""
    before: Floats
    """ln G before it, and the variance of that."""
    unsure: Floats
    wanted: Floats
    """Step of ln G that it was to make."""
    confirming: Cells
    pulses: Counts
    at_limit: Counts
    """Pulses at the largest amplitude, one after another, that have not crossed the target."""
    unmoved: Counts
    """Pulses one after another that should have moved the cell and have not."""
    kicks: Counts
    """States that were exchanged for the sake of a quiet one."""

    def x(self, off: Floats) -> Floats:
        """The ln G of a conductance so far off the target, as a fraction of it."""
        return np.asarray(
            np.log(self.target * (1.0 + np.maximum(off, _LOWEST - 1.0))), dtype=np.float64
        )

    @property
    def middle(self) -> Floats:
        """Of the window."""
        return 0.5 * (self.low + self.high)
