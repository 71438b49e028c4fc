"""What settles in a Cu:Te memristor: pools and freshness, however the motion was cut."""

import math

import numpy as np
import pytest

from mho.sim_instruments.devices.cu_te_parameters import CuTeParameters
from mho.sim_instruments.devices.cu_te_settling import Settling
from mho.sim_instruments.devices.elementwise import elementwise

PARAMETERS = CuTeParameters(relaxation_spread=0.0)


def _settling() -> tuple[Settling, np.random.Generator]:
    return Settling(PARAMETERS, elementwise(1)), np.random.default_rng(0)


def test_a_small_step_freshens_a_settled_state_only_a_little() -> None:
    settling, generator = _settling()
    settling.move(-3.0, True, generator, 0.5, 1.0)
    assert settling.excess(1.0) == pytest.approx(1.8)
    assert settling.excess(4.0) == pytest.approx(1.8 / math.e)
    settling.move(-0.001, True, generator, 61.0, 61.0)
    assert settling.excess(61.0) == pytest.approx(1.8 * (1.0 - math.exp(-0.001 / 0.015)), rel=1e-6)


def test_steps_add_up_and_nothing_settles_meanwhile() -> None:
    whole, pieces = _settling(), _settling()
    whole[0].move(-0.03, True, whole[1], 1.7, 2.0)
    for number in range(30):
        pieces[0].move(-0.001, True, pieces[1], 1.7 + number / 100, 1.71 + number / 100)
    for now in (2.0, 2.5, 30.0):
        assert pieces[0].excess(now) == pytest.approx(whole[0].excess(now))
        assert pieces[0].relaxing(now) == pytest.approx(whole[0].relaxing(now))
    assert whole[0].relaxing(2.0) == pytest.approx(-4 * 0.002 * 0.03)
