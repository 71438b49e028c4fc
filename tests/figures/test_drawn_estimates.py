"""Means with their intervals, and fits that the data do not support."""

from math import inf, nan

import numpy as np
import pandas as pd
import pytest

from mho.merit.estimate import Estimate, mean
from mho.protocols.drawn_estimates import across, means, of_mean, why_no_decay


def estimate(value, low, high):
    return Estimate(value=value, low=low, high=high)


KNOWN = estimate(0.02, 0.01, 0.05)


@pytest.mark.parametrize(
    ("amplitude", "constant", "said"),
    [
        (estimate(3.0, 1.0, 5.0), KNOWN, ""),
        (estimate(-3.0, -5.0, -1.0), KNOWN, ""),
        (estimate(3.0, -1.0, 7.0), KNOWN, "its amplitude is not told from 0 (R2 0.02)"),
        (estimate(3.0, -inf, inf), KNOWN, "its amplitude is not told from 0 (R2 0.02)"),
        (estimate(3.0, 1.0, inf), KNOWN, "its amplitude is not told from 0 (R2 0.02)"),
        (estimate(3.0, 1.0, 5.0), estimate(0.02, 1e-3, 0.2), "determine its constant (R2 0.02)"),
        (estimate(3.0, 1.0, 5.0), estimate(0.02, 0.01, inf), "determine its constant (R2 0.02)"),
        (estimate(3.0, 1.0, 5.0), estimate(0.02, 0.0, 0.05), "determine its constant (R2 0.02)"),
    ],
)
def test_a_decay_needs_an_amplitude_and_a_constant(amplitude, constant, said):
    reason = why_no_decay("the fit", amplitude, constant, 0.02)
    assert reason.endswith(said) and bool(reason) is bool(said)
    assert not reason or reason.startswith("the fit is not drawn: ")


def test_the_mean_of_three_has_an_interval_and_that_of_two_has_none():
    assert of_mean([1.0, 2.0, 4.0]) == mean(np.array([1.0, 2.0, 4.0]))
    assert of_mean([1.0, nan, 2.0]) == estimate(1.5, -inf, inf)
    assert np.isnan(of_mean([nan]).value)


def test_means_stand_at_their_abscissae_with_their_intervals():
    table = pd.DataFrame({"x": [2.0, 1.0, 1.0, 1.0, 2.0], "y": [5.0, 1.0, 2.0, 3.0, 7.0]})
    line = means(table, "x", "y", series=2, label="m")
    assert line.x == [1.0, 2.0] and line.y == [2.0, 6.0]
    assert line.low[0] < 2.0 < line.high[0] and line.high[1] == inf
    assert (line.series, line.label, line.style) == (2, "m", "points")


@pytest.mark.parametrize("high", [1.5, inf])
def test_a_value_goes_across_with_its_band_where_it_has_an_interval(high):
    line, bands = across(estimate(1.0, 0.5, high), (3.0, 4.0), label="v")
    assert line.y == [1.0, 1.0] and line.style == "dashed"
    assert [(band.low[0], band.high[1]) for band in bands] == ([(0.5, 1.5)] if high < inf else [])
