"""Stress curves and shares of noise, found again in data that were made with known ones."""

import numpy as np
import pytest

from mho.merit.noise_shares import block_variances, noise_shares
from mho.merit.samples import NotEnoughData
from mho.merit.stress_curve import stress_curve

SLOPE, GRAIN, NOISE = 0.03, 0.01, 0.01
KNOTS = np.geomspace(6e-6, 200e-6, 5)


def staircases(seed, *, raising, rounds=3, slope=SLOPE, grain=GRAIN, noise=NOISE, offsets=0.0):
    """Conductance before and after each of three equal pulses a stair, amplitudes, rounds."""
    chance = np.random.default_rng(seed)
    sign = 1.0 if raising else -1.0
    steepness = 0.18 if raising else 0.4
    found = []
    for turn in range(rounds):
        z = np.log(5e-6) if raising else -np.log(220e-6)
        bottom = z
        offset = offsets * chance.standard_normal()
        read = z + noise * chance.standard_normal()
        for volts in np.arange(0.3, 2.4, 0.05):
            for _ in range(3):
                s0 = 0.6 + steepness * (z - bottom) + offset
                mean = slope * np.logaddexp(0.0, (volts - s0) / slope) / steepness
                z += float(chance.gamma(mean / grain, grain)) if mean > 1e-9 else 0.0
                before, read = read, z + noise * chance.standard_normal()
                found.append((np.exp(sign * before), np.exp(sign * read), volts, turn))
            if z - bottom > 3.7:
                break
    return [np.array(column) for column in zip(*found, strict=True)]


def fitted(*data, raising):
    return stress_curve(*data, knots=KNOTS, raising=raising, noise=NOISE)


@pytest.mark.parametrize("raising", [True, False])
def test_curve_slope_and_granularity_are_found_again(raising):
    steepness = 0.18 if raising else 0.4
    covered = {"slope": 0, "amplitude": 0, "grain": 0}
    runs = 20
    grains = []
    for seed in range(runs):
        curve = fitted(*staircases(seed, raising=raising), raising=raising)
        z = np.log(np.array(curve.conductance)) * (1 if raising else -1)
        true = 0.6 + steepness * (z - (np.log(5e-6) if raising else -np.log(220e-6)))
        off = [one.value - t for one, t in zip(curve.amplitude, true, strict=True)]
        assert np.max(np.abs(off)) < 0.06
        covered["slope"] += curve.slope.covers(SLOPE)
        covered["amplitude"] += curve.amplitude[2].covers(true[2])
        covered["grain"] += curve.grain.covers(GRAIN)
        grains.append(curve.grain.value)
        assert 0.5 * SLOPE < curve.slope.value < 2 * SLOPE
    assert min(covered.values()) >= 13, covered
    assert 0.4 * GRAIN < np.median(grains) < 2.5 * GRAIN


def test_the_spread_of_rounds_is_found_again_and_is_open_with_one():
    spreads = [
        fitted(*staircases(s, raising=True, rounds=6, offsets=0.05), raising=True).between_rounds
        for s in range(8)
    ]
    assert 0.03 < np.median([one.value for one in spreads]) < 0.075
    assert sum(one.covers(0.05) for one in spreads) >= 6
    quiet = fitted(*staircases(0, raising=True), raising=True).between_rounds
    assert quiet.value < 0.02
    one = fitted(*staircases(0, raising=True, rounds=1), raising=True).between_rounds
    assert one.value == 0.0 and one.high == np.inf


def test_a_steeper_slope_comes_out_steeper():
    slopes = [
        fitted(*staircases(1, raising=False, slope=v), raising=False).slope.value
        for v in (0.015, 0.03, 0.06)
    ]
    assert slopes == sorted(slopes) and slopes[2] > 2 * slopes[0]


def test_pulses_that_move_nothing_tell_no_curve():
    still = [np.full(100, 1e-5), np.full(100, 1e-5), np.linspace(0.1, 0.5, 100), np.zeros(100)]
    with pytest.raises(NotEnoughData, match="0 of 100 did"):
        fitted(*still, raising=True)
    with pytest.raises(NotEnoughData, match="needs 20 points"):
        fitted(*(np.full(100, np.nan) for _ in range(4)), raising=True)


def noise(seed, shares, count=6000, interval=0.01):
    """White noise, and Ornstein-Uhlenbeck processes of 30 ms and 300 ms and 3 s."""
    chance = np.random.default_rng(seed)
    total = np.sqrt(shares[0]) * chance.standard_normal(count)
    for share, tau in zip(shares[1:], (0.03, 0.3, 3.0), strict=True):
        left = np.exp(-interval / tau)
        x = chance.standard_normal()
        walk = []
        for kick in chance.standard_normal(count):
            x = left * x + np.sqrt(1 - left**2) * kick
            walk.append(x)
        total = total + np.sqrt(share) * np.array(walk)
    return 1.0 + 0.02 * total


@pytest.mark.parametrize("shares", [(1, 0, 0, 0), (0.3, 0.7, 0, 0), (0.2, 0.2, 0.6, 0)])
def test_shares_are_found_again(shares):
    records = [noise(seed, shares) for seed in range(6)]
    found = noise_shares(records, interval=0.01, times=(0.0, 0.03, 0.3, 3.0))
    assert [one.value for one in found] == pytest.approx(shares, abs=0.12)
    assert sum(one.value for one in found) == pytest.approx(1.0)
    assert all(0 <= one.low <= one.value <= one.high <= 1 for one in found)


def test_white_noise_averages_as_one_over_length():
    lengths, variances, counts = block_variances(noise(3, (1, 0, 0, 0), count=20_000))
    assert (variances * lengths)[:9] == pytest.approx(4e-4, rel=0.2)
    assert list(counts[:3]) == [20_000, 10_000, 5_000]


def test_records_that_say_nothing_are_told():
    for record, said in (
        (np.ones(1000), "constant"),
        (np.ones(10), "needs 200"),
        (np.full(500, np.nan), "missing"),
    ):
        with pytest.raises(NotEnoughData, match=said):
            noise_shares([record], interval=0.01, times=(0.0, 0.3))
    with pytest.raises(NotEnoughData, match="no record"):
        noise_shares([], interval=0.01, times=(0.0, 0.3))
