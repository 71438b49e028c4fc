"""Checks that 95 % intervals contain the truth in about 95 % of simulated measurements."""

from collections import Counter
from collections.abc import Callable, Mapping

import numpy as np
from scipy.stats import binom

from mho.merit.estimate import Estimate

Trial = Callable[[np.random.Generator], Mapping[str, tuple[Estimate, float]]]


def assert_coverage(
    trial: Trial, *, seeds: int = 60, at_least: float = 0.95, at_most: float = 0.95
) -> None:
    """Every estimate covers its truth in a share of seeds that 95 % would give by chance.

    ``at_most`` is raised to 1 for intervals that are meant to be on the safe side; ``at_least`` is
    lower where a part of the noise cannot be seen in the data.
    """
    hits: Counter[str] = Counter()
    for seed in range(seeds):
        for name, (estimate, truth) in trial(np.random.default_rng(seed)).items():
            assert estimate.low <= estimate.value <= estimate.high, name
            hits[name] += estimate.covers(truth)
    fewest = binom.ppf(0.001, seeds, at_least)
    most = seeds if at_most == 1 else binom.ppf(0.999, seeds, at_most)
    outside = {name: hits[name] for name in hits if not fewest <= hits[name] <= most}
    assert not outside, f"covered in {outside} of {seeds} seeds, expected {fewest} to {most}"
