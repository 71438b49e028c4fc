"""The gate of a three-terminal cell: against differential equations, and cut anywhere."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mho.sim_instruments.devices.ecram_kinetics import Junction


def junction(**changed: float) -> Junction:
    """Leaves out what is not named: no swing, hard limits, hardly a leak."""
    usual = {
        "exchange": 1e-7, "largest": 1e-2, "slope": 0.4, "capacity": 3e-5, "middle": 0.0,
        "swing": 0.0, "softness_up": 0.0, "softness_down": 0.0, "retention": 1e9,
        "resting_state": 0.5,
    }  # fmt: skip
    return Junction(**{**usual, **changed})


JUNCTIONS = st.builds(
    junction,
    slope=st.floats(0.1, 1.0),
    swing=st.sampled_from([0.0, 0.05, 1.5]),
    middle=st.sampled_from([0.0, 0.3]),
    softness_up=st.sampled_from([0.0, 0.04, 0.5, 1.0]),
    softness_down=st.sampled_from([0.0, 0.1, 1.0]),
    retention=st.sampled_from([30.0, 1e9]),
)
STATES = st.floats(0.0, 1.0)
VOLTS = st.floats(-6.0, 6.0)
LIMITS = st.floats(-9.0, -2.0).map(lambda power: 10.0**power)
STEPS = 4000
"""Of the integration that the closed forms are held against."""
DURATIONS = st.floats(-7.0, 4.0).map(lambda power: 10.0**power)


@given(JUNCTIONS, STATES, VOLTS, LIMITS, DURATIONS, st.lists(st.floats(0.01, 0.99), max_size=9))
@settings(max_examples=400, deadline=None)
def test_time_may_be_cut_anywhere(
    gate: Junction, q: float, volts: float, limit: float, duration: float, cuts: list[float]
) -> None:
    whole, pieces = gate.driven(q, volts, limit, duration).state, q
    for start, end in pairwise([0.0, *sorted(cuts), 1.0]):
        pieces = gate.driven(pieces, volts, limit, (end - start) * duration).state
    assert 0.0 <= whole <= 1.0
    assert pieces == pytest.approx(whole, abs=1e-8)


@pytest.mark.parametrize("duration", [1e3, 2e3, 3e3, 5e3, 1e4])
def test_a_cell_that_comes_slowly_to_rest_may_be_cut_too(duration: float) -> None:
    """Where steps of time are longest: over a shallow slope of the potential, at 0 V."""
    gate = junction(slope=1.0, swing=0.05, softness_down=0.1)
    whole = gate.driven(0.75, 0.0, 0.01, duration).state
    half = gate.driven(0.75, 0.0, 0.01, duration / 2).state
    assert gate.driven(half, 0.0, 0.01, duration / 2).state == pytest.approx(whole, abs=5e-9)


@pytest.mark.parametrize("swing", [0.0, 1.5])
def test_one_piece_and_a_thousand(swing: float) -> None:
    gate = junction(swing=swing, softness_up=0.4, softness_down=0.7, retention=500.0)
    for volts, limit, duration in ((2.0, 1e-3, 0.9), (-2.0, 1e-6, 20.0), (0.0, 1e-3, 400.0)):
        whole = pieces = 0.35
        whole = gate.driven(whole, volts, limit, duration).state
        for _ in range(1000):
            pieces = gate.driven(pieces, volts, limit, duration / 1000).state
        assert abs(whole - 0.35) > 0.02 or (swing == volts == 0.0)
        assert pieces == pytest.approx(whole, abs=1e-8)


@pytest.mark.parametrize("soft", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("swing", [0.0, 0.4, 1.5])
@pytest.mark.parametrize(
    ("volts", "limit", "duration"),
    [
        (1.2, 1e-3, 5.0),
        (-0.9, 1e-3, 30.0),
        (0.0, 1e-3, 100.0),
        (3.0, 2e-6, 3.0),
        (2.0, 1e-6, 90.0),
        (1.2, 2e-7, 150.0),  # with a swing, the limit holds for the first minute or so only
        (-0.7, 3e-7, 60.0),
    ],
)
def test_it_solves_its_equation(
    soft: float, swing: float, volts: float, limit: float, duration: float
) -> None:
    gate = junction(swing=swing, softness_up=soft, softness_down=soft)

    def slope(q: float) -> float:
        over = volts - swing * (q - 0.5)
        current = max(-limit, min(limit, 1e-7 * math.sinh(over / 0.4)))
        return current / 3e-5 * (1.0 - math.copysign(soft, current) * (2.0 * q - 1.0))

    solved, step = 0.4, duration / STEPS
    for _ in range(STEPS):  # Runge-Kutta
        first = slope(solved)
        second = slope(solved + 0.5 * step * first)
        third = slope(solved + 0.5 * step * second)
        fourth = slope(solved + step * third)
        solved += step * (first + 2.0 * (second + third) + fourth) / 6.0
        solved = max(0.0, min(1.0, solved))
    assert gate.driven(0.4, volts, limit, duration).state == pytest.approx(solved, abs=1e-6)


def test_a_cell_comes_to_its_open_circuit_potential() -> None:
    gate = junction(swing=1.5, softness_up=0.3)
    end = gate.driven(0.1, 0.3, 1e-3, 1e9).state
    assert gate.potential(end) == pytest.approx(0.3, abs=1e-12)
    assert gate.current(end, 0.3) == pytest.approx(0.0, abs=1e-15)
    assert gate.driven(end, 0.3, 1e-3, 1e9).state == pytest.approx(end, abs=1e-12)


def test_charge_moves_the_state_by_its_part_of_the_capacity() -> None:
    """With hard limits: at 1 uA, 3 uC are a tenth of 30 uC."""
    for swing in (0.0, 1.5):
        gate = junction(swing=swing)
        assert gate.driven(0.2, 5.0, 1e-6, 3.0).state == pytest.approx(0.3, abs=1e-8)
        assert gate.driven(0.2, -5.0, 1e-6, 3.0).state == pytest.approx(0.1, abs=1e-8)


def test_an_open_gate_leaks_towards_its_resting_state() -> None:
    gate = junction(swing=1.5, retention=100.0, resting_state=0.3)
    assert gate.leaked(0.8, 100.0) == pytest.approx(0.3 + 0.5 * math.exp(-1.0))
    assert gate.leaked(gate.leaked(0.8, 40.0), 60.0) == pytest.approx(gate.leaked(0.8, 100.0))


@pytest.mark.parametrize("swing", [0.0, 1.5])
def test_a_hard_limit_is_reached_and_blocks_and_a_soft_one_is_not(swing: float) -> None:
    hard, soft = junction(swing=swing), junction(swing=swing, softness_up=1.0, softness_down=1.0)
    for volts, end in ((5.0, 1.0), (-5.0, 0.0)):
        assert hard.driven(0.5, volts, 1e-3, 1e3).state == end
        assert hard.current(end, volts) == 0.0
        assert hard.current(end, -volts) != 0.0
        steps = [0.5]
        for _ in range(3):
            steps.append(soft.driven(steps[-1], volts, 1e-5, 3.0).state)
        moves = np.abs(np.diff(steps))
        assert moves[1] / moves[0] == pytest.approx(math.exp(-2.0), rel=1e-6)
        assert moves[2] / moves[1] == pytest.approx(math.exp(-2.0), rel=1e-6)


def test_no_more_than_the_largest_current() -> None:
    gate = junction(largest=1e-6, swing=1.5)
    assert gate.driven(0.5, 6.0, 1e-3, 3.0).state == pytest.approx(0.6)
    gate = junction(largest=1e-6)
    assert gate.current(0.5, 6.0) == 1e-6
    assert gate.current(0.5, -1e6) == -1e-6
    assert gate.driven(0.5, 6.0, 1e-3, 3.0).state == pytest.approx(0.6)


def test_the_overpotential_is_the_inverse_of_the_current() -> None:
    gate = junction(swing=1.5)
    for volts in (-2.0, 0.1, 1.0):
        current = gate.current(0.7, volts)
        assert gate.potential(0.7) + gate.overpotential(current) == pytest.approx(volts)


@pytest.mark.parametrize("swing", [0.0, 1.5])
@pytest.mark.parametrize(
    ("volts", "limit", "duration"), [(4.0, 5e-5, 0.2), (1.0, 1e-7, 50.0), (0.4, 1e-3, 30.0)]
)
def test_a_deviation_is_drawn_to_the_end_as_two_cells_show(
    swing: float, volts: float, limit: float, duration: float
) -> None:
    """``left`` against the distance of two cells, ``motion`` against a thousand kicks."""
    gate = junction(swing=swing, softness_up=0.3, retention=500.0)
    whole, other = (gate.driven(q, volts, limit, duration) for q in (0.3, 0.3 + 1e-5))
    assert 0.3 < whole.state < 0.95
    assert (other.state - whole.state) / 1e-5 == pytest.approx(whole.left, rel=2e-3)
    at, pieces, motion = 0.3, 2000, 0.0
    for _ in range(pieces):
        piece = gate.driven(at, volts, limit, duration / pieces)
        motion = motion * piece.left**2 + abs(piece.state - at)
        at = piece.state
    assert whole.motion == pytest.approx(motion, rel=0.02)
