"""The mean motion of the Cu:Te memristor against its closed forms."""

import math

import numpy as np
import pytest

from mho.sim_instruments.devices.cu_te_kinetics import CuTeKinetics
from mho.sim_instruments.devices.cu_te_parameters import CuTeParameters
from mho.sim_instruments.devices.elementwise import elementwise

NOMINAL = CuTeParameters(device_to_device=False)


@pytest.fixture
def kinetics() -> CuTeKinetics:
    return CuTeKinetics(NOMINAL, elementwise(1), np.random.default_rng(0))


@pytest.mark.parametrize(
    ("start", "voltage"), [(1e-3, -0.6), (1e-3, -1.4), (50e-6, -1.3), (6e-6, 1.0), (6e-6, 1.7)]
)
def test_two_half_pulses_equal_one(kinetics: CuTeKinetics, start: float, voltage: float) -> None:
    x = math.log(start)
    whole = kinetics.end_state(x, voltage, 10e-3)
    halves = kinetics.end_state(kinetics.end_state(x, voltage, 5e-3), voltage, 5e-3)
    assert abs(whole - x) > 0.05
    assert halves == pytest.approx(whole, abs=1e-12)


def test_it_solves_the_voltage_time_law(kinetics: CuTeKinetics) -> None:
    """Against Euler steps of ds/dt = (v/t_ref) exp((|V| - s)/v) on the reset map."""
    volts_per_e_fold = (2.0 - 0.5) / math.log(200 / 5.7)
    x, voltage, slope, steps = math.log(60e-6), 1.02, 0.025, 20_000
    stress = 0.5 + volts_per_e_fold * (math.log(200e-6) - x)
    for _ in range(steps):
        stress += slope * math.exp((voltage - stress) / slope) / steps
    end = math.log(200e-6) - (stress - 0.5) / volts_per_e_fold
    assert kinetics.end_state(x, -voltage, 10e-3) == pytest.approx(end, abs=1e-4)


@pytest.mark.parametrize(("sign", "slope"), [(-1, 0.025), (1, 0.030)])
def test_a_decade_of_width_is_worth_so_many_volts(
    kinetics: CuTeKinetics, sign: int, slope: float
) -> None:
    x = math.log(40e-6)
    higher = kinetics.end_state(x, sign * (1.6 + slope * math.log(10)), 10e-3)
    longer = kinetics.end_state(x, sign * 1.6, 100e-3)
    assert higher == pytest.approx(longer, abs=1e-12)


@pytest.mark.parametrize(
    ("voltage", "conductance"),
    [(-0.5, 200e-6), (-2.0, 5.7e-6), (-1.25, math.sqrt(200 * 5.7) * 1e-6)],
)
def test_a_reset_from_the_lrs_ends_on_the_published_line(
    kinetics: CuTeKinetics, voltage: float, conductance: float
) -> None:
    end = kinetics.end_state(math.log(1e-3), voltage, 10e-3)
    assert math.exp(end) == pytest.approx(conductance, rel=1e-5)


def test_the_set_limits_itself(kinetics: CuTeKinetics) -> None:
    assert math.exp(kinetics.end_state(math.log(6e-6), 2.4, 1.0)) == pytest.approx(1e-3)


def test_the_reset_has_a_floor(kinetics: CuTeKinetics) -> None:
    end = kinetics.end_state(math.log(6e-6), -5.0, 1.0)
    assert end == pytest.approx(math.log(5.7e-6) - 1.0)


def test_a_read_leaves_the_state(kinetics: CuTeKinetics) -> None:
    for conductance in (5.7e-6, 50e-6, 1e-3):
        x = math.log(conductance)
        assert abs(kinetics.end_state(x, 0.05, 10.0) - x) < 1e-6


def test_each_polarity_moves_one_way(kinetics: CuTeKinetics) -> None:
    for x in np.linspace(math.log(3e-6), math.log(1.2e-3), 20):
        for voltage in np.linspace(0.01, 2.5, 20):
            assert kinetics.end_state(x, voltage, 10e-3) >= x
            assert kinetics.end_state(x, -voltage, 10e-3) <= x


def test_arrays_and_floats_agree() -> None:
    many = CuTeKinetics(NOMINAL, elementwise(4), np.random.default_rng(0))
    one = CuTeKinetics(NOMINAL, elementwise(1), np.random.default_rng(0))
    x = np.log([1e-3, 50e-6, 6e-6, 50e-6])
    voltage = np.array([-0.7, -1.3, 1.5, 0.0])
    expected = [one.end_state(float(a), float(b), 3e-3) for a, b in zip(x, voltage, strict=True)]
    np.testing.assert_allclose(many.end_state(x, voltage, 3e-3), expected, rtol=1e-13)


def test_devices_differ_by_as_much_as_asked() -> None:
    many = CuTeKinetics(
        CuTeParameters(map_spread=0.0, slope_spread=0.0, lrs_spread=0.0),
        elementwise(20_000),
        np.random.default_rng(5),
    )
    x = np.full(20_000, math.log(1e-3))
    end = many.end_state(x, np.full(20_000, -1.2), 10e-3)
    volts_per_e_fold = (2.0 - 0.5) / math.log(200 / 5.7)
    assert end.std() * volts_per_e_fold == pytest.approx(0.06, rel=0.03)
