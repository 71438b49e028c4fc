"""Lines of step sizes through few reads of few levels, as an ended or broken-off run has them."""

from collections import Counter

import numpy as np
import pytest

from mho.merit.samples import NotEnoughData
from mho.merit.step_lines import step_line


def test_any_trace_has_a_line_or_is_refused():
    """Numpy's warnings are errors here: a line through all points exactly, or one straight up."""
    chance, counted = np.random.default_rng(0), Counter()
    levels, shares = np.array([0.0, 1.0, 50.0, np.nan]) * 1e-6, (0.3, 0.4, 0.25, 0.05)
    for _ in range(600):
        traces = [
            chance.choice(levels, chance.integers(1, 9), p=shares)
            for _ in range(chance.integers(1, 4))
        ]
        try:
            found = step_line("the line", traces, int(chance.choice([1, -1])))
        except NotEnoughData:
            counted["refused"] += 1
        else:
            counted["a line"] += 1
            assert np.isfinite(found.values).all() and np.isfinite(found.covariance).all()
    assert counted["refused"] > 60 and counted["a line"] > 300


def test_steps_that_all_start_from_one_conductance_are_refused():
    with pytest.raises(NotEnoughData, match="all start from one"):
        step_line("the line", [[1e-6, 0.0], [1e-6, 2e-6], [1e-6, 3e-6], [1e-6, 5e-6]], 1)


def test_a_line_through_all_points_exactly_is_found():
    trace = [1e-6]
    for _ in range(9):
        trace.append(trace[-1] + 2e-6 - 0.1 * trace[-1])
    found = step_line("the line", [trace], 1)
    assert found.values == pytest.approx([2e-6, -0.1], rel=1e-6)
