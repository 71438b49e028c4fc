"""The probability at which a cell is left alone: that of an optimal search, by drawing offers."""

import numpy as np
import pytest
from scipy.special import ndtr, ndtri

from mho.programming.adaptive.worth import left_alone_at


def offers(best, half, landing, count=200_000):
    sharp = ndtri(0.5 * (1.0 + best))
    off = abs(np.random.default_rng(0).standard_normal(count)) * landing / half
    return ndtr(sharp * (1.0 - off)) - ndtr(sharp * (-1.0 - off))


@pytest.mark.parametrize("best", [0.97, 0.7, 0.3])
@pytest.mark.parametrize("half", [0.03, 0.01, 0.005])
def test_no_other_threshold_is_worth_more(best, half):
    """Search on until an offer is accepted: its mean less the price of all that were looked at."""
    price, drawn = 0.01, offers(best, half, 0.016)

    def value(threshold):
        taken = drawn[drawn >= threshold]
        return taken.mean() - price * len(drawn) / len(taken)

    (found,) = left_alone_at(np.array([best]), np.array([half]), 0.016, price)
    grid = np.linspace(0.3, 0.99, 40) * best
    assert value(found) >= max(map(value, grid)) - 2e-3
    assert value(found) == pytest.approx(found, abs=2e-3)  # what is left alone is worth the search


def test_dear_pulses_and_coarse_steps_make_modest():
    best, half = np.array([0.9, 0.9, 0.9]), np.array([0.02, 0.01, 0.005])
    cheap, dear = (left_alone_at(best, half, 0.016, price) for price in (0.001, 0.03))
    assert (dear < cheap).all() and (cheap < best).all()
    assert (np.diff(cheap) < 0).all() and (np.diff(dear) < 0).all()
    np.testing.assert_allclose(left_alone_at(best, half, 0.0, 0.01), best - 0.01, atol=1e-3)
