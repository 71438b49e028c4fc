"""Intervals under the noise that memristors have: telegraph and 1/f, slower than the reads."""

import noise_records
import numpy as np
import pytest
from interval_coverage import assert_coverage

from mho.merit.drift import drift
from mho.merit.relative_deviation import relative_deviation
from mho.merit.retention import relative_change
from mho.merit.slow_noise import colour, error_of, slowest_share
from mho.merit.window import on_off_ratio

RECORDS = {
    "white, 0.3 s": (None, 30, 10e-3),
    "white, 30 s": (None, 3000, 10e-3),
    "slow, 3 s": ("slow", 300, 10e-3),
    "slow, 30 s": ("slow", 3000, 10e-3),
    "slow, 25 min": ("slow", 1490, 1.0),
}


def record(rng, kind, reads, interval):
    """Noise of variance near 1, and its expected variance within the record."""
    if kind is None:
        noise, within = noise_records.white(rng, 1, reads)
    else:
        noise, within = noise_records.slow(rng, 1, reads, interval)
    return noise[0], within[0]


@pytest.mark.parametrize("name", RECORDS)
def test_intervals_hold_the_truth(name):
    kind, reads, interval = RECORDS[name]
    time = interval * np.arange(1, reads + 1)

    def trial(rng):
        noise, within = record(rng, kind, reads, interval)
        other, _ = record(rng, kind, reads, interval)
        level = 1e-4 * (1 + 0.02 * noise)
        return {
            "on/off": (
                on_off_ratio(10e-4 * (1 + 0.004 * other), level, read_voltage=0.1).ratio,
                10,
            ),
            "change": (relative_change(time, level).change, 0.0),
            "nu": (drift(time, level * time**-0.003).nu, 0.003),
            "initial": (drift(time, level * time**-0.003).initial, 1e-4),
            "rsd": (relative_deviation(level, interval=interval).rsd, 0.02 * np.sqrt(within)),
        }

    seeds = 150 if reads == 300 else 60  # what is below a short record is most of its error
    assert_coverage(trial, seeds=seeds, at_least=0.92, at_most=0.97)


def test_slow_reads_are_worth_fewer():
    rng = np.random.default_rng(1)
    white, _ = record(rng, None, 3000, 10e-3)
    slow, _ = record(rng, "slow", 3000, 10e-3)
    weights = np.full(3000, 1 / 3000)
    assert colour(white).is_white and not colour(slow).is_white
    assert error_of(weights, colour(white))[0] == pytest.approx(1 / np.sqrt(3000), rel=0.05)
    assert error_of(weights, colour(slow))[0] > 4 / np.sqrt(3000)


def test_noise_slower_than_the_record_is_named():
    rng = np.random.default_rng(2)
    walk = np.cumsum(rng.normal(size=1000))
    assert slowest_share(colour(walk)) > 0.5
    assert slowest_share(colour(rng.normal(size=1000))) < 0.1


def test_an_error_depends_on_the_order_of_the_reads():
    """The same reads shuffled are white: it is their order that tells how alike they are."""
    rng = np.random.default_rng(3)
    slow, _ = record(rng, "slow", 3000, 10e-3)
    weights = np.full(3000, 1 / 3000)
    ordered, _ = error_of(weights, colour(slow))
    shuffled, _ = error_of(weights, colour(rng.permutation(slow)))
    assert ordered > 3 * shuffled


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in RECORDS if name.startswith("slow")])
def test_coverage_over_a_thousand_records(name):
    """Means, changes and slopes are covered in 92 to 98 % of the records."""
    kind, reads, interval = RECORDS[name]
    rng = np.random.default_rng(99)
    noise, _ = noise_records.slow(rng, 1000, reads, interval)
    time = interval * np.arange(1, reads + 1)
    held = np.zeros(3)
    for one in noise:
        level = 1e-4 * (1 + 0.02 * one)
        held += (
            on_off_ratio(np.full(3, 1e-3), level, read_voltage=0.1).ratio.covers(10.0),
            relative_change(time, level).change.covers(0.0),
            drift(time, level).nu.covers(0.0),
        )
    assert np.all((held >= 910) & (held <= 985)), (kind, held)


@pytest.mark.parametrize("level", [0.0, 1e-4])
@pytest.mark.parametrize("reads", [16, 17, 1000])
def test_reads_that_alternate_have_no_slow_noise(reads, level):
    """Two values in turn: all the noise is at the highest frequency."""
    alternating = colour(level + 1.25e-5 * (-1.0) ** np.arange(reads))
    assert alternating.is_white
    assert alternating.variances[0] == pytest.approx(1.25e-5**2 * reads / (reads - 1), rel=0.01)
