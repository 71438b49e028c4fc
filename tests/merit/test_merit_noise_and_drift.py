"""Drift, retention, relative deviation and noise spectrum."""

from math import isinf

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from interval_coverage import assert_coverage

from mho.merit.drift import drift, log_time_relaxation
from mho.merit.noise_spectrum import noise_spectrum
from mho.merit.relative_deviation import deviation_law, relative_deviation
from mho.merit.retention import (
    activation,
    extrapolated_retention,
    relative_change,
    retention_time,
)
from mho.merit.samples import NotEnoughData

T = np.geomspace(0.1, 1e4, 40)


def test_drift_covers():
    def trial(rng):
        g = 6e-3 * (T / 10) ** -0.03 * np.exp(0.01 * rng.normal(size=40))
        law = drift(T, g, t0=10.0)
        return {"nu": (law.nu, 0.03), "initial": (law.initial, 6e-3)}

    assert_coverage(trial, seeds=200)


@settings(max_examples=20, deadline=None)
@given(st.floats(1e-3, 1e3), st.floats(1e-9, 1e2))
def test_nu_depends_neither_on_t0_nor_on_units(t0, scale):
    law = drift(T, scale * T**-0.1, t0=t0)
    assert law.nu.value == pytest.approx(0.1)
    assert law.initial.value == pytest.approx(scale * t0**-0.1)


def test_drift_ignores_what_has_no_logarithm():
    law = drift([0.0, 1, 10, 100, 1000], [5.0, 4, 2, -1, 1])
    assert (law.points, law.ignored) == (3, 2)
    with pytest.raises(NotEnoughData, match="3 points; 2 of the 3"):
        drift([0, 1, 2], [1, 1, 2])
    with pytest.raises(NotEnoughData, match="constant"):
        drift(T, np.ones(40))


def test_log_time_relaxation_covers():
    time = np.geomspace(0.01, 10, 7)

    def trial(rng):
        slopes = -0.01 + 0.05 * rng.normal(size=(20, 1))
        cells = 20e-6 * np.exp(slopes * np.log10(time))
        found = log_time_relaxation(time, cells)
        return {
            "mean": (found.mean_per_decade, -0.01),
            "sd": (found.deviation_per_decade, 0.05),
        }

    assert_coverage(trial, seeds=60)


def test_log_time_relaxation_tells_read_noise_apart():
    rng = np.random.default_rng(0)
    time = np.geomspace(0.01, 10, 13)
    noise_only = np.exp(0.02 * rng.normal(size=(500, 13)))
    noise_only[7] = np.nan
    found = log_time_relaxation(time, noise_only)
    assert (found.cells, found.ignored, found.decades) == (499, 13, pytest.approx(3))
    assert found.read_noise_per_decade == pytest.approx(found.deviation_per_decade.value, rel=0.1)
    with pytest.raises(NotEnoughData, match="two cells"):
        log_time_relaxation(time, noise_only[:1])


def test_relative_change_covers():
    def trial(rng):
        g = np.linspace(1, 0.9, 200) * 1e-4 * (1 + 0.01 * rng.normal(size=200))
        truth = np.mean(np.linspace(1, 0.9, 200)[-20:]) / np.mean(np.linspace(1, 0.9, 200)[:20])
        return {"change": (relative_change(np.arange(200), g).change, truth - 1)}

    assert_coverage(trial, seeds=300)
    assert relative_change([0, 1], [2.0, 1.0]).change.value == -0.5


def test_retention_time():
    found = retention_time([1, 10, 100, 1000], [10, 9.8, 8.9, 9.9], allowed_change=0.1)
    assert found.failed and (found.time.value, found.time.low) == (100, 10)
    kept = retention_time([1, 10, 100], [10, 10.5, 9.5], allowed_change=0.1)
    assert not kept.failed and kept.time.value == 100 and isinf(kept.time.high)


