"""How often intervals of a share hold it, exactly: over all counts, at every share from 2 to 98 %.

A count is a whole number, so that no interval holds 95 % everywhere; the last line of each table
says at how many shares any rule that takes counts next to one another could be within 92 to 97 %.

    python benchmarks/share_coverage.py
"""

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta, binom

from mho.merit.proportion import proportion

Floats = NDArray[np.float64]

TRIALS = (10, 30, 100)
SHARES = np.linspace(0.02, 0.98, 961)
BAND = 0.92, 0.97
ALPHA = 0.05


def wilson(trials: int) -> tuple[Floats, Floats]:
    found = [proportion(hits, trials) for hits in range(trials + 1)]
    return np.array([one.low for one in found]), np.array([one.high for one in found])


def of_beta(trials: int, below: float, above: float) -> tuple[Floats, Floats]:
    hits = np.arange(trials + 1)
    with np.errstate(all="ignore"):
        low = beta.ppf(ALPHA / 2, hits + below, trials - hits + above)
        high = beta.ppf(1 - ALPHA / 2, hits + above, trials - hits + below)
    low[0], high[-1] = 0.0, 1.0
    return low, high


def mid_p(trials: int) -> tuple[Floats, Floats]:
    """Half of the chance of the count itself is taken as more extreme (H. O. Lancaster, 1961)."""
    hits, fine = np.arange(trials + 1), np.linspace(0, 1, 20_001)
    half = binom.pmf(hits[:, None], trials, fine) / 2
    more = binom.sf(hits[:, None], trials, fine) + half
    fewer = 1 - more
    low = np.array([fine[np.argmax(row > ALPHA / 2)] for row in more])
    high = np.array([fine[len(fine) - 1 - np.argmax(row[::-1] > ALPHA / 2)] for row in fewer])
    low[0], high[-1] = 0.0, 1.0
    return low, high


RULES = {
    "Wilson": wilson,
    "Jeffreys": lambda trials: of_beta(trials, 0.5, 0.5),
    "mid-p": mid_p,
    "Clopper-Pearson": lambda trials: of_beta(trials, 0.0, 1.0),
}


def coverage(ends: tuple[Floats, Floats], trials: int, shares: Floats) -> Floats:
    low, high = ends
    chances = binom.pmf(np.arange(trials + 1)[:, None], trials, shares)
    return np.sum(chances * ((low[:, None] <= shares) & (shares <= high[:, None])), axis=0)


def possible(trials: int) -> float:
    """Part of the shares at which some run of counts has a chance within the band."""
    found = []
    for share in SHARES:
        up_to = np.append(0.0, binom.cdf(np.arange(trials + 1), trials, share))
        runs = up_to - up_to[:, None]
        found.append(np.any((runs >= BAND[0]) & (runs <= BAND[1])))
    return float(np.mean(found))


def main() -> None:
    print("| trials | interval | lowest | mean | highest | shares within 92 to 97 % | at 0.1 |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for trials in TRIALS:
        for name, rule in RULES.items():
            ends = rule(trials)
            held = coverage(ends, trials, SHARES)
            within = np.mean((held >= BAND[0]) & (held <= BAND[1]))
            (tenth,) = coverage(ends, trials, np.array([0.1]))
            print(
                f"| {trials} | {name} | {held.min():.1%} | {held.mean():.1%} | {held.max():.1%} "
                f"| {within:.0%} | {tenth:.1%} |"
            )
        print(f"| {trials} | any run of counts | | | | {possible(trials):.0%} | |")


if __name__ == "__main__":
    main()
