"""Conduction mechanisms, two-segment slopes, and the transistor of a cell."""

from math import isinf, pi, sqrt

import numpy as np
import pytest
from interval_coverage import assert_coverage

from mho.merit.conduction import Film, conduction_fits
from mho.merit.log_slopes import log_slopes
from mho.merit.samples import NotEnoughData
from mho.merit.transistor import (
    channel_length_modulation,
    gain_factor,
    on_resistance,
)

Q, K, EPS0, H, ME = 1.602176634e-19, 1.380649e-23, 8.8541878128e-12, 6.62607015e-34, 9.1093837e-31
V = np.linspace(0.3, 2, 60)
FILM = Film(thickness=50e-9, temperature=320.0, effective_mass=0.3)


def by_name(v, i, **options):
    options.setdefault("window", (0.1, 3.0))
    return {fit.mechanism: fit for fit in conduction_fits(v, i, film=FILM, **options)}


def lowering(permittivity):
    return sqrt(Q**3 / (4 * pi * EPS0 * permittivity * 50e-9)) / (K * 320)


SLOPE_FN = -8 * pi / (3 * H) * sqrt(2 * 0.3 * ME) * (0.4 * Q) ** 1.5 * 50e-9 / Q
TRACES = {
    "Schottky": (320**2 * np.exp(lowering(5.5) * np.sqrt(V)), 5.5),
    "Poole-Frenkel": (V * np.exp(2 * lowering(5.5) * np.sqrt(V)), 5.5),
    "Fowler-Nordheim": (V**2 * np.exp((SLOPE_FN / V) - SLOPE_FN / 2), 0.4),
    "hopping": (np.exp(Q * 1.2e-9 * V / (2 * 50e-9 * K * 320)), 1.2e-9),
}


@pytest.mark.parametrize("name", TRACES)
def test_a_mechanism_gives_its_quantity_back(name):
    current, quantity = TRACES[name]

    def trial(rng):
        noisy = 1e-9 * current * np.exp(0.02 * rng.normal(size=60))
        return {name: (by_name(V, noisy)[name].physical, quantity)}

    assert_coverage(trial, seeds=100)
    clean = by_name(V, 1e-9 * current)
    assert max(clean.values(), key=lambda fit: fit.r2).mechanism == name
    assert clean[name].r2 == pytest.approx(1)


def test_power_laws_and_windows():
    fits = by_name(V, 3e-6 * V**2, window=(0.5, 1.0))
    assert fits["SCLC"].slope.value == pytest.approx(2) and fits["SCLC"].expected_slope == 2.0
    first, last = fits["SCLC"].window
    assert min(first, last) >= 0.5 and max(first, last) <= 1.0
    assert fits["ohmic"].expected_slope == 1.0 and fits["ohmic"].physical is None
    # I/V^2 is constant, so a Fowler-Nordheim line has no slope and no barrier.
    assert fits["Fowler-Nordheim"].slope.value == fits["Fowler-Nordheim"].r2 == 0.0
    assert fits["Fowler-Nordheim"].physical is None


def test_a_quantity_whose_slope_may_be_zero_is_open():
    current = 1e-6 * np.exp(0.05 * V + 0.3 * (-1) ** np.arange(60))
    fits = by_name(V, current)
    assert fits["hopping"].slope.low < 0 < fits["hopping"].slope.value
    assert fits["hopping"].physical.low == 0.0
    assert isinf(fits["Schottky"].physical.high)
    assert fits["Schottky"].physical.low <= fits["Schottky"].physical.value
    assert all(fit.physical is None for fit in conduction_fits(V, current, window=(0, 3)))


def test_points_without_a_logarithm_are_ignored():
    fits = by_name(np.append(V, [1.0, np.nan]), np.append(V, [-1.0, 1.0]))
    assert (fits["ohmic"].points, fits["ohmic"].ignored) == (60, 2)
    with pytest.raises(NotEnoughData, match="4 points"):
        by_name(V, V, window=(0.3, 0.35))
    with pytest.raises(NotEnoughData, match="constant"):
        by_name(V, np.ones(60))


def bent(v, at=0.5):
    return 1e-4 * np.where(v < at, (v / at) ** 1.07, (v / at) ** 2.19)


