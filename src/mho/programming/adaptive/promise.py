"""What is promised of a cell: less than what decides, by what may have been luck.

A cell is left alone for looking good, and some of that is luck (the winner's curse). To choose what
to do next the filter's own figures are best: luck is the same for all choices. As a promise of what
will come they say too much, in two ways:

* The shapes of the noise are weighed as if one of them were that of the cell. None is quite, and a
  trap that is slow or rare says the same thing many times over. So a part only of what reads say
  for one shape against another is believed (a power likelihood: Grünwald, van Ommen, Bayesian
  Analysis 12, 1069, 2017).
* The magnitude r is that of the reads, which are mostly of fast noise. What will come is of slow
  noise, and that goes with the cell more than with its state. So where a state is quieter than its
  cell is known to be, it is taken back towards that: by as much as ln r scatters from state to
  state, of all that it scatters (shrinkage).
"""

from dataclasses import replace

import numpy as np

from mho.programming.adaptive.noise import Noise, normalised
from mho.programming.adaptive.noise_shapes import NoiseModel
from mho.programming.adaptive.prediction import predict
from mho.programming.algorithm import Floats, Means

_BELIEVED = 0.3
"""Of what reads say for one shape against another."""


def promise(noise: Noise, model: NoiseModel, means: Means, low: Floats, high: Floats) -> Floats:
    """The probability of each cell that its judged mean lies from ``low`` to ``high``."""
    return predict(sober(noise, model), model, means).within(low, high)


def sober(noise: Noise, model: NoiseModel) -> Noise:
    """What is known of the noise, less what may have been luck."""
    chances = np.log(model.chances)
    law = model.law
    luck = min((law.scatter / max(law.spread, 1e-9)) ** 2, 1.0)
    quieter = noise.usual[:, None] * noise.freedom[:, None] / noise.energy
    return replace(
        noise,
        log_weight=chances + _BELIEVED * (normalised(noise.log_weight) - chances),
        energy=noise.energy * np.maximum(quieter, 1.0) ** luck,
    )
