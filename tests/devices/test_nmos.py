"""The NMOS transistor against the published on-resistance and its own limits."""

import numpy as np
import pytest

from mho.sim_instruments.devices.elementwise import elementwise
from mho.sim_instruments.devices.nmos import Nmos, NmosParameters

ONE = elementwise(1)


@pytest.fixture
def nmos() -> Nmos:
    return Nmos(NmosParameters(), ONE)


@pytest.mark.parametrize(("ratio", "resistance"), [(65, 120), (330, 23.6)])
def test_on_resistance(ratio: float, resistance: float) -> None:
    nmos = Nmos(NmosParameters(width_over_length=ratio), ONE)
    assert 0.1 / nmos.channel_current(3.0, 0.0, 0.1) == pytest.approx(resistance, rel=0.005)


@pytest.mark.parametrize(
    ("gate", "microamperes"),
    [(0, 1e-6), (0.5, 0.0021), (1, 92), (1.5, 278), (2, 464), (3, 835), (4, 1206)],
)
def test_transfer_curve(nmos: Nmos, gate: float, microamperes: float) -> None:
    current = nmos.channel_current(gate, 0.0, 0.1) * 1e6
    assert current == pytest.approx(microamperes, rel=0.02)


@pytest.mark.parametrize(
    ("drain", "milliamperes"), [(0.5, 3.8), (1, 6.8), (1.5, 8.9), (2, 10.0), (3, 10.4), (4, 10.6)]
)
def test_output_curve(nmos: Nmos, drain: float, milliamperes: float) -> None:
    assert nmos.channel_current(3.0, 0.0, drain) * 1e3 == pytest.approx(milliamperes, rel=0.01)


def test_level_one_in_the_triode_region(nmos: Nmos) -> None:
    beta = 56.98e-6 * 65
    expected = beta * (3.0 - 0.7 - 0.1 / 2) * 0.1 * (1 + 0.02 * 0.1)
    assert nmos.channel_current(3.0, 0.0, 0.1) == pytest.approx(expected, rel=1e-6)


def test_source_and_drain_are_interchangeable(nmos: Nmos) -> None:
    forward = nmos.channel_current(2.0, 0.3, 1.1)
    assert nmos.channel_current(2.0, 1.1, 0.3) == pytest.approx(-forward, rel=1e-12)


@pytest.mark.parametrize("gate", [0.0, 0.7, 1.2, 3.0])
def test_on_conductance_is_the_slope_at_zero(nmos: Nmos, gate: float) -> None:
    slope = nmos.channel_current(gate, 0.0, 1e-6) / 1e-6
    assert nmos.on_conductance(gate) == pytest.approx(slope, rel=1e-3)


def test_the_body_diode_conducts_below_ground_only(nmos: Nmos) -> None:
    assert nmos.junction(0.0) == 0.0
    assert 0 < nmos.junction(3.0) < 1e-13
    assert nmos.junction(-0.3) > -1e-8
    assert nmos.junction(-0.7) < -1e-3
    assert nmos.junction(-100.0) < -1.0
    assert nmos.junction(nmos.lowest_node(2e-3)) == pytest.approx(-2e-3)


def test_arrays_and_floats_agree(nmos: Nmos) -> None:
    drain = np.array([-1.0, 0.0, 0.2, 3.0])
    many = Nmos(NmosParameters(), elementwise(4)).channel_current(3.0, 0.0, drain)
    one = [nmos.channel_current(3.0, 0.0, float(d)) for d in drain]
    np.testing.assert_allclose(many, one, rtol=1e-12)
