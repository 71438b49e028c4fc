"""STDP windows with their sign convention, and paired-pulse facilitation."""

import numpy as np
import pytest
from interval_coverage import assert_coverage

from mho.merit.paired_pulse import (
    double_facilitation_decay,
    facilitation_decay,
    paired_pulse_index,
)
from mho.merit.samples import NotEnoughData
from mho.merit.spike_timing import TimeOrder, in_order, spike_timing_window, weight_change

DT = np.concatenate([-np.geomspace(2e-5, 1e-3, 20)[::-1], np.geomspace(2e-5, 1e-3, 20)])


def window(dt):
    """Potentiation of 27 % for dt > 0 (0.32 ms), depression of 20 % for dt < 0 (0.25 ms)."""
    return np.where(dt > 0, 27 * np.exp(-np.abs(dt) / 3.2e-4), -20 * np.exp(-np.abs(dt) / 2.5e-4))


def test_window_covers():
    def trial(rng):
        change = window(DT) + 1.0 * rng.normal(size=len(DT))
        found = spike_timing_window(DT, change, order=TimeOrder.PRE_MINUS_POST)
        return {
            "A+": (found.a_plus, 27),
            "tau+": (found.tau_plus, 3.2e-4),
            "A-": (found.a_minus, 20),
            "tau-": (found.tau_minus, 2.5e-4),
        }

    assert_coverage(trial)


@pytest.mark.parametrize("scatter", [0.1, 0.3])
def test_window_covers_where_the_scatter_grows_with_the_change(scatter):
    """As memristors have it, beside 0.3 points of read noise."""

    def trial(rng):
        change = window(DT) * (1 + scatter * rng.normal(size=len(DT)))
        noisy = change + 0.3 * rng.normal(size=len(DT))
        found = spike_timing_window(DT, noisy, order=TimeOrder.PRE_MINUS_POST)
        return {
            "A+": (found.a_plus, 27),
            "tau+": (found.tau_plus, 3.2e-4),
            "A-": (found.a_minus, 20),
            "tau-": (found.tau_minus, 2.5e-4),
        }

    assert_coverage(trial, seeds=100, at_least=0.92, at_most=0.97)


def test_converting_the_result_equals_converting_the_data():
    rng = np.random.default_rng(0)
    change = window(DT) + rng.normal(size=len(DT))
    paper = spike_timing_window(DT, change, order=TimeOrder.PRE_MINUS_POST)
    usual_dt = in_order(DT, TimeOrder.PRE_MINUS_POST, TimeOrder.POST_MINUS_PRE)
    assert usual_dt.tolist() == (-DT).tolist()
    usual = spike_timing_window(usual_dt, change, order=TimeOrder.POST_MINUS_PRE)
    converted = paper.to(TimeOrder.POST_MINUS_PRE)
    for name in ("a_plus", "a_minus", "tau_plus", "tau_minus"):
        one, other = getattr(usual, name), getattr(converted, name)
        assert (one.value, one.low, one.high) == pytest.approx((other.value, other.low, other.high))
    # The paper potentiates when the postsynaptic spike comes first: in the usual order, dt > 0
    # depresses.
    assert converted.a_plus.value == pytest.approx(-20, abs=2)
    assert converted.order is TimeOrder.POST_MINUS_PRE
    assert converted.to(TimeOrder.PRE_MINUS_POST).a_plus == paper.a_plus
    assert paper.to(TimeOrder.PRE_MINUS_POST) is paper


def test_points_without_a_side():
    dt = np.append(DT, [0.0, np.nan])
    found = spike_timing_window(dt, np.append(window(DT), [3, 3]), order=TimeOrder.POST_MINUS_PRE)
    assert (found.points, found.ignored) == (40, 2)
    assert found.a_plus.value == pytest.approx(27)
    with pytest.raises(NotEnoughData, match="dt < 0"):
        spike_timing_window(DT[20:], window(DT[20:]), order=TimeOrder.POST_MINUS_PRE)


def test_weight_change():
    assert weight_change([1e-6, 2e-6], [1.5e-6, 1e-6]) == pytest.approx([50, -50])
    assert np.isnan(weight_change([0.0], [1.0]))[0]


def test_paired_pulse_index_in_both_definitions():
    assert paired_pulse_index([2.0, 0.0], [3.0, 1.0]) == pytest.approx([150, np.nan], nan_ok=True)
    assert paired_pulse_index([2.0], [3.0], definition="increase") == pytest.approx([50])


def test_facilitation_decay_covers():
    dt = np.geomspace(1e-3, 1, 25)

    def trial(rng):
        noise = 1.5 * rng.normal(size=25)
        ratio = facilitation_decay(dt, 100 + 50 * np.exp(-dt / 0.08) + noise)
        increase = facilitation_decay(dt, -50 * np.exp(-dt / 0.08) + noise, definition="increase")
        return {
            "C": (ratio.amplitude, 50),
            "tau": (ratio.constant, 0.08),
            "depression": (increase.amplitude, -50),
        }

    assert_coverage(trial)


def test_double_facilitation_decay():
    dt = np.geomspace(1e-3, 3, 30)
    index = 100 + 60 * np.exp(-dt / 0.03) + 30 * np.exp(-dt / 0.6)
    found = double_facilitation_decay(dt, index)
    assert (found.fast.value, found.slow.value) == pytest.approx((0.03, 0.6))
    assert found.level.value == 100
