"""The confirm rule: nothing counts as reached before fresh reads, after relaxation, say so.

The read that ends a look was chosen for being near, and a state just made is louder and still
relaxing. So a cell that is accepted too soon after its pulse waits until it has settled, and is
looked at again. Fresh reads that contradict what was known mean that the cell has changed: all that
was known of its level is dropped.
"""

import numpy as np
from numpy.typing import NDArray

from mho.programming.adaptive.noise import Noise, NoiseModel
from mho.programming.algorithm import Floats, Means


def settled_after(model: NoiseModel, means: Means) -> float:
    """Seconds after a pulse from which on reads count for a verdict."""
    loud = model.law.fresh * model.law.fresh_time
    return max(means.judged_after, loud)


def to_wait(noise: Noise, settled: float) -> Floats:
    """Seconds until each cell has settled."""
    return np.maximum(settled - noise.age, 0.0)


def contradicts(mean: Floats, expected: Floats, variance: Floats) -> NDArray[np.bool_]:
    """Fresh reads whose ``mean`` is further from what was ``expected`` than chance allows."""
    return np.asarray(abs(mean - expected) > 4.0 * np.sqrt(variance))
