"""Staircases: levels, branches and the stretches of one polarity."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from mho.protocols.staircase import Corners, Direction, count, staircase, stretches

volts = st.integers(-300, 300).map(lambda n: n / 100)


def test_every_corner_is_met_and_the_last_step_may_be_short():
    assert [s.level for s in staircase((0, 0.25, 0), 0.1)] == [0, 0.1, 0.2, 0.25, 0.15, 0.05, 0]


def test_branches_count_the_ways_and_directions_tell_out_from_back():
    steps = list(staircase((0, 0.2, 0, -0.1), 0.1))
    assert [s.branch for s in steps] == [0, 0, 0, 1, 1, 2]
    out, back = Direction.OUT, Direction.BACK
    assert [s.direction for s in steps] == [out, out, out, back, back, out]


def test_a_step_across_zero_leads_out():
    steps = list(staircase((0.15, -0.15), 0.1))
    assert [s.level for s in steps] == pytest.approx([0.15, 0.05, -0.05, -0.15])
    assert steps[2].direction is Direction.OUT


def test_stretches_end_at_zero_and_the_first_zero_opens_the_first():
    first, second, third = stretches((0, 0.2, 0, -0.1, 0, 0.1), 0.1)
    assert first.levels == (0, 0.1, 0.2, 0.1, 0)
    assert second.levels == (-0.1, 0)
    assert third.levels == (0.1,)
    assert [first.sign, second.sign, third.sign] == [1, -1, 1]


def test_many_small_steps_do_not_gain_one_by_rounding():
    assert len(list(staircase((0, 2), 0.01))) == 201


@pytest.mark.parametrize("corners", [("0 V",), ("0 V", "1 V", "1 V"), ()])
def test_corners_that_lead_nowhere_are_refused(corners):
    with pytest.raises(ValidationError, match="corner"):
        TypeAdapter(Corners).validate_python(corners)


@given(st.lists(volts, min_size=2, max_size=6), st.integers(1, 100).map(lambda n: n / 100))
def test_stretches_are_the_staircase_in_pieces_of_one_polarity(corners, step):
    corners = [a for n, a in enumerate(corners) if n == 0 or a != corners[n - 1]]
    if len(corners) < 2:
        return
    steps = list(staircase(corners, step))
    assert len(steps) <= count(corners, step)
    pieces = stretches(corners, step)
    assert [s for piece in pieces for s in piece.steps] == steps
    for piece in pieces:
        assert piece.sign in (1, -1) and piece.levels
        assert all(level * piece.sign >= 0 for level in piece.levels)
    for one, other in pairwise(steps):
        assert 0 < abs(other.level - one.level) <= step * (1 + 1e-6)
    assert max(s.level for s in steps) == max(corners)
    assert min(s.level for s in steps) == min(corners)