def test_two_slopes_of_the_published_high_resistance_state_cover():
    v = np.geomspace(0.05, 1.5, 60)

    def trial(rng):
        found = log_slopes(v, bent(v) * np.exp(0.03 * rng.normal(size=60)))
        return {
            "low": (found.low_slope, 1.07),
            "high": (found.high_slope, 2.19),
            "break": (found.break_voltage, 0.5),
        }

    assert_coverage(trial, seeds=200)


@pytest.mark.parametrize("sharpness", [3, 8])
def test_two_slopes_with_a_smooth_knee_cover(sharpness):
    """Straight segments would put the upper slope 3 to 13 % too low here."""
    v = np.linspace(0.02, 1.2, 60)
    smooth = 1e-4 * v**1.07 * (1 + (v / 0.5) ** sharpness) ** (1.12 / sharpness)

    def trial(rng):
        found = log_slopes(v, smooth * np.exp(0.005 * rng.normal(size=60)))
        return {
            "low": (found.low_slope, 1.07),
            "high": (found.high_slope, 2.19),
            "knee": (found.break_voltage, 0.5),
        }

    assert_coverage(trial, seeds=100, at_least=0.92, at_most=0.97)


def test_two_slopes_of_a_clean_curve():
    v = np.geomspace(0.05, 1.5, 37)
    found = log_slopes(np.append(v, -1)[::-1], np.append(bent(v, 0.42), 1)[::-1])
    assert found.low_slope.value == pytest.approx(1.07, abs=1e-4)
    assert found.high_slope.value == pytest.approx(2.19, abs=1e-4)
    assert found.break_voltage.value == pytest.approx(0.42, rel=1e-4)
    assert found.single_r2 < found.r2 and found.ignored == 1
    with pytest.raises(NotEnoughData, match="one slope"):
        log_slopes(v, v)
    with pytest.raises(NotEnoughData, match="different voltages"):
        log_slopes(np.repeat([1.0, 2.0], 5), np.arange(1, 11))


KP, VTH, RATIO, VDS = 57e-6, 0.7, 65.0, 0.1


def level_1(vg, vds):
    over = np.maximum(np.asarray(vg) - VTH, 0)
    low = np.minimum(vds, over)
    return KP * RATIO * (over - low / 2) * low


def test_on_resistance_and_output_slope_cover():
    small, large = np.linspace(-0.05, 0.05, 11), np.linspace(0, 5, 26)

    def trial(rng):
        ron = on_resistance(small, small / 120 + 2e-6 * rng.normal(size=11), up_to=0.05)
        current = 1e-2 * (1 + 0.02 * large) + 2e-5 * rng.normal(size=26)
        slope = channel_length_modulation(large, current, above=2.5)
        return {"Ron": (ron.resistance, 120), "lambda": (slope.modulation, 0.02)}

    assert_coverage(trial, seeds=200)
    with pytest.raises(NotEnoughData, match="2 different voltages"):
        on_resistance([0.0, 1.0], [0.0, 1.0], up_to=0.05)
    with pytest.raises(NotEnoughData, match="3 points from 4"):
        channel_length_modulation([1, 2, 5.0], [1, 2, 3.0], above=4.0)


def test_gain_factor_of_the_published_transistor():
    # Ron = 120 ohm at W/L = 65, VG = 3 V, VDS = 0.1 V, Vth = 0.7 V -> 57.0 uA/V^2
    alone = gain_factor([65], [120], gate=3, threshold=0.7, drain=0.1)
    assert alone.kp.value == pytest.approx(57.0e-6, rel=1e-3)
    assert isinf(alone.kp.high) and alone.r2 is None
    with pytest.raises(NotEnoughData, match="above 0"):
        gain_factor([65], [120], gate=0.7, threshold=0.7, drain=0.1)


def test_gain_factor_covers_with_and_without_series_resistance():
    ratio = np.array([5, 10, 30, 65, 130, 330.0])
    channel = 1 / (KP * ratio * 2.25)
    gate = {"gate": 3.0, "threshold": 0.7, "drain": 0.1}

    def trial(rng):
        noise = rng.normal(size=6)
        plain = gain_factor(ratio, 1 / (1 / channel + 2e-4 * noise), **gate)
        series = gain_factor(ratio, channel + 12 + 3 * noise, **gate, series=True)
        return {
            "kp": (plain.kp, KP),
            "kp beside a resistance": (series.kp, KP),
            "resistance": (series.series_resistance, 12),
        }

    assert_coverage(trial, seeds=200)
