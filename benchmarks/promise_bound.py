"""The most that can be promised of a cell: an observer who knows its noise, and looks at length.

It knows the magnitude of the noise, the correlation times of the three traps of the present state
and those of the 1/f part, but no more of the level than a whole look of 20 s tells; a Kalman filter
then has the least variance of the judged mean, and its place is the middle of the window. What is
printed is the probability of success of such cells at 0.5 % and 1 %, from the loudest states to the
quietest. Where the quietest have less than the confidence that is asked for, no cell can be called
reached, and those that are called so are so by luck. Traps count as Gaussian noise of their
covariance. Cu:Te 1T1R, published noise.

    python benchmarks/promise_bound.py
"""

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from mho.programming.adaptive.prediction import averaged
from mho.sim_instruments.devices.cu_te_parameters import CuTeParameters

Floats = NDArray[np.float64]

AFTER, LASTS, LOOK, READS = 1.0, 10.0, 20.0, 400
TOLERANCES, TARGETS = (0.005, 0.01), (10e-6, 50e-6, 180e-6)
STATES = 1000
WHITE = 1e-3
"""Variance of a read by the instrument alone, in units of the noise's."""


def variances(p: CuTeParameters) -> Floats:
    """Of the judged mean after the look, in units of r^2, of so many states."""
    shape, chance = p.noise_shape, np.random.default_rng(0)
    spread = np.log(shape.longest_trap / shape.shortest_trap)
    traps = shape.shortest_trap * np.exp(spread * chance.random((STATES, shape.traps)))
    flicker = np.tile(shape.flicker_times, (STATES, 1))
    times = np.concatenate([traps, flicker], axis=1)
    shares = np.concatenate(
        [
            np.full(traps.shape, shape.trap_share / shape.traps),
            np.full(flicker.shape, (1.0 - shape.trap_share) / flicker.shape[1]),
        ],
        axis=1,
    )
    carried = times / LASTS * -np.expm1(-LASTS / times) * np.exp(-AFTER / times)
    h = np.concatenate([np.ones((STATES, 1)), carried], axis=1)
    rest = (shares * (averaged(times, LASTS) - carried**2)).sum(axis=1)
    order = h.shape[1]
    inner = np.arange(1, order)
    covariance = np.zeros((STATES, order, order))
    covariance[:, 0, 0] = 1e4
    covariance[:, inner, inner] = shares
    left = np.concatenate([np.ones((STATES, 1)), np.exp(-LOOK / READS / times)], axis=1)
    for _ in range(READS):
        cross = covariance.sum(axis=2)
        total = cross.sum(axis=1) + WHITE
        covariance -= cross[:, :, None] * cross[:, None, :] / total[:, None, None]
        covariance *= left[:, :, None] * left[:, None, :]
        covariance[:, inner, inner] += shares * (1.0 - left[:, 1:] ** 2)
    return np.einsum("nk,nkl,nl->n", h, covariance, h) + rest


def main() -> None:
    """Print a line for each tolerance and target."""
    p = CuTeParameters()
    sd = np.sqrt(variances(p))
    print("tolerance  target  success %: mean, 10th, 50th, 90th percentile, most")
    for tolerance in TOLERANCES:
        for target in TARGETS:
            level = p.noise_level * (p.noise_conductance / target) ** p.noise_exponent
            success = 100.0 * (2.0 * ndtr(tolerance / (level * sd)) - 1.0)
            found = (success.mean(), *np.percentile(success, (10, 50, 90)), success.max())
            line = "  ".join(f"{each:.1f}" for each in found)
            print(f"{100 * tolerance:7g} % {1e6 * target:5g} uS  {line}")


if __name__ == "__main__":
    main()
