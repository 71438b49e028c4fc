"""Electroforming of the Cu:Te memristor: each device its own voltage, and time counts."""

import math
from typing import Any

import numpy as np
import pytest

from mho.sim_instruments.devices.circuit import LimitedSource
from mho.sim_instruments.devices.cu_te_memristor import CuTe
from mho.sim_instruments.devices.cu_te_parameters import CuTeParameters
from mho.sim_instruments.devices.elementwise import elementwise

N = 2000


def _pristine(n: int = N, seed: int = 1, **changes: Any) -> CuTe:
    return CuTe(n, CuTeParameters(formed=False, **changes), seed)


def _ramp(device: CuTe, step: float, dwell: float) -> Any:
    """The voltage at which each device forms."""
    voltages = np.full(N, np.nan)
    for level in np.arange(step, 2.0 + step / 2, step):
        device.pulse(np.full(N, level), dwell)
        voltages = np.where(np.isnan(voltages) & device.formed, level, voltages)
    return voltages


def test_the_published_sweep_forms_every_device_below_2_v_into_the_lrs() -> None:
    device = _pristine()
    voltages = _ramp(device, 0.02, 0.02)
    assert not np.isnan(voltages).any()
    assert np.median(voltages) == pytest.approx(1.70, abs=0.02)
    assert 0.04 < voltages.std() < 0.09
    assert voltages.max() < 2.0
    assert 1 / np.median(device.conductance()) == pytest.approx(1000, rel=0.1)


def test_a_slower_ramp_forms_at_less() -> None:
    fast, slow = (np.median(_ramp(_pristine(), 0.02, dwell)) for dwell in (2e-3, 0.2))
    assert fast - slow == pytest.approx(0.06 * math.log(100), abs=0.04)


def test_devices_differ_in_their_voltage_and_in_their_dose() -> None:
    """sd of the voltage of a ramp: 30 mV and that of a Weibull dose of shape 1.5, in quadrature."""
    of_voltage = _ramp(_pristine(forming_shape=50.0), 0.005, 5e-3).std()
    of_dose = _ramp(_pristine(forming_spread=0.0), 0.005, 5e-3).std()
    assert of_voltage == pytest.approx(0.03, rel=0.1)
    assert of_dose == pytest.approx(0.06 * math.pi / math.sqrt(6) / 1.5, rel=0.1)


@pytest.mark.parametrize("width", [1e-6, 1e-3, 1.0])
def test_half_of_the_devices_form_in_one_pulse_where_the_law_says(width: float) -> None:
    device = _pristine()
    device.pulse(np.full(N, 1.7 + 0.06 * math.log(0.06 / width)), width)
    assert device.formed.mean() == pytest.approx(0.5, abs=0.04)


def test_doses_add_up() -> None:
    whole, pieces = _pristine(), _pristine()
    whole.pulse(np.full(N, 1.7), 50e-3)
    for _ in range(100):
        pieces.pulse(np.full(N, 1.7), 0.5e-3)
    assert 0.2 < whole.formed.mean() < 0.8
    np.testing.assert_array_equal(whole.formed, pieces.formed)


def test_growth_is_limited_by_the_current() -> None:
    n, limits = 200, (1e-4, 3e-4, 5e-3)
    medians = []
    for limit in limits:
        device = _pristine(n)
        source = LimitedSource(np.full(n, 2.4), limit, elementwise(n))
        for _ in range(4):
            device.pulse(source.level, 10e-3, source)
        assert device.formed.all()
        medians.append(float(np.median(device.conductance())))
    assert medians[0] < 0.6 * medians[1] < 0.4 * medians[2]
    assert medians[2] == pytest.approx(1e-3, rel=0.15)


def test_the_other_polarity_and_reads_form_nothing() -> None:
    device = _pristine(100)
    for level in (-2.4, 0.05, 0.1):
        device.pulse(np.full(100, level), 10.0)
    assert not device.formed.any()
    np.testing.assert_allclose(device.conductance(), 1e-9)


def test_without_variation_devices_form_alike() -> None:
    for level, formed in ((1.69, False), (1.71, True)):
        device = _pristine(1, device_to_device=False)
        device.pulse(level, 60e-3)
        assert device.formed is formed


def test_a_dose_is_part_of_the_state() -> None:
    """Taken in the middle of it, and gone on with on a device of another seed."""
    device, other = _pristine(100), _pristine(100, seed=2)
    device.pulse(np.full(100, 1.7), 30e-3)
    assert 5 < device.formed.sum() < 95
    other.restore(device.state())
    for each in (device, other):
        each.pulse(np.full(100, 1.72), 30e-3)
    np.testing.assert_array_equal(device.formed, other.formed)
    np.testing.assert_array_equal(device.conductance(), other.conductance())
