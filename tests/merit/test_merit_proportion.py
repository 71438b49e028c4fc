"""The Wilson interval of a share: known values, its ends, its coverage."""

import pytest
from interval_coverage import assert_coverage

from mho.merit.proportion import proportion
from mho.merit.samples import NotEnoughData


@pytest.mark.parametrize(
    ("hits", "trials", "low", "high"),
    [(9, 9, 0.7009, 1.0), (0, 10, 0.0, 0.2775), (5, 10, 0.2366, 0.7634), (81, 263, 0.2553, 0.3662)],
)
def test_known_intervals(hits, trials, low, high):
    """The last: R. G. Newcombe, Stat. Med. 17 (1998) 857, Table I."""
    found = proportion(hits, trials)
    assert found.value == hits / trials
    assert (found.low, found.high) == pytest.approx((low, high), abs=6e-5)


def test_shares_of_thirty_trials_cover():
    def trial(rng):
        return {
            f"share {true}": (proportion(int(rng.binomial(30, true)), 30), true)
            for true in (0.1, 0.5, 0.9)
        }

    assert_coverage(trial, seeds=400, at_most=0.98)


def test_no_trial_is_no_share():
    with pytest.raises(NotEnoughData):
        proportion(0, 0)
    with pytest.raises(ValueError, match="3 of 2"):
        proportion(3, 2)
