"""The mean motion of the Cu:Te memristor against its closed forms."""

import math
from typing import Any

import numpy as np
import pytest

from mho.sim_instruments.devices.cu_te_kinetics import CuTeKinetics, dragged
from mho.sim_instruments.devices.cu_te_parameters import CuTeParameters
from mho.sim_instruments.devices.elementwise import elementwise

NOMINAL = CuTeParameters(device_to_device=False)


@pytest.fixture
def kinetics() -> CuTeKinetics:
    return CuTeKinetics(NOMINAL, elementwise(1), np.random.default_rng(0))


def end_state(kinetics: CuTeKinetics, x: Any, voltage: Any, duration: float) -> Any:
    return x + np.sign(voltage) * kinetics.travel(x, voltage, duration)(voltage)


@pytest.mark.parametrize(
    ("start", "voltage"), [(1e-3, -0.6), (1e-3, -1.4), (50e-6, -1.3), (6e-6, 1.0), (6e-6, 1.7)]
)
def test_two_half_pulses_equal_one(kinetics: CuTeKinetics, start: float, voltage: float) -> None:
    x = math.log(start)
    whole = end_state(kinetics, x, voltage, 10e-3)
    halves = end_state(kinetics, end_state(kinetics, x, voltage, 5e-3), voltage, 5e-3)
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
    assert end_state(kinetics, x, -voltage, 50e-3) == pytest.approx(end, abs=1e-4)


@pytest.mark.parametrize(("sign", "slope"), [(-1, 0.025), (1, 0.030)])
def test_a_decade_of_width_is_worth_so_many_volts(
    kinetics: CuTeKinetics, sign: int, slope: float
) -> None:
    x = math.log(40e-6)
    higher = end_state(kinetics, x, sign * (1.6 + slope * math.log(10)), 10e-3)
    longer = end_state(kinetics, x, sign * 1.6, 100e-3)
    assert higher == pytest.approx(longer, abs=1e-12)


@pytest.mark.parametrize(
    ("voltage", "conductance"),
    [(-0.5, 200e-6), (-2.0, 5.7e-6), (-1.25, math.sqrt(200 * 5.7) * 1e-6)],
)
def test_a_reset_from_the_lrs_ends_on_the_published_line(
    kinetics: CuTeKinetics, voltage: float, conductance: float
) -> None:
    end = end_state(kinetics, math.log(1e-3), voltage, 50e-3)
    assert math.exp(end) == pytest.approx(conductance, rel=1e-5)


@pytest.mark.parametrize("voltage", [0.05, -0.05, 0.1, -0.1])
def test_a_read_of_either_sign_leaves_every_state(kinetics: CuTeKinetics, voltage: float) -> None:
    """Published: read at 50 mV. A million reads, and a hold of as long."""
    for conductance in (5.7e-6, 20e-6, 60e-6, 200e-6, 500e-6, 1e-3):
        x = math.log(conductance)
        assert end_state(kinetics, x, voltage, 1e4) == x


def test_the_threshold_is_where_it_says_and_has_no_step(kinetics: CuTeKinetics) -> None:
    x = math.log(1e-3)
    assert end_state(kinetics, x, -0.15, 1e4) == x
    just, above, far = (x - end_state(kinetics, x, -v, 1.0) for v in (0.1501, 0.16, 0.25))
    assert 0 < just < 0.02 * far and just < above < far


def test_through_a_yielding_circuit_one_pulse_is_many(kinetics: CuTeKinetics) -> None:
    """A load line that takes 20 mV from the device for each e-fold, against 20 000 small steps."""
    x, level, drop, steps = math.log(20e-6), 1.3, 0.02, 20_000
    start, many = x, x
    for _ in range(steps):
        many = end_state(kinetics, many, level - drop * (many - start), 10e-3 / steps)
    one = many
    for _ in range(50):  # the voltage at the end, by iteration
        voltage = level - drop * (one - start)
        feedback = kinetics.feedback(x, voltage, one - x, drop / voltage)
        one = x + dragged(kinetics.travel(x, level, 10e-3), feedback.drag)(voltage)
    assert many - x > 0.5
    assert one == pytest.approx(many, abs=2e-3)


def test_each_polarity_moves_one_way(kinetics: CuTeKinetics) -> None:
    for x in np.linspace(math.log(3e-6), math.log(1.2e-3), 20):
        for voltage in np.linspace(0.01, 2.5, 20):
            assert end_state(kinetics, x, voltage, 10e-3) >= x
            assert end_state(kinetics, x, -voltage, 10e-3) <= x


def test_arrays_and_floats_agree() -> None:
    many = CuTeKinetics(NOMINAL, elementwise(4), np.random.default_rng(0))
    one = CuTeKinetics(NOMINAL, elementwise(1), np.random.default_rng(0))
    x = np.log([1e-3, 50e-6, 6e-6, 50e-6])
    voltage = np.array([-0.7, -1.3, 1.5, 0.0])
    expected = [end_state(one, float(a), float(b), 3e-3) for a, b in zip(x, voltage, strict=True)]
    np.testing.assert_allclose(end_state(many, x, voltage, 3e-3), expected, rtol=1e-13)


def test_devices_differ_by_as_much_as_asked() -> None:
    many = CuTeKinetics(
        CuTeParameters(map_spread=0.0, slope_spread=0.0, lrs_spread=0.0),
        elementwise(20_000),
        np.random.default_rng(5),
    )
    x = np.full(20_000, math.log(1e-3))
    end = end_state(many, x, np.full(20_000, -1.2), 10e-3)
    volts_per_e_fold = (2.0 - 0.5) / math.log(200 / 5.7)
    assert end.std() * volts_per_e_fold == pytest.approx(0.06, rel=0.03)
