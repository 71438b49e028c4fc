"""Separation of levels and the number of distinguishable states."""

from itertools import pairwise
from math import log, log2

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mho.merit.levels import distinguishable_states, level_separation
from mho.merit.samples import NotEnoughData


def test_gap_and_d_prime_by_hand():
    found = level_separation([[5.0, 6.0, 7.0], [1.0, 2.0, 3.0]], minimum_gap=1.5)
    (pair,) = found.neighbours
    assert (pair.lower, pair.upper) == (1, 0)
    assert pair.gap == 2.0
    assert pair.d_prime == pytest.approx(4.0)
    assert pair.error == pytest.approx(0.0227501, rel=1e-5)  # Q(2)
    assert found.separated_by_gap == (1, 0)
    assert found.separated_by_d_prime == (1,)


def test_error_is_the_share_on_the_wrong_side():
    rng = np.random.default_rng(0)
    levels = [rng.normal(0, 1, 200_000), rng.normal(3, 1, 200_000)]
    error = level_separation(levels).neighbours[0].error
    assert error == pytest.approx(np.mean(levels[0] > 1.5), rel=0.05)


def test_overlapping_level_is_left_out_of_the_largest_set():
    wide = [0.0, 10.0]
    narrow = [[1.0, 2.0], [4.0, 5.0], [7.0, 8.0]]
    assert level_separation([wide, *narrow], minimum_gap=1.0).separated_by_gap == (1, 2, 3)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 40), min_size=2, max_size=6), st.integers(1, 6))
def test_largest_set_is_largest(starts, gap):
    """Against every subset."""
    levels = [[float(start), float(start + 3 + start % 4)] for start in starts]
    found = level_separation(levels, minimum_gap=gap).separated_by_gap

    def apart(chosen):
        ordered = sorted((levels[n] for n in chosen), key=lambda level: level[0])
        return all(b[0] - a[1] >= gap for a, b in pairwise(ordered))

    subsets = [
        [n for n in range(len(levels)) if mask >> n & 1] for mask in range(1, 2 ** len(levels))
    ]
    assert apart(found)
    assert len(found) == max(len(chosen) for chosen in subsets if apart(chosen))


def test_states_of_a_constant_and_of_a_relative_noise():
    assert distinguishable_states([0, 1e-4, 2e-4], [1e-6] * 3).ignored == 1
    constant = distinguishable_states([1e-5, 1.3e-4], [1e-6, 1e-6])
    assert constant.states == pytest.approx(1 + 1.2e-4 / 6e-6)
    assert constant.bits == pytest.approx(log2(21))
    relative = distinguishable_states([1e-6, 1e-4], [2e-8, 2e-6], z=2)
    assert relative.states == pytest.approx(1 + log(100) / (4 * 0.02))


def test_states_of_the_published_noise_law():
    # RSD = 2.4 % (G/55 uS)^-0.4 between 5.7 and 200 uS; the integral in closed form.
    low, high = 5.7, 200.0

    def sigma(g):
        return g * 0.024 * (g / 55) ** -0.4

    exact = 1 + (high**0.4 - low**0.4) / (0.4 * 0.024 * 55**0.4) / 6
    for points in (2, 7):
        g = np.geomspace(low, high, points)
        assert distinguishable_states(g, sigma(g)).states == pytest.approx(exact)
    assert distinguishable_states(g[::-1] * 1e-6, sigma(g[::-1]) * 1e-6).states == pytest.approx(
        exact
    )


@pytest.mark.parametrize("levels", [[], [[1.0, 2.0]], [[1.0, 2.0], [np.nan, 3.0]]])
def test_too_few_reads(levels):
    with pytest.raises(NotEnoughData, match="separation of levels"):
        level_separation(levels)
    with pytest.raises(NotEnoughData, match="distinguishable"):
        distinguishable_states([1e-6, 1e-6], [1e-8, 1e-8])
