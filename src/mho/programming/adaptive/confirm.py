"""The confirm rule: nothing counts as reached before fresh reads, after relaxation, say so.

The read that ends a look was chosen for being near, and a state just made is louder and still
relaxing. So a cell that is accepted too soon after its pulse waits until it has settled, and is
looked at again; the verdict is that of the fresh reads and all before them. Fresh reads that
contradict what was known mean that the cell has changed: all that was known of its level is
dropped (`noise.unless_jumped`).
"""

import numpy as np

from mho.programming.adaptive.noise import Noise
from mho.programming.adaptive.noise_shapes import NoiseModel
from mho.programming.algorithm import Floats, Means


def settled_after(model: NoiseModel, means: Means) -> float:
    """Seconds after a pulse from which on reads count for a verdict."""
    loud = model.law.fresh * model.law.fresh_time
    return max(means.judged_after, loud)


def to_wait(noise: Noise, settled: float) -> Floats:
    """Seconds until each cell has settled."""
    return np.maximum(settled - noise.age, 0.0)
