"""The mean motion of the alpha-Fe2O3 filament against its closed forms."""

import math
from typing import Any

import numpy as np
import pytest

from mho.sim_instruments.devices.alpha_fe2o3_kinetics import UNSTRESSED, AlphaFe2O3Kinetics
from mho.sim_instruments.devices.alpha_fe2o3_memristor import AlphaFe2O3
from mho.sim_instruments.devices.alpha_fe2o3_parameters import AlphaFe2O3Parameters
from mho.sim_instruments.devices.elementwise import elementwise

NOMINAL = AlphaFe2O3Parameters(device_to_device=False)
SILENT: dict[str, Any] = {
    "device_to_device": False,
    "cycle_to_cycle": False,
    "wear": False,
    "drift": False,
    "noise": False,
}
WIDTH = 150e-6


@pytest.fixture
def kinetics() -> AlphaFe2O3Kinetics:
    return AlphaFe2O3Kinetics(NOMINAL, elementwise(1), np.random.default_rng(0))


def test_it_solves_the_set_and_the_reset(kinetics: AlphaFe2O3Kinetics) -> None:
    """Against Euler steps of both rate equations."""
    steps, up, down = 20_000, 0.1, 0.6
    set_rate = 267 * math.exp((1.3 - 1) / 0.25)
    end = 1 / (1 + math.exp((1.17 - 1.3) / 0.15))
    reset_rate = 10 * math.exp((1.1 - (0.672 + 1.3 * 0.2)) / 0.1)
    for _ in range(steps):
        up += set_rate * (end - up) * 10 * WIDTH / steps
        down -= reset_rate * down * 10 * WIDTH / steps
    assert kinetics.after_set(0.1, 1.3, 10 * WIDTH) == pytest.approx(up, abs=1e-4)
    assert kinetics.after_reset(0.6, 1.1, 10 * WIDTH, 1.2) == pytest.approx(down, abs=1e-4)


def test_a_set_never_takes_away(kinetics: AlphaFe2O3Kinetics) -> None:
    assert kinetics.after_set(0.9, 1.0, 1.0) == 0.9


def test_the_stress_of_a_reference_pulse_is_its_voltage(kinetics: AlphaFe2O3Kinetics) -> None:
    assert kinetics.stress(UNSTRESSED, 1.3, WIDTH) == pytest.approx(1.3, abs=1e-12)
    longer = kinetics.stress(UNSTRESSED, 1.3, 10 * WIDTH)
    assert longer == pytest.approx(1.3 + 0.072 * math.log(10), abs=1e-12)


def test_any_voltage_can_be_computed(kinetics: AlphaFe2O3Kinetics) -> None:
    assert kinetics.after_set(0.0, 200.0, 1.0) == pytest.approx(1.0)
    assert kinetics.after_reset(1.0, 200.0, 1.0, 0.0) == 0.0
    assert kinetics.after_reset(0.5, 0.5, 1e-9, UNSTRESSED) == 0.0


@pytest.mark.parametrize("pieces", [2, 6, 100])
def test_a_pulse_cut_into_pieces_is_the_same_pulse(pieces: int) -> None:
    whole, cut = (AlphaFe2O3(1, AlphaFe2O3Parameters(**SILENT), 1) for _ in range(2))
    for level in (-1.3, 0.9, -0.9, 1.4):
        whole.pulse(level, 10 * WIDTH, 20e-3)
        for _ in range(pieces):
            cut.pulse(level, 10 * WIDTH / pieces, 20e-3)
        assert cut.filament == pytest.approx(whole.filament, abs=1e-12)
        assert cut._hardness == pytest.approx(whole._hardness, abs=1e-12)
        assert 0.001 < whole.filament < 0.9
        for device in (whole, cut):
            device.rest(1e-3)


def test_pieces_vary_as_much_as_the_whole() -> None:
    n = 20_000
    ends = []
    for pieces in (1, 6):
        jitter = {"cycle_to_cycle": True, "set_jitter": 0.0, "reset_jitter": 0.0}
        device = AlphaFe2O3(n, AlphaFe2O3Parameters(**{**SILENT, **jitter}), 2)
        for _ in range(pieces):
            device.pulse(np.full(n, -1.0), WIDTH / pieces, 20e-3)
        ends.append(device.filament)
    assert ends[1].mean() == pytest.approx(ends[0].mean(), rel=0.01)
    for end in ends:
        assert end.std() / end.mean() == pytest.approx(0.25, rel=0.05)


def test_hardness_starts_anew_with_each_pulse_and_after_each_rupture() -> None:
    device = AlphaFe2O3(1, AlphaFe2O3Parameters(**SILENT), 1)
    for _ in range(20):
        device.pulse(-1.2, WIDTH, 20e-3)
        device.rest(1e-3)
    assert device._hardness == pytest.approx(1.2)
    for _ in range(1000):
        device.pulse(1.4, WIDTH, 20e-3)
    assert device.filament < 0.03
    device.pulse(-0.9, WIDTH, 20e-3)
    assert device._hardness == pytest.approx(0.9)


def test_arrays_and_floats_agree() -> None:
    rng = np.random.default_rng(3)
    n = 40
    levels = rng.uniform(-1.8, 2.4, (12, n))
    limits = rng.choice([1e-4, 7e-3, 20e-3], (12, n))
    parameters = AlphaFe2O3Parameters(**SILENT)
    many = AlphaFe2O3(n, parameters, 1)
    one = [AlphaFe2O3(1, parameters, 1) for _ in range(n)]
    for level, limit in zip(levels, limits, strict=True):
        many.pulse(level, WIDTH, limit)
        for device, v, c in zip(one, level.tolist(), limit.tolist(), strict=True):
            device.pulse(v, WIDTH, c)
        expected = [device.conductance() for device in one]
        np.testing.assert_allclose(many.conductance(), expected, rtol=1e-7)
