"""Presets of the Cu:Te memristor, and the curvature of its high-resistance state."""

import math
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from mho.sim_instruments.devices.cu_te import CU_TE
from mho.sim_instruments.devices.cu_te_memristor import CuTe
from mho.sim_instruments.devices.cu_te_parameters import PRESETS, CuTeParameters
from mho.stimuli import Drive

WIDTH = 10e-3


def _relative_deviation(preset: Any, conductance: float) -> float:
    """Median over devices of the RSD of 10 s of reads."""
    n = 60
    parameters = CuTeParameters(preset=preset, initial_conductance=conductance)
    device = CuTe(n, parameters, 3)
    reads = np.empty((500, n))
    for row in reads:
        device.rest(2 * WIDTH)
        row[:] = device.read(0.05)
    return float(np.median(reads.std(axis=0) / reads.mean(axis=0)))


def test_published_is_the_default() -> None:
    assert CuTeParameters(preset="published") == CuTeParameters()


def test_quiet_has_a_quarter_of_the_noise() -> None:
    quiet, published = (_relative_deviation(p, 50e-6) for p in ("quiet", "published"))
    assert quiet == pytest.approx(published / 4, rel=0.02)


@pytest.mark.parametrize(
    ("microsiemens", "percent"), [(7, 9.1), (71, 4.9), (129, 1.4), (184, 0.7), (253, 0.5)]
)
def test_harsh_follows_the_trend_of_public_records(microsiemens: float, percent: float) -> None:
    """One cell a level there, which a power law meets within a factor of 3."""
    found = _relative_deviation("harsh", microsiemens * 1e-6) * 100
    assert percent / 3 < found < percent * 3


def test_harsh_relaxes_as_much_as_public_records() -> None:
    """sd of G(t) - G(0) at 22 uS: 1.0, 1.7, 2.2, 2.5 uS after 0.01, 0.1, 1, 4 s (n about 2000)."""
    n = 2000
    parameters = CuTeParameters(preset="harsh", noise=False)
    device = CuTe(n, parameters, 5)
    device.pulse(np.full(n, 2.2), WIDTH)
    device.pulse(np.full(n, -1.48), WIDTH)
    start = device.conductance()
    assert np.median(start) == pytest.approx(22e-6, rel=0.1)
    spreads, switched = [], device._now
    for age in (0.01, 0.1, 1.0, 4.0):
        device.rest(age - device._now + switched)
        spreads.append((device.conductance() / start - 1).std() * 22)
    assert spreads == pytest.approx([1.0, 1.7, 2.2, 2.5], rel=0.2)


def test_what_is_given_wins_over_the_preset() -> None:
    parameters = CuTeParameters.model_validate({"preset": "harsh", "noise_level": "3 %"})
    assert parameters.noise_level == 0.03
    assert parameters.noise_exponent == PRESETS["harsh"]["noise_exponent"]
    assert parameters.relaxation_times == pytest.approx((3e-3, 0.01, 0.1, 1.0))


def test_the_shape_of_the_noise_is_that_of_the_preset_where_it_is_not_given() -> None:
    published, harsh = (
        CuTeParameters.model_validate({"preset": name, "noise_shape": {"traps": 5}}).noise_shape
        for name in ("published", "harsh")
    )
    assert (published.traps, published.trap_scatter, published.spread) == (5, 0.0, 0.05)
    assert (harsh.traps, harsh.trap_scatter, harsh.spread) == (5, 1.0, 0.25)


def test_presets_are_read_from_a_file() -> None:
    context = {"quoted_units": True}
    for preset in PRESETS:
        CuTeParameters.model_validate({"preset": preset}, context=context)
    with pytest.raises(ValidationError, match="published"):
        CuTeParameters.model_validate({"preset": "loud"}, context=context)


# -- curvature


def _device(conductance: float, nonlinearity: float, n: int = 1) -> CuTe:
    parameters = CuTeParameters(
        initial_conductance=conductance,
        nonlinearity=nonlinearity,
        device_to_device=False,
        noise=False,
    )
    return CuTe(n, parameters, 1)


@pytest.mark.parametrize("conductance", [5.7e-6, 50e-6, 1e-3])
def test_the_read_voltage_does_not_see_it(conductance: float) -> None:
    for voltage in (0.05, -0.05):
        curved, ohmic = (_device(conductance, alpha).read(voltage) for alpha in (0.6, 0.0))
        assert curved == ohmic


def test_the_lowest_state_bends_and_the_lrs_does_not() -> None:
    ratios = [_device(g, 0.6).read(2.0) / (2.0 * g) for g in (5.7e-6, 75.5e-6, 1e-3)]
    expected = [math.sinh(1.2) / 1.2, math.sinh(0.6) / 0.6, 1.0]
    assert ratios == pytest.approx(expected, rel=1e-3)


def test_many_devices_bend_alike() -> None:
    many = _device(8e-6, 0.6, n=3).read(np.array([0.0, -1.0, 2.0]))
    one = [_device(8e-6, 0.6).read(level) for level in (0.0, -1.0, 2.0)]
    np.testing.assert_allclose(many, one, rtol=1e-12)


def test_a_current_limit_finds_its_level_on_the_bent_curve() -> None:
    parameters = CuTeParameters(nonlinearity=0.6, noise=False, device_to_device=False)
    device = CU_TE.build(parameters, 1)
    limited = device.respond({"TE": Drive(-2.0, 10e-6)})["TE"]
    assert limited.in_compliance
    assert limited.current == -10e-6
    free = device.respond({"TE": Drive(limited.voltage, 1e-3)})["TE"]
    assert free.current == pytest.approx(-10e-6, rel=1e-6)
    assert not free.in_compliance
