"""Cycles to failure, the Weibull law, and pulse energy."""

import numpy as np
import pytest
from interval_coverage import assert_coverage
from scipy import stats

from mho.merit.endurance import cycles_to_failure, weibull_likelihood, weibull_median_ranks
from mho.merit.energy import estimated_energy, plateau_energy, sampled_energy
from mho.merit.samples import NotEnoughData


def test_first_cycle_below_the_criterion():
    cycle = np.arange(1, 8)
    ratio = [10, 9, 1.5, 9, np.nan, 1.4, 1.2]
    found = cycles_to_failure(cycle, ratio, minimum_ratio=2)
    assert (found.cycles, found.censored, found.ignored) == (3, False, 1)
    found = cycles_to_failure(cycle, ratio, minimum_ratio=2, in_a_row=2)
    assert (found.cycles, found.censored) == (6, False)
    found = cycles_to_failure(cycle, ratio, minimum_ratio=1.1)
    assert (found.cycles, found.censored) == (7, True)
    assert cycles_to_failure([1], [1.0], minimum_ratio=2, in_a_row=3).censored
    with pytest.raises(NotEnoughData):
        cycles_to_failure([], [], minimum_ratio=2)


def test_median_ranks_cover_even_with_few_devices():
    def trial(rng):
        found = weibull_median_ranks(1500 * rng.weibull(2.0, 8))
        return {"shape": (found.shape, 2.0), "scale": (found.scale, 1500)}

    assert_coverage(trial, seeds=200)


def test_the_ends_of_the_shape_are_quantiles_of_its_sampling_error():
    """shape / low and shape / high do not depend on the lives, only on how many there are."""
    rng = np.random.default_rng(11)
    estimates = [weibull_median_ranks(rng.exponential(size=8)).shape.value for _ in range(400)]
    shape = weibull_median_ranks(1500 * rng.weibull(2.0, 8)).shape
    low, high = np.quantile(estimates, (0.025, 0.975))
    assert shape.value / shape.low == pytest.approx(high, rel=0.12)
    assert shape.value / shape.high == pytest.approx(low, rel=0.12)


def test_median_ranks_are_those_of_the_tables():
    # Benard's ranks of 5 devices: 12.96, 31.48, 50.00, 68.52, 87.04 %
    ranks = np.array([0.1296, 0.3148, 0.5, 0.6852, 0.8704])
    life = 1000 * (-np.log(1 - ranks)) ** (1 / 1.7)
    found = weibull_median_ranks(life[[3, 1, 0, 4, 2]])
    assert found.shape.value == pytest.approx(1.7, rel=1e-3)
    assert found.scale.value == pytest.approx(1000, rel=1e-3)
    assert found.r2 == pytest.approx(1, abs=1e-6)


def test_likelihood_agrees_with_scipy_on_censored_lives():
    rng = np.random.default_rng(3)
    life = 1500 * rng.weibull(2.0, 40)
    alive = life > 1600
    seen = np.minimum(life, 1600)
    found = weibull_likelihood(seen, alive)
    data = stats.CensoredData.right_censored(seen, alive)
    shape, _, scale = stats.weibull_min.fit(data, floc=0)
    assert 0.9 * shape < found.shape.value < shape  # corrected for 24 failures
    assert found.scale.value == pytest.approx(scale, rel=1e-3)
    assert (found.failures, found.censored) == (40 - alive.sum(), alive.sum())


def test_likelihood_covers():
    def trial(rng):
        life = 1500 * rng.weibull(2.0, 60)
        found = weibull_likelihood(np.minimum(life, 1800), life > 1800)
        return {"shape": (found.shape, 2.0), "scale": (found.scale, 1500)}

    assert_coverage(trial, seeds=200, at_most=0.98)


def test_a_few_failures_give_the_shape_without_bias():
    """Plain likelihood makes it a third too high with ten devices."""
    shapes = []
    for seed in range(200):
        life = 1500 * np.random.default_rng(seed).weibull(2.0, 10)
        found = (
            weibull_likelihood(np.minimum(life, 1500), life > 1500)
            if sum(life < 1500) > 2
            else None
        )
        shapes += [] if found is None else [found.shape.value]
    assert np.mean(shapes) == pytest.approx(2.0, rel=0.1)


