"""Estimates of plain samples, least squares, and the choice of usable points."""

from math import exp, inf, isinf

import numpy as np
import pytest
from interval_coverage import assert_coverage

from mho.errors import MhoError
from mho.merit import regression
from mho.merit.estimate import Estimate, deviation, exponential, mean, median
from mho.merit.exponential import exponential_fit
from mho.merit.reporting import attempt
from mho.merit.samples import NotEnoughData, usable
from mho.merit.slow_noise import ratio_of_records
from mho.merit.spread import spread


def test_sample_intervals_cover():
    def trial(rng):
        x = 5 + 2 * rng.normal(size=12)
        y = 3 + 0.3 * rng.normal(size=7)
        return {
            "mean": (mean(x), 5),
            "median": (median(x), 5),
            "sd": (deviation(float(np.std(x, ddof=1)), 11), 2),
            "ratio": (ratio_of_records(y, 10 + rng.normal(size=20)), 0.3),
        }

    assert_coverage(trial, seeds=400, at_most=0.97)  # order statistics: 96.1 % for 12 values


def test_intervals_of_mean_and_sd_agree_with_scipy():
    from scipy.stats import chi2, t

    x = np.array([1.0, 4.0, 2.0, 8.0, 5.0])
    ours = mean(x)
    assert (ours.low, ours.high) == pytest.approx(
        t.interval(0.95, 4, loc=4.0, scale=np.std(x, ddof=1) / 5**0.5)
    )
    sd = deviation(2.0, 4)
    assert (sd.low, sd.high) == pytest.approx(2 * (4 / chi2.ppf((0.975, 0.025), 4)) ** 0.5)


def test_median_interval_is_that_of_the_tables():
    # Nonparametric 95 % interval of the median for n = 10: 2nd and 9th value (coverage 97.9 %).
    interval = median(np.arange(1.0, 11.0))
    assert (interval.low, interval.value, interval.high) == (2.0, 5.5, 9.0)
    assert isinf(median(np.arange(5.0)).low)


def test_mapping_keeps_the_order_of_the_ends():
    falling = Estimate(value=2, low=1, high=4).mapped(lambda x: 1 / x)
    assert (falling.low, falling.value, falling.high) == (0.25, 0.5, 1.0)
    assert exponential(1e6) == inf
    assert exponential(2) == exp(2)


def test_line_agrees_with_scipy():
    from scipy.stats import linregress

    rng = np.random.default_rng(1)
    x = rng.uniform(0, 1e-3, 15)
    y = 4e-6 + 0.02 * x + 1e-6 * rng.normal(size=15)
    ours, theirs = regression.line("line", x, y), linregress(x, y)
    assert ours.values == pytest.approx([theirs.slope, theirs.intercept])
    assert np.sqrt(np.diag(ours.covariance)) == pytest.approx(
        [theirs.stderr, theirs.intercept_stderr]
    )
    assert ours.r2 == pytest.approx(theirs.rvalue**2)


def test_curve_agrees_with_scipy_in_any_unit():
    from scipy.optimize import curve_fit

    rng = np.random.default_rng(2)
    x = np.linspace(0, 4, 30)

    def model(x, a, k):
        return a * np.exp(-k * x)

    y = model(x, 2.0, 0.7) + 0.05 * rng.normal(size=30)
    values, covariance = curve_fit(model, x, y, (1, 1))
    for unit in (1.0, 1e-9):
        ours = regression.curve("curve", model, x, y * unit, start=(unit, 1), unit=(unit, 1))
        assert ours.values / (unit, 1) == pytest.approx(values, rel=1e-5)
        scaled = ours.covariance / np.outer((unit, 1), (unit, 1))
        assert scaled == pytest.approx(covariance, rel=1e-3)


def test_derived_quantity_covers():
    def trial(rng):
        x = np.linspace(0, 1, 20)
        fit = regression.line("line", x, 2 + 3 * x + 0.1 * rng.normal(size=20))
        return {"crossing": (fit.derived(lambda p: -p[1] / p[0]), -2 / 3)}

    assert_coverage(trial, seeds=300)


def test_parameters_that_the_points_cannot_tell_apart_are_refused():
    x = np.linspace(0, 1, 9)
    with pytest.raises(NotEnoughData, match="do not determine"):
        regression.curve(
            "twins", lambda x, a, b: (a + b) * x, x, x + x**2, start=(1, 1), unit=(1, 1)
        )
    with pytest.raises(NotEnoughData, match="ran away"):
        regression.curve(
            "bound", lambda x, a: a * x, x, x, start=(0.1,), unit=(1,), low=(0,), high=(0.5,)
        )
    with pytest.raises(NotEnoughData, match="do not determine"):
        regression.linear("twins", (x, 2 * x), x**2)


def test_usable_points():
    (x, y), ignored = usable(
        "it", 2, positive=("y",), x=[0, 1, np.nan, 3, -4], y=[1, np.inf, 1, 1e-9, 0.0]
    )
    assert x.tolist() == [0, 3] and y.tolist() == [1, 1e-9] and ignored == 3
    with pytest.raises(NotEnoughData, match="it needs 3 points; 2 of the 5 given") as caught:
        usable("it", 3, x=[0, 1, np.nan, np.nan, np.nan])
    assert isinstance(caught.value, MhoError)
    with pytest.raises(ValueError, match="one length"):
        usable("it", 1, x=[1, 2], y=[1])


@pytest.mark.parametrize(
    ("given", "at_least", "told"),
    [
        ([], 1, "it needs 1 point; none was given"),
        ([1.0], 2, "it needs 2 points; 1 was given"),
        ([1.0, 2.0], 3, "it needs 3 points; 2 were given"),
        (
            [1.0, np.nan],
            2,
            "it needs 2 points; 1 of the 2 given can be used: the others hold no finite number",
        ),
        (
            [1.0, -1.0],
            2,
            "it needs 2 points; 1 of the 2 given can be used: the others hold no finite number, "
            "or x is not above zero",
        ),
    ],
)
def test_too_few_points_are_told_with_what_was_given(given, at_least, told):
    positive = ("x",) if "above" in told else ()
    with pytest.raises(NotEnoughData) as caught:
        usable("it", at_least, positive=positive, x=given)
    assert str(caught.value) == told


def test_spread():
    result = spread([1.0, 2.0, 3.0, np.nan, 100.0])
    assert result.median.value == 2.5
    assert result.robust_deviation == pytest.approx(1.4826)  # blind to the outlier
    assert result.relative == pytest.approx(result.deviation.value / 26.5)
    assert (result.smallest, result.largest, result.points, result.ignored) == (1, 100, 4, 1)
    with pytest.raises(NotEnoughData, match="mean is zero"):
        spread([-1.0, 1.0])


def test_a_curve_through_mere_noise_is_refused():
    """At 1 %: of a hundred traces of noise hardly one passes, and a weak curve does."""
    x, refused = np.arange(40.0), []
    for seed in range(100):
        noise = np.random.default_rng(seed).normal(1.0, 0.01, 40)
        refused.append(attempt(lambda noise=noise: exponential_fit(x, noise))[1])
        assert exponential_fit(x, noise - 0.05 * np.exp(-x / 10)).points == 40
    assert sum(not reason for reason in refused) <= 6
    assert sum("scatter around one level" in reason for reason in refused) >= 30
