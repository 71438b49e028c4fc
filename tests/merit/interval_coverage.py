"""Checks that 95 % intervals contain the truth in about 95 % of simulated measurements.

With ``--interval-sets`` they are measured instead: so many sets each, and a table of the shares.
"""

import os
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from scipy.stats import binom

from mho.merit.estimate import Estimate
from mho.merit.samples import NotEnoughData

Trial = Callable[[np.random.Generator], Mapping[str, tuple[Estimate | None, float]]]


@dataclass(frozen=True, slots=True)
class Measured:
    """How often the intervals of a trial held the truth."""

    case: str
    sets: int
    hits: Mapping[str, int]
    without: Mapping[str, int]


@dataclass(slots=True)
class Measuring:
    """Sets to measure with, and what came of it; no sets: the checks check."""

    sets: int | None = None
    found: list[Measured] = field(default_factory=list)


MEASURING = Measuring()


def assert_coverage(
    trial: Trial, *, seeds: int = 60, at_least: float = 0.95, at_most: float = 0.95
) -> None:
    """Every estimate covers its truth in a share of seeds that 95 % would give by chance.

    ``at_most`` is raised to 1 for intervals that are meant to be on the safe side; ``at_least`` is
    lower where a part of the noise cannot be seen in the data.
    """
    if MEASURING.sets is not None:
        MEASURING.found.append(_measured(trial, MEASURING.sets))
        return
    hits: Counter[str] = Counter()
    for seed in range(seeds):
        for name, (estimate, truth) in trial(np.random.default_rng(seed)).items():
            assert estimate is not None, name
            assert estimate.low <= estimate.value <= estimate.high, name
            hits[name] += estimate.covers(truth)
    fewest = binom.ppf(0.001, seeds, at_least)
    most = seeds if at_most == 1 else binom.ppf(0.999, seeds, at_most)
    outside = {name: hits[name] for name in hits if not fewest <= hits[name] <= most}
    assert not outside, f"covered in {outside} of {seeds} seeds, expected {fewest} to {most}"


def _measured(trial: Trial, sets: int) -> Measured:
    """Other sets than the checks see; one that an estimator refuses gives no estimate."""
    hits: Counter[str] = Counter()
    tried: Counter[str] = Counter()
    for seed in range(sets):
        try:
            found = trial(np.random.default_rng([seed, 1]))
        except NotEnoughData:
            continue
        for name, (estimate, truth) in found.items():
            tried[name] += estimate is not None
            hits[name] += estimate is not None and estimate.covers(truth)
    without = {name: sets - count for name, count in tried.items()}
    return Measured(_current_test(), sets, hits, without)


def _current_test() -> str:
    """``test_x_covers[white]`` as "x covers (white)"."""
    name = os.environ["PYTEST_CURRENT_TEST"].split("::")[-1].removesuffix(" (call)")
    words, _, case = name.removeprefix("test_").partition("[")
    return words.replace("_", " ") + (f" ({case.removesuffix(']')})" if case else "")


def table(found: list[Measured]) -> list[str]:
    """Markdown: the share of sets whose interval holds the truth, lowest first."""
    lines = []
    for one in found:
        for name, hits in one.hits.items():
            given = one.sets - one.without[name]
            share = hits / given if given else float("nan")
            noted = f"{share:.1%}" + (f" of {given}" if given < one.sets else "")
            lines.append((share, f"| {name} | {one.case} | {noted} |"))
    shares = np.array([share for share, _ in lines])
    inside = int(np.sum((shares >= 0.92) & (shares <= 0.97)))
    return [
        f"{inside} of {len(shares)} within 92 to 97 %, {int(np.sum(shares < 0.92))} below, "
        f"{int(np.sum(shares > 0.97))} above.",
        "",
        "| interval of | synthetic sets | holds the truth |",
        "| --- | --- | --- |",
        *(line for _, line in sorted(lines)),
    ]
