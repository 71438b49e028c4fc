"""Asymmetry of steps, symmetric point, and cycle-to-cycle variation."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from interval_coverage import assert_coverage

from mho.merit.alternation import alternation_limit
from mho.merit.asymmetry import asymmetric_ratio, asymmetry
from mho.merit.cycle_variation import cycle_variation
from mho.merit.samples import NotEnoughData


def soft_bounds(start, gain, top, count, rng=None, sd=0.0):
    """G' = G + gain (top - G), each step with its own multiplicative noise."""
    g = [start]
    for _ in range(count):
        step = gain * (top - g[-1])
        g.append(g[-1] + step * (1 + (sd * rng.normal() if rng else 0.0)))
    return np.array(g)


def test_soft_bounds_have_a_straight_asymmetry():
    # dG+ = a (1 - f), dG- = b f: A(f) = (a (1 - f) - b f) / (a (1 - f) + b f)
    a, b = 0.002, 0.001
    up, down = soft_bounds(0, a, 1, 3000), soft_bounds(1, b, 0, 6000)
    found = asymmetry([up], [down], bins=20, inner=0.025)  # the grid ends at the last centres
    f = np.array(found.conductance)
    expected = (a * (1 - f) - b * f) / (a * (1 - f) + b * f)
    # The mean over a bin is one over its steps; at the soft ends they crowd to the far side of it.
    assert np.array(found.asymmetry)[1:-1] == pytest.approx(expected[1:-1], abs=0.01)
    assert np.array(found.asymmetry) == pytest.approx(expected, abs=0.05)
    assert found.mean.value == pytest.approx(np.mean(np.abs(expected)), abs=0.02)
    assert found.largest.value == pytest.approx(np.max(np.abs(expected)), abs=0.02)
    assert found.signed_mean.value == pytest.approx(np.mean(expected), abs=0.02)


def test_asymmetry_of_constant_steps_covers():
    """Up steps of 3 and down steps of 2 units: A = 0.2 everywhere."""

    def trial(rng):
        up = np.cumsum(np.r_[0, 3 + 1.0 * rng.normal(size=100)])
        down = 300 - np.cumsum(np.r_[0, 2 + 0.7 * rng.normal(size=150)])
        found = asymmetry([up], [down], bins=5)
        return {"signed mean": (found.signed_mean, 0.2), "mean": (found.mean, 0.2)}

    assert_coverage(trial, seeds=100, at_most=1)


@settings(max_examples=10, deadline=None)
@given(st.floats(1e-9, 1e3), st.floats(0, 10))
def test_asymmetry_does_not_depend_on_scale_or_offset(scale, offset):
    up, down = soft_bounds(0, 0.05, 1, 60), soft_bounds(1, 0.02, 0, 60)
    plain = asymmetry([up], [down], bins=4)
    other = asymmetry([scale * (up + offset)], [scale * (down + offset)], bins=4)
    assert other.mean.value == pytest.approx(plain.mean.value, rel=1e-6)
    ratio = asymmetric_ratio(scale * (up + offset), scale * (down + offset)).value
    assert ratio == pytest.approx(asymmetric_ratio(up, down).value, rel=1e-6)


def test_exchanging_directions_changes_the_sign_only():
    up, down = soft_bounds(0, 0.05, 1, 60), soft_bounds(1, 0.02, 0, 60)
    one, other = asymmetry([up], [down], bins=4), asymmetry([-down], [-up], bins=4)
    assert other.signed_mean.value == pytest.approx(-one.signed_mean.value)


def test_missing_reads_lose_their_steps():
    up, down = soft_bounds(0, 0.05, 1, 60), soft_bounds(1, 0.02, 0, 60)
    up[10] = np.nan
    assert asymmetry([up], [down], bins=4).ignored == 2


def test_asymmetric_ratio():
    up = np.linspace(0, 1, 11)
    assert asymmetric_ratio(up, up[::-1]).value == pytest.approx(0)
    found = asymmetric_ratio(2 * up, 2 * (1 - up**0.5))
    # mirrored depression: 2 (1 - sqrt(1 - x)), farthest from 2 x at x = 3/4
    assert found.value == pytest.approx(0.25, abs=0.01) and found.pulse in (7, 8)
    with pytest.raises(NotEnoughData, match="does not rise"):
        asymmetric_ratio(up[::-1], up)


def test_symmetric_point_covers():
    def trial(rng):
        up = [soft_bounds(0, 0.03, 1, 80, rng, 0.3) for _ in range(2)]
        down = [soft_bounds(1, 0.01, 0, 160, rng, 0.3) for _ in range(2)]
        return {"point": (asymmetry(up, down).symmetric_point, 0.75)}

    assert_coverage(trial, seeds=200, at_least=0.92, at_most=1)


def test_steps_that_never_become_equal_have_no_symmetric_point():
    up, down = np.arange(0, 20, 2.0), np.arange(20, 0, -1.0)
    assert asymmetry([up + 1e-3 * up**2], [down]).symmetric_point is None


READ_NOISE, STEP_SCATTER = (0.003, 0.0), (0.002, 0.3)


