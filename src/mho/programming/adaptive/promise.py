"""What is promised of a cell: less than what decides, by what may have been luck.

A cell is left alone for looking good, and some of that is luck (the winner's curse). To choose what
to do next the filter's own figures are best: luck is the same for all choices. As a promise of what
will come they say too much. The magnitude r is that of the reads, which are mostly of fast noise;
what will come is of slow noise, and that goes with the cell more than with its state. So where a
state is quieter than its cell is known to be, ln r is taken back towards that: by as much as it
scatters from state to state, of all that it scatters (shrinkage), and never farther than that sd:
what is quieter still is no luck, but another kind of cell.
"""

from dataclasses import replace

import numpy as np

from mho.device.prior import NoiseLaw
from mho.programming.adaptive.noise import Noise
from mho.programming.adaptive.noise_shapes import NoiseModel
from mho.programming.adaptive.prediction import predict
from mho.programming.algorithm import Floats, Means


def promise(noise: Noise, model: NoiseModel, means: Means, low: Floats, high: Floats) -> Floats:
    """The probability of each cell that its judged mean lies from ``low`` to ``high``."""
    return predict(sober(noise, model.law), model, means).within(low, high)


def sober(noise: Noise, law: NoiseLaw) -> Noise:
    """What is known of the noise, less what may have been luck."""
    part = min((law.scatter / max(law.spread, 1e-9)) ** 2, 1.0)
    quieter = 0.5 * np.log(noise.usual[:, None] * noise.freedom[:, None] / noise.energy)
    luck = np.clip(part * quieter, 0.0, law.scatter)
    return replace(noise, energy=noise.energy * np.exp(2.0 * luck))
