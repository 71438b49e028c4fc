"""The probability at which a cell is left alone: that of an optimal search, by drawing offers."""

import numpy as np
import pytest
from scipy.special import ndtr, ndtri

from mho.programming.adaptive.worth import any_other_state, left_alone_at


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


@pytest.mark.parametrize("half", [0.01, 0.005])
def test_states_worth_less_than_any_other_one_are_those_to_exchange(half):
    """Against every other rule: exchange until one of a worth is found, each for so many pulses."""
    best, chances = np.array([0.85, 0.75, 0.65, 0.55]), np.array([0.1, 0.3, 0.4, 0.2])
    landing, price = 0.012, 0.001
    each = left_alone_at(best, np.full(4, half), landing, price)
    back = np.array(
        [1.0 / (offers(b, half, landing) >= w).mean() for b, w in zip(best, each, strict=True)]
    )

    def value(least):
        kept = each >= least
        chance = chances[kept].sum()
        exchanged = price * (1.0 + chances @ back) / chance
        return (chances[kept] @ each[kept]) / chance - exchanged

    (found,) = any_other_state(best[None], chances, np.array([half]), landing, price)
    assert found == pytest.approx(max(value(w - 1e-9) for w in each), abs=2e-3)
    assert each[2] < found < each[0]
    (dear,) = any_other_state(best[None], chances, np.array([half]), landing, 0.05)
    assert dear < each.min()
