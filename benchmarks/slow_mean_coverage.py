"""Whether any interval of a mean holds where slow noise ends within a record and where it goes on.

The noise is that of the tests: white, telegraph, and 1/f noise down to 30 s. For 25 min of reads it
ends within the record, for 30 s and 3 s it goes on below. The last kind of record goes on too: 25
min, and 1/f noise down to 3000 s. Each line is one way to fill in what a record does not show; the
last one adds the more below the record, the more steeply the spectrum rises at its lower end.

    python benchmarks/slow_mean_coverage.py
"""

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "merit"))

import noise_records

from mho.merit.estimate import student_quantile
from mho.merit.slow_noise import Colour, colour, error_of

Floats = NDArray[np.float64]
Rule = Callable[[Colour, float], tuple[Colour, float]]
"""From the likeliest noise and the slope of the spectrum: noise, and decades below the record."""

RECORDS = 1000
ENDS, GOES_ON = (0.03, 0.3, 3.0, 30.0), (0.03, 0.3, 3.0, 30.0, 300.0, 3000.0)
KINDS = {
    "25 min": (1490, 1.0, ENDS),
    "30 s": (3000, 0.01, ENDS),
    "3 s": (300, 0.01, ENDS),
    "25 min, to 3000 s": (1490, 1.0, GOES_ON),
}
SHARING = {
    "none": (1.0,),
    "1 2 1": (1.0, 2.0, 1.0),
    "1 4 6 4 1": (1.0, 4.0, 6.0, 4.0, 1.0),
    "1 1 1 1 1": (1.0, 1.0, 1.0, 1.0, 1.0),
}
DECADES = (1.0, 2.0, 3.0)
LINES = 0.7
"""The slope is that of so many of the lowest lines: this power of the number of reads."""


def with_variances(noise: Colour, variances: Floats) -> Colour:
    return Colour(
        variances=variances,
        correlations=noise.correlations,
        likeliest=noise.likeliest,
        reads=noise.reads,
    )


def shared(kernel: tuple[float, ...], decades: float) -> Rule:
    weights = np.array(kernel) / sum(kernel)

    def rule(noise: Colour, slope: float) -> tuple[Colour, float]:
        parts = noise.likeliest.copy()
        if not noise.is_white:
            padded = np.pad(parts[1:], len(weights) // 2, mode="edge")
            parts[1:] = np.convolve(padded, weights, "valid")
        return with_variances(noise, parts), decades

    return rule


def by_slope(noise: Colour, slope: float) -> tuple[Colour, float]:
    parts, slope = noise.likeliest.copy(), float(np.clip(slope, 0.0, 1.5))
    parts[noise.times > noise.reads / 10] *= min(slope, 1.0)
    return with_variances(noise, parts), 6 * slope**2


def slope_of(reads: Floats) -> float:
    """Of the logarithm of the periodogram, downwards (J. Geweke, S. Porter-Hudak, 1983)."""
    power = np.abs(np.fft.rfft(reads - np.mean(reads)))[1 : int(len(reads) ** LINES) + 1] ** 2
    return -float(np.polyfit(np.log(np.arange(1, len(power) + 1)), np.log(power), 1)[0])


def main() -> None:
    rules = {
        (name, f"{decades:g}"): shared(kernel, decades)
        for name, kernel in SHARING.items()
        for decades in DECADES
    } | {("none", "by the slope"): by_slope}
    held = {rule: dict.fromkeys(KINDS, 0) for rule in rules}
    for kind, (reads, interval, times) in KINDS.items():
        noise_records.FLICKER_TIMES = times
        weights = np.full(reads, 1 / reads)
        for seed in range(RECORDS):
            (record,), _ = noise_records.slow(np.random.default_rng([seed, 2]), 1, reads, interval)
            noise, slope = colour(record), slope_of(record)
            for name, rule in rules.items():
                filled, decades = rule(noise, slope)
                error, freedom = error_of(weights, filled, below=decades)
                away = abs(float(np.mean(record)))
                held[name][kind] += away <= error * student_quantile(freedom)
    print(f"| neighbours share | decades below | {' | '.join(KINDS)} |")
    print(f"| {' | '.join(['---'] * (len(KINDS) + 2))} |")
    for (sharing, decades), counts in held.items():
        shares = " | ".join(f"{count / RECORDS:.1%}" for count in counts.values())
        print(f"| {sharing} | {decades} | {shares} |")


if __name__ == "__main__":
    main()
