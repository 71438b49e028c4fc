"""NeuroSim, alpha-power, Querlioz and residual nonlinearity; exponential fits."""

from math import inf, isinf

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from interval_coverage import assert_coverage

from mho.merit.alpha_power import alpha_power_fit
from mho.merit.exponential import double_exponential_fit, exponential_fit
from mho.merit.nonlinearity import (
    LARGEST_LABEL,
    neurosim_a,
    neurosim_fit,
    neurosim_label,
    residual_nonlinearity,
)
from mho.merit.querlioz import querlioz_fit
from mho.merit.samples import NotEnoughData

N = 60
X = np.arange(N + 1) / N


def rise(a):
    """Normalised NeuroSim potentiation of normalised A, written out as in its paper."""
    return (1 - np.exp(-X / a)) / (1 - np.exp(-1 / a))


@pytest.mark.parametrize(
    ("a", "label"), [(126.268958, 0.0100), (2.519877, 0.5000), (0.022810, 9.0000)]
)
def test_public_table(a, label):
    assert round(neurosim_label(a), 4) == label
    assert round(neurosim_label(-a), 4) == -label
    assert neurosim_a(label) == pytest.approx(a, rel=2e-3)


def test_label_is_the_largest_distance_from_the_chord():
    for a in (0.01, 0.3, 1.0, 40.0):
        x = np.linspace(0, 1, 100_001)
        f = (1 - np.exp(-x / a)) / (1 - np.exp(-1 / a))
        assert neurosim_label(a) == pytest.approx(np.max(f - x) / (0.07 * 2**0.5), rel=1e-6)


@given(st.floats(-10.09, 10.09))
def test_label_and_a_are_inverse(label):
    assert neurosim_label(neurosim_a(label)) == pytest.approx(label, abs=1e-9)


def test_ends_of_the_label():
    assert neurosim_a(0) == inf and neurosim_label(inf) == 0
    assert neurosim_label(0) == LARGEST_LABEL == pytest.approx(10.1015, abs=1e-4)
    assert neurosim_label(1e9) == pytest.approx(1 / 8e9 / (0.07 * 2**0.5))
    with pytest.raises(ValueError, match="lies within"):
        neurosim_a(10.2)


def test_neurosim_fit_covers_on_both_branches():
    a = neurosim_a(2.4)
    up = 5e-6 + 40e-6 * rise(a)
    down = 45e-6 - 40e-6 * rise(neurosim_a(4.88))  # falls fast first

    def trial(rng):
        noise = 4e-7 * rng.normal(size=(2, N + 1))
        p = neurosim_fit(up + noise[0], branch="potentiation")
        d = neurosim_fit(down + noise[1], branch="depression")
        return {
            "label": (p.label, 2.4),
            "a in pulses": (p.a_pulses, a * N),
            "lowest": (p.lowest, 5e-6),
            "highest": (p.highest, 45e-6),
            "depression": (d.label, -4.88),
        }

    assert_coverage(trial)


def test_slow_start_has_the_other_sign():
    convex = 1e-6 * (1 + rise(-0.4))
    assert neurosim_fit(convex, branch="potentiation").label.value == pytest.approx(
        -neurosim_label(0.4)
    )
    falls_slow_first = 3e-6 - convex
    fit = neurosim_fit(falls_slow_first, branch="depression")
    assert fit.label.value == pytest.approx(neurosim_label(0.4))


def test_a_straight_trace_leaves_a_open():
    rng = np.random.default_rng(4)
    fit = neurosim_fit(X + 0.02 * rng.normal(size=N + 1), branch="potentiation")
    assert fit.label.covers(0)
    assert isinf(fit.a_pulses.low) and isinf(fit.a_pulses.high)


@settings(max_examples=15, deadline=None)
@given(
    scale=st.floats(1e-9, 1e3),
    offset=st.floats(0, 5),
    label=st.floats(-8, 8),
    width=st.integers(1, 7),
)
def test_scale_offset_and_spacing_do_not_change_the_label(scale, offset, label, width):
    a = neurosim_a(label)
    trace = X if abs(a) > 1e6 else rise(a)
    fit = neurosim_fit(
        scale * (trace + offset), branch="potentiation", pulses=width * np.arange(N + 1)
    )
    assert fit.label.value == pytest.approx(label, abs=1e-5)
    assert fit.r2 == pytest.approx(1)


def test_missing_reads_are_counted_and_change_nothing():
    trace = rise(0.5)
    trace[[3, 17]] = np.nan
    fit = neurosim_fit(trace, branch="potentiation")
    assert (fit.points, fit.ignored) == (N - 1, 2)
    assert fit.label.value == pytest.approx(neurosim_label(0.5))


def test_alpha_power_covers_on_both_branches():
    def power(alpha, low, high):
        return ((high**alpha - low**alpha) * X + low**alpha) ** (1 / alpha)

    def trial(rng):
        noise = 0.05 * rng.normal(size=(2, N + 1))
        up = alpha_power_fit(power(1.8, 1, 5) + noise[0], branch="potentiation")
        down = alpha_power_fit(power(0.6, 1, 5)[::-1] + noise[1], branch="depression")
        return {"up": (up.alpha, 1.8), "down": (down.alpha, 0.6), "low": (up.lowest, 1.0)}

    assert_coverage(trial)