@pytest.mark.parametrize(
    ("devices", "failures"), [(6, 3), (10, 3), (20, 3), (10, 5), (5, 5), (10, 10)]
)
def test_few_failures_cover(devices, failures):
    """Stopped after so many failures; an interval that held in 80 % is seen four times in five."""

    def trial(rng):
        life = np.sort(1500 * rng.weibull(2.0, devices))
        stop = np.mean(life[failures - 1 : failures + 1])
        found = weibull_likelihood(np.minimum(life, stop), life > stop)
        return {"shape": (found.shape, 2.0), "scale": (found.scale, 1500)}

    assert_coverage(trial, seeds=100, at_most=1)


def test_devices_that_are_stopped_at_one_time_cover():
    """Three failures or more of ten, at the time after which 37 % should live."""

    def trial(rng):
        life = 1500 * rng.weibull(2.0, 10)
        while np.sum(life < 1500) < 3:
            life = 1500 * rng.weibull(2.0, 10)
        found = weibull_likelihood(np.minimum(life, 1500), life > 1500)
        return {"shape": (found.shape, 2.0), "scale": (found.scale, 1500)}

    assert_coverage(trial, seeds=100, at_most=1)


def test_scale_of_time_does_not_change_the_shape():
    life = np.random.default_rng(0).weibull(2.0, 12)
    alive = np.arange(12) % 4 == 0
    for factor in (1e-6, 1e9):
        for fit in (weibull_median_ranks, lambda x: weibull_likelihood(x, alive)):
            assert fit(factor * life).shape.value == pytest.approx(fit(life).shape.value)
            assert fit(factor * life).scale.value == pytest.approx(factor * fit(life).scale.value)


def test_lives_that_say_nothing():
    with pytest.raises(NotEnoughData, match="3 devices that failed, got 2"):
        weibull_likelihood([1, 2, 3, 4], [False, False, True, True])
    with pytest.raises(NotEnoughData, match="constant"):
        weibull_median_ranks([5.0, 5.0, 5.0])
    with pytest.raises(NotEnoughData, match="too close"):
        weibull_likelihood([5.0, 5.0, 5.0, 4.0], [False, False, False, True])
    with pytest.raises(NotEnoughData, match="3 points; 2 of the 3"):
        weibull_median_ranks([5.0, 4.0, 0.0])


def test_energy_of_samples():
    t = np.linspace(0, 1e-3, 1001)
    v = np.sin(np.pi * t / 1e-3)
    found = sampled_energy(t, 2 * v, 1e-3 * v)
    assert found.energy == pytest.approx(2e-3 * 1e-3 / 2, rel=1e-5)
    assert found.charge == pytest.approx(1e-3 * 2e-3 / np.pi, rel=1e-5)
    gap = np.full(11, 2.0)
    gap[4] = np.nan
    bridged = sampled_energy(np.arange(11.0), gap, np.ones(11))
    assert (bridged.energy, bridged.ignored) == (20.0, 1)
    with pytest.raises(ValueError, match="must increase"):
        sampled_energy([0, 0, 1], [1, 1, 1], [1, 1, 1])


def test_energy_of_plateaus_and_the_estimate():
    found = plateau_energy([-1.0, np.nan, 2.0], [-1e-3, 1e-3, 2e-3], [1e-4, 1.0, 1e-3])
    assert found.energy == pytest.approx(1e-7 + 4e-6) and found.ignored == 1
    assert found.charge == pytest.approx(-1e-7 + 2e-6)
    # An ohmic device: the estimate is exact.
    guess = estimated_energy(amplitude=2.0, width=1e-3, before=1e-3, after=1e-3)
    assert guess.energy == pytest.approx(plateau_energy([2.0], [2e-3], [1e-3]).energy)
    lines = estimated_energy(
        amplitude=-2.0, width=1e-3, before=1e-3, after=3e-3, line_capacitance=1e-9
    )
    assert lines.energy == pytest.approx(8e-6 + 4e-9) and lines.charge < 0
    for bad in ([], [np.nan]):
        with pytest.raises(NotEnoughData):
            plateau_energy(bad, bad, bad)
    with pytest.raises(NotEnoughData):
        estimated_energy(amplitude=np.nan, width=1e-3, before=1e-3, after=1e-3)
