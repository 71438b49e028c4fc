"""The alpha-Fe2O3 film between its terminals: slopes, contact, ohms in series, limit."""

from typing import Any

import numpy as np
import pytest

from mho.sim_instruments.devices.alpha_fe2o3_conduction import Film, divider, rest_scale
from mho.sim_instruments.devices.alpha_fe2o3_memristor import AlphaFe2O3
from mho.sim_instruments.devices.alpha_fe2o3_parameters import AlphaFe2O3Parameters
from mho.sim_instruments.devices.elementwise import elementwise

NOMINAL = AlphaFe2O3Parameters()
SILENT: dict[str, Any] = {
    "device_to_device": False,
    "cycle_to_cycle": False,
    "wear": False,
    "drift": False,
    "noise": False,
}


def _current(u: float, filament: float, positive: bool, p: AlphaFe2O3Parameters = NOMINAL) -> float:
    """The law of the module text, written out."""
    bend = (1 + (u / p.transition) ** p.transition_sharpness) ** (
        (p.hrs_steep_slope - p.hrs_slope) / p.transition_sharpness
    )
    spread = p.rest_conductance * u * (u / 0.1) ** (p.hrs_slope - 1) * bend
    contact = 1 + u / p.contact_voltage if positive else 1.0
    return p.filament_conductance * filament * u / contact + spread


def _left(level: float, filament: float, limit: float = np.inf, ohms: float = 15.0) -> float:
    """What is left to the film, by halving."""
    low, high = 0.0, abs(level)
    for _ in range(80):
        u = 0.5 * (low + high)
        current = _current(u, filament, level > 0)
        low, high = (low, u) if u + ohms * current > abs(level) or current > limit else (u, high)
    return low


@pytest.mark.parametrize("filament", [0.0, 0.1, 0.5, 1.0])
@pytest.mark.parametrize("level", [-1.8, -1.0, -0.1, 0.1, 1.0, 2.3])
def test_the_electrode_takes_its_share(level: float, filament: float) -> None:
    device = AlphaFe2O3(1, AlphaFe2O3Parameters(**SILENT, initial_filament=filament), 1)
    u = _left(level, filament)
    current = _current(u, filament, level > 0)
    assert abs(level * device.conductance(level)) == pytest.approx(current, rel=1e-5)
    assert abs(level) - u == pytest.approx(15.0 * current, rel=1e-6)
    film = Film(NOMINAL, elementwise(1), NOMINAL.filament_conductance, rest_scale(NOMINAL))
    assert divider(film, level, 1.0).across(filament) == pytest.approx(u, rel=2e-4)


@pytest.mark.parametrize("limit", [1e-6, 1e-4, 1e-3, 3e-3])
@pytest.mark.parametrize("level", [-1.6, 2.1])
def test_a_limited_source_leaves_what_drives_its_limit(level: float, limit: float) -> None:
    film = Film(NOMINAL, elementwise(1), NOMINAL.filament_conductance, rest_scale(NOMINAL))
    source = divider(film, level, limit)
    for filament in (0.0, 0.2, 1.0):
        assert source.across(filament) == pytest.approx(_left(level, filament, limit), rel=2e-4)


def test_of_many_devices_each_has_its_own_limit() -> None:
    rng = np.random.default_rng(1)
    n = 200
    level, filament = rng.uniform(-2.0, 2.3, n), rng.uniform(0, 1, n)
    limit = 10 ** rng.uniform(-5, -2, n)
    ones = np.ones(n)
    film = Film(
        NOMINAL, elementwise(n), NOMINAL.filament_conductance * ones, rest_scale(NOMINAL) * ones
    )
    source = divider(film, level, limit)
    expected = [_left(*each) for each in zip(level, filament, limit, strict=True)]
    assert 40 < np.sum(np.array(expected) < 0.9 * abs(level)) < 180
    np.testing.assert_allclose(source.across(filament), expected, rtol=3e-4)
    chosen = np.flatnonzero(level > 0)
    np.testing.assert_array_equal(
        source.chosen(chosen).across(filament[chosen]), source.across(filament)[chosen]
    )


@pytest.mark.parametrize(
    ("filament", "low", "high", "slope"),
    [(0.0, 0.02, 0.3, 1.07), (0.0, 0.9, 1.6, 2.19), (1.0, 0.02, 1.2, 1.06)],
)
@pytest.mark.parametrize("sign", [-1, 1])
def test_published_slopes(
    filament: float, low: float, high: float, slope: float, sign: int
) -> None:
    """Of ln I over ln V; that of the LRS (Ag negative) is not put in but comes out."""
    device = AlphaFe2O3(1, AlphaFe2O3Parameters(**SILENT, initial_filament=filament), 1)
    levels = np.geomspace(low, high, 30)
    currents = [level * device.conductance(sign * level) for level in levels]
    found = np.polyfit(np.log(levels), np.log(currents), 1)[0]
    assert found == pytest.approx(slope, rel=0.05 if filament == 0.0 or sign < 0 else 0.15)


def test_the_filament_alone_rectifies() -> None:
    """What keeps +2.1 V at 8 mW; how much is assumed, and fitted to that."""
    for filament, low, high in ((0.0, 0.999, 1.001), (1.0, 1.3, 1.6)):
        device = AlphaFe2O3(1, AlphaFe2O3Parameters(**SILENT, initial_filament=filament), 1)
        assert low < device.conductance(-2.1) / device.conductance(2.1) < high


def test_any_voltage_can_be_computed() -> None:
    device = AlphaFe2O3(1, AlphaFe2O3Parameters(**SILENT, initial_filament=0.5), 1)
    for level in (-200.0, -1e-12, 0.0, 1e-12, 200.0):
        assert 0 < device.conductance(level) < 0.1
