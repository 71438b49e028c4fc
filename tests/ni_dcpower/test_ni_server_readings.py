"""Readings: noise, resolution, calibration errors, and the same numbers from the same seed."""

import numpy as np
import pytest

from mho.sim_instruments.ni_dcpower.noise import REFERENCE_APERTURE, Meter
from mho.sim_instruments.ni_dcpower.specifications import CURRENT_RANGES, VOLTAGE_RANGES


def readings(aperture, *, seed=1, errors=False, current=5e-4, number=4000):
    meter = Meter(np.random.SeedSequence(seed), calibration_errors=errors)
    ranges = (VOLTAGE_RANGES[1], CURRENT_RANGES[3])
    return np.array([meter.read(0.5, current, ranges, aperture) for _ in range(number)])


def test_noise_is_that_of_the_data_sheet():
    voltage, current = readings(100.0).std(axis=0)
    assert voltage == pytest.approx(6e-6 / 6.6, rel=0.15)
    assert current == pytest.approx(2e-9 / 6.6, rel=0.1)


def test_noise_grows_with_the_root_of_a_shorter_aperture():
    _, current = readings(REFERENCE_APERTURE / 99).std(axis=0)
    assert current == pytest.approx(2e-9 / 6.6 * 10, rel=0.1)


def test_readings_come_in_steps_of_the_resolution():
    _, currents = readings(1e-3, number=50).T
    steps = currents / 100e-12  # 1e-7 of the range
    assert np.allclose(steps, np.round(steps), atol=1e-6)
    assert len(set(currents)) > 10


def test_no_calibration_error_unless_asked_for():
    assert readings(1.0).mean(axis=0) == pytest.approx([0.5, 5e-4], rel=1e-6)
    biased = readings(1.0, errors=True).mean(axis=0)
    assert abs(biased[1] - 5e-4) > 1e-9
    assert abs(biased[1] - 5e-4) < 0.0003 * 5e-4 + 60e-9


def test_the_same_seed_gives_the_same_readings(open_lab):
    def measured(seed):
        lab = open_lab(seed=seed)
        with lab.session() as smu:
            smu.voltage_level = 0.5
            with smu.initiate():
                return [smu.measure_multiple()[0][:2] for _ in range(5)]

    first = measured(3)
    assert measured(3) == first
    assert measured(4) != first


def test_modules_have_their_own_noise(lab):
    with lab.session("PXI1Slot4,PXI1Slot5") as both, both.initiate():
        first, second = both.measure_multiple()
    assert first.current != second.current