@pytest.mark.parametrize(("read", "step"), [READ_NOISE, STEP_SCATTER])
@pytest.mark.parametrize("down_gain", [0.05, 0.03])
def test_figures_of_soft_bounds_cover(read, step, down_gain):
    """Also where abs(A) folds what noise there is, and its maximum picks the worst of it."""
    rise, fall = soft_bounds(0, 0.05, 1, 80), soft_bounds(0.983, down_gain, 0, 80)
    low, high = max(rise[0], fall[-1]), min(rise[-1], fall[0])
    f = np.linspace(low + 0.1 * (high - low), high - 0.1 * (high - low), 41)
    a = (0.05 * (1 - f) - down_gain * f) / (0.05 * (1 - f) + down_gain * f)

    def trial(rng):
        up = [soft_bounds(0, 0.05, 1, 80, rng, step) for _ in range(5)]
        down = [soft_bounds(trace[-1], down_gain, 0, 80, rng, step) for trace in up]
        noisy = [trace + read * rng.normal(size=81) for trace in (*up, *down)]
        found = asymmetry(noisy[:5], noisy[5:])
        return {
            "mean": (found.mean, np.mean(np.abs(a))),
            "largest": (found.largest, np.max(np.abs(a))),
            "signed mean": (found.signed_mean, np.mean(a)),
            "symmetric point": (found.symmetric_point, 0.05 / (0.05 + down_gain)),
        }

    assert_coverage(trial, seeds=100, at_least=0.92, at_most=1)


def test_alternation_limit():
    g, reads = 0.1, []
    for _ in range(400):
        g += 0.03 * (1 - g)
        reads.append(g)
        g -= 0.01 * g
        reads.append(g)
    # The limit read after an up and after a down pulse, averaged; exact for the two-step map.
    after_up = 0.03 / (1 - 0.97 * 0.99)
    low = after_up * 0.99
    found = alternation_limit(reads)
    assert found.conductance.value == pytest.approx((after_up + low) / 2, rel=1e-3)
    assert not alternation_limit(reads[:40]).settled
    noisy = 0.75 + 0.01 * np.random.default_rng(3).normal(size=200)
    assert alternation_limit(noisy).settled
    assert alternation_limit(np.full(40, 0.75)).settled


def test_cycle_variation_covers():
    n = np.arange(41)

    def trial(rng):
        steps = 1e-6 * (1 + 0.3 * rng.normal(size=(12, 40)))
        g = 5e-6 + np.concatenate([np.zeros((12, 1)), np.cumsum(steps, axis=1)], axis=1)
        found = cycle_variation(g)
        return {
            "per step": (found.per_step, 0.3e-6),
            "over range": (found.step_over_range, 0.3 / 40),
            "over mean": (found.step_over_mean, 0.3),
        }

    assert_coverage(trial, seeds=200)
    g = np.outer([1.0, 2.0, 3.0], n)
    assert cycle_variation(g).per_pulse == pytest.approx(n)
    assert cycle_variation(g).largest_at == 40


def test_cycle_variation_without_some_reads():
    g = np.array([[0, 1, 2.0], [0, np.nan, 4.0], [0, 3.0, np.nan]])
    found = cycle_variation(g)
    assert found.per_pulse == pytest.approx((0, 2**0.5, 2**0.5))
    assert found.per_step.value == pytest.approx(2**0.5)  # one step with two sizes: 1 and 3
    assert (found.points, found.ignored) == (7, 2)
    for poor in (np.zeros((0, 0)), np.zeros((1, 5)), np.full((3, 4), np.nan), np.ones((3, 4))):
        with pytest.raises(NotEnoughData):
            cycle_variation(poor)
    with pytest.raises(ValueError, match="shape"):
        cycle_variation([1.0, 2.0])


@pytest.mark.parametrize("kind", ["independent", "whole cycles", "both"])
@pytest.mark.parametrize("humped", [False, True])
def test_the_largest_variation_covers(kind, humped):
    """Scatter of single reads, of whole cycles, or half of either; even, or most in the middle."""
    x = np.linspace(0, 1, 81)
    sigma = 0.5 + 2 * x * (1 - x) if humped else np.ones(81)
    values = []

    def trial(rng):
        z = rng.normal(size=(10, 81))
        if kind == "both":
            z = (z + rng.normal(size=(10, 1))) / np.sqrt(2)
        z = np.repeat(z[:, :1], 81, axis=1) if kind == "whole cycles" else z
        found = cycle_variation(10 * x + sigma * z).largest
        values.append(found.value)
        return {"largest": (found, np.max(sigma))}

    assert_coverage(trial, seeds=200, at_least=0.94, at_most=1)
    assert np.median(values) == pytest.approx(np.max(sigma), rel=0.15)


@pytest.mark.parametrize("constant", [3, 6, 15, 40])
def test_the_largest_variation_of_traces_at_different_rates_covers(constant):
    """Exponential traces whose rates differ: the scatter is a hump, narrow where they saturate."""
    n = np.arange(81)

    def traces(rng, count):
        rates = np.exp(0.6 * rng.normal(size=count)) / constant
        return 1 - np.exp(-np.outer(rates, n))

    truth = np.max(np.std(traces(np.random.default_rng(99), 20_000), axis=0))
    values = []

    def trial(rng):
        found = cycle_variation(traces(rng, 10) + 0.01 * rng.normal(size=(10, 81))).largest
        values.append(found.value)
        return {"largest": (found, truth)}

    assert_coverage(trial, seeds=200, at_least=0.94, at_most=1)
    assert np.median(values) == pytest.approx(truth, rel=0.1)