def test_alpha_of_linear_and_geometric_traces():
    assert alpha_power_fit(1 + X, branch="potentiation").alpha.value == pytest.approx(1)
    geometric = alpha_power_fit(1e-6 * 9**X, branch="potentiation")
    assert geometric.alpha.value == pytest.approx(0, abs=1e-6)


def test_querlioz_covers():
    beta, pulses = 3.0, np.arange(N + 1)
    first = (np.exp(beta) - 1) / (beta * N)

    def trial(rng):
        g = 2 + np.log(1 + beta * first * pulses) / beta
        up = querlioz_fit(g + 0.01 * rng.normal(size=N + 1), branch="potentiation")
        down = querlioz_fit(5 - g + 0.01 * rng.normal(size=N + 1), branch="depression")
        return {
            "beta": (up.beta, beta),
            "first step": (up.first_step, first),
            "down": (down.beta, beta),
        }

    assert_coverage(trial)


def test_querlioz_recovers_the_step_by_step_law():
    g, trace = 0.0, [0.0]
    beta, alpha = 2.0, 0.002
    for _ in range(1000):
        g += alpha * np.exp(-beta * g)
        trace.append(g)
    fit = querlioz_fit(trace, branch="potentiation")
    travelled = trace[-1]  # the fit measures f in parts of the range that the trace covers
    assert fit.beta.value == pytest.approx(beta * travelled, rel=2e-3)
    assert fit.first_step.value == pytest.approx(alpha, rel=5e-3)


def test_residual_nonlinearity():
    found = residual_nonlinearity(rise(0.5))
    assert found.value == pytest.approx(neurosim_label(0.5) * 0.07 * 2**0.5, abs=1e-4)
    x_star = -0.5 * np.log(0.5 * (1 - np.exp(-2)))
    assert found.pulse == pytest.approx(x_star * N, abs=0.5)
    assert residual_nonlinearity(7 - 3 * rise(0.5)).value == pytest.approx(found.value)


@pytest.mark.parametrize("fit", [neurosim_fit, alpha_power_fit, querlioz_fit])
def test_a_trace_that_runs_against_its_branch_is_refused(fit):
    for branch, trace in (("potentiation", 3 - rise(0.5)), ("depression", 1 + rise(0.5))):
        with pytest.raises(NotEnoughData, match="other way"):
            fit(trace, branch=branch)
    with pytest.raises(NotEnoughData, match="constant"):
        fit(np.full(20, 1e-6), branch="potentiation")
    with pytest.raises(NotEnoughData, match="5 points; 3 of the 4"):
        fit([1, 2, np.nan, 3], branch="potentiation")
    with pytest.raises(ValueError, match="increase"):
        fit(np.arange(1, 8), branch="potentiation", pulses=[0, 1, 2, 2, 3, 4, 5])


def test_exponential_fit_covers():
    n = np.arange(80.0)

    def trial(rng):
        y = 1.8e-3 - 1.2e-3 * np.exp(-(n + 2) / 25) + 2e-5 * rng.normal(size=80)
        fit = exponential_fit(n + 2, y)
        return {
            "level": (fit.level, 1.8e-3),
            "amplitude": (fit.amplitude, -1.2e-3),
            "constant": (fit.constant, 25),
        }

    assert_coverage(trial)


def test_double_exponential_fit_covers():
    x = np.geomspace(1e-3, 3, 60)

    def trial(rng):
        y = 100 + 60 * np.exp(-x / 0.03) + 30 * np.exp(-x / 0.6) + rng.normal(size=60)
        fit = double_exponential_fit(x, y)
        return {
            "fast": (fit.fast, 0.03),
            "slow": (fit.slow, 0.6),
            "a": (fit.fast_amplitude, 60),
            "b": (fit.slow_amplitude, 30),
        }

    assert_coverage(trial, seeds=60)


def test_exponentials_that_the_data_do_not_show():
    x = np.linspace(0, 1, 20)
    with pytest.raises(NotEnoughData):
        exponential_fit(x, x)  # straight: any long constant
    with pytest.raises(NotEnoughData):
        double_exponential_fit(x, np.exp(-x / 0.2), level=0.0)
    with pytest.raises(NotEnoughData, match="constant"):
        exponential_fit(x, np.ones(20))
    assert exponential_fit(x, 2 * np.exp(-x / 0.2), level=0.0).level.high == 0.0


def test_alpha_of_noise_about_nothing_is_a_result_or_a_refusal():
    """Reads of an open circuit: no overflow, no warning."""
    for seed in range(100, 120):
        noise = 1e-12 * np.abs(np.random.default_rng(seed).normal(size=40))
        for branch in ("potentiation", "depression"):
            try:
                assert alpha_power_fit(noise, branch=branch).points == 40
            except NotEnoughData:
                continue
