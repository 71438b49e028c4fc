"""A law that has not the form of any other device: thresholds, power laws, windows."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from mho.sim_instruments.devices.elementwise import elementwise
from mho.sim_instruments.devices.threshold_power_law import (
    ThresholdPowerLaw,
    ThresholdPowerLawParameters,
)


def _made(n: int = 1, **given: Any) -> ThresholdPowerLaw:
    parameters = ThresholdPowerLawParameters(**given)
    ops = elementwise(n, arrays=n > 1)
    return ThresholdPowerLaw(parameters, ops, np.random.default_rng(1))


@pytest.mark.parametrize("level", [0.9, 1.4, -0.7, -1.5])
@pytest.mark.parametrize("power", [1.0, 2.5])
@pytest.mark.parametrize("window", [1.5, 3.0])
def test_it_is_the_solution_of_its_equation(level: float, power: float, window: float) -> None:
    law = _made(device_to_device=False, power=power, window=window)
    threshold, rate = (0.7, 3.0) if level > 0.0 else (0.6, 3.0)

    def speed(_: float, w: Any) -> Any:
        pace = rate / 10e-3 * (abs(level) / threshold - 1.0) ** power
        return pace * (1.0 - w) ** window if level > 0.0 else -pace * w**window

    whole = solve_ivp(speed, (0.0, 4e-3), [0.4], rtol=1e-10, atol=1e-12).y[0, -1]
    found = law.moved(0.4, law.dose(level, 4e-3), level > 0.0)
    assert found == pytest.approx(whole, abs=1e-8)
    assert abs(found - 0.4) > 1e-4


@given(
    position=st.floats(0.0, 1.0), level=st.floats(-3.0, 3.0), cuts=st.lists(st.floats(0.0, 1e-2))
)
def test_pieces_lead_where_the_whole_does(position: float, level: float, cuts: list[float]) -> None:
    law, at = _made(), position
    for width in cuts:
        at = law.moved(at, law.dose(level, width), level > 0.0)
    whole = law.moved(position, law.dose(level, sum(cuts)), level > 0.0)
    assert at == pytest.approx(whole, abs=1e-6)
    assert 0.0 <= at <= 1.0


@pytest.mark.parametrize("level", [0.0, 0.7, -0.6, 0.1])
def test_below_a_threshold_nothing_moves(level: float) -> None:
    law = _made(device_to_device=False)
    assert law.dose(level, 1e3) == 0.0
    assert law.moved(0.3, 0.0, True) == law.moved(0.3, 0.0, False) == 0.3


def test_its_clock_varies_as_told() -> None:
    law, generator = _made(20_000), np.random.default_rng(2)
    for dose in (0.004, 0.2, 3.0):
        clock = law.clock(np.full(20_000, dose), generator)
        assert clock.min() >= 0.0
        assert clock.mean() == pytest.approx(dose, rel=0.05)
        assert clock.var() == pytest.approx(0.01 * dose, rel=0.1)


def test_volts_do_not_count_exponentially_and_time_counts_in_proportion() -> None:
    law = _made(device_to_device=False)
    doses = [law.dose(0.7 * (1.0 + over), 10e-3) for over in (0.5, 1.0, 2.0)]
    assert doses == pytest.approx([3.0 / 8.0, 3.0, 24.0])
    assert law.dose(1.4, 30e-3) == pytest.approx(9.0)


def test_a_conductance_has_its_position() -> None:
    law = _made(400)
    at = law.position(np.full(400, 5e-5))
    np.testing.assert_allclose(law.conductance(at), 5e-5, rtol=1e-12)
    assert np.std(law.conductance(law.everywhere(1.0))) > 1e-5