def test_extrapolated_retention_meets_the_law():
    law = drift(T, 1e-4 * T**-0.02)
    moment = extrapolated_retention(law, allowed_change=0.1)
    assert moment.value**-0.02 == pytest.approx(0.9)
    rising = extrapolated_retention(drift(T, 1e-4 * T**0.02), allowed_change=0.1)
    assert rising.value**0.02 == pytest.approx(1.1)
    rng = np.random.default_rng(0)
    flat = extrapolated_retention(drift(T, np.exp(0.01 * rng.normal(size=40))), allowed_change=0.1)
    assert isinf(flat.high) and flat.low <= flat.value
    with pytest.raises(NotEnoughData):
        extrapolated_retention(law, allowed_change=1.0)


def test_activation_energy_covers():
    kelvin = np.array([350, 375, 400, 425, 450.0])

    def trial(rng):
        t = 1e-9 * np.exp(1.1 / (8.617333262e-5 * kelvin)) * np.exp(0.1 * rng.normal(size=5))
        return {"Ea": (activation(kelvin, t).energy, 1.1)}

    assert_coverage(trial, seeds=300)


def test_relative_deviation_of_white_and_of_correlated_noise_covers():
    def trial(rng):
        white = 1 + 0.02 * rng.normal(size=100)
        slow = np.empty(400)
        slow[0] = rng.normal()
        kicks = rng.normal(size=400)
        for n in range(1, 400):
            slow[n] = 0.8 * slow[n - 1] + 0.6 * kicks[n]
        return {
            "white": (relative_deviation(1e-6 * white, interval=0.01).rsd, 0.02),
            "slow": (relative_deviation(-1 - 0.02 * slow, interval=0.01).rsd, 0.02),
        }

    assert_coverage(trial, seeds=200)


def test_detrending_only_when_said():
    i = np.linspace(1, 1.2, 50)
    assert relative_deviation(i, interval=0.1).rsd.value == pytest.approx(0.05412, rel=1e-3)
    flat = relative_deviation(i, interval=0.1, detrended=True)
    assert flat.rsd.value == pytest.approx(0, abs=1e-12)
    assert "trend removed" in flat.source and flat.duration == 5.0
    assert relative_deviation(np.ones(5), interval=1.0).rsd.value == 0.0
    with pytest.raises(NotEnoughData, match="mean current is zero"):
        relative_deviation([1, -1, 1, -1], interval=1.0)


def test_deviation_law_covers():
    g = np.geomspace(5.7e-6, 200e-6, 23)

    def trial(rng):
        rsd = 0.024 * (g / 55e-6) ** -0.4 * np.exp(0.1 * rng.normal(size=23))
        law = deviation_law(g, rsd, reference=55e-6)
        return {"rsd0": (law.rsd0, 0.024), "beta": (law.beta, 0.4)}

    assert_coverage(trial, seeds=200)


@pytest.mark.parametrize("exponent", [0.0, 1.0, 2.0])
def test_slope_of_a_spectrum(exponent):
    rng = np.random.default_rng(5)
    count = 1 << 14
    frequency = np.fft.rfftfreq(count, 1e-3)
    tones = (rng.normal(size=len(frequency)) + 1j * rng.normal(size=len(frequency))) * np.r_[
        0, frequency[1:] ** (-exponent / 2)
    ]
    current = 1e-6 + 1e-9 * np.fft.irfft(tones, count)
    found = noise_spectrum(current, interval=1e-3, segments=16)
    assert found.exponent.value == pytest.approx(exponent, abs=0.1)
    assert found.band[0] > 0 and found.band[1] < 500


def test_the_spectrum_integrates_to_the_variance():
    white = 3 * np.random.default_rng(6).normal(size=1 << 14)
    found = noise_spectrum(white, interval=0.5)
    width = found.frequency[1] - found.frequency[0]
    assert sum(found.density) * width == pytest.approx(9, rel=0.05)


def test_a_spectrum_needs_every_read():
    with pytest.raises(NotEnoughData, match="1 are missing"):
        noise_spectrum([np.nan] + [1.0] * 999, interval=1.0)
    with pytest.raises(NotEnoughData, match="16 reads"):
        noise_spectrum(np.arange(70.0), interval=1.0)
    with pytest.raises(NotEnoughData, match="constant"):
        noise_spectrum(np.ones(1000), interval=1.0)
    with pytest.raises(NotEnoughData, match="fewer than 3 frequencies"):
        noise_spectrum(np.arange(1000.0), interval=1.0, band=(2.0, 3.0))
