"""Lines of step sizes through few reads of few levels, as an ended or broken-off run has them."""

from collections import Counter

import numpy as np
import pytest

from mho.merit.samples import NotEnoughData
from mho.merit.step_lines import StepLine, step_line


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


@pytest.mark.parametrize(("read", "step"), [(0.003, 0.0), (0.002, 0.3), (0.0, 0.3)])
def test_the_error_of_the_line_is_what_it_scatters_by(read, step):
    """Of steps at a quarter, half and three quarters of soft bounds, from four traces each.

    One that takes noise of the reads for scatter of the steps is three to six times as large.
    """
    rng, places = np.random.default_rng(31), np.array([[1, 0.25], [1, 0.5], [1, 0.75]])
    found, claimed, noise = [], [], []
    for _ in range(60):
        traces = np.zeros((4, 61))
        for n in range(60):
            size = 0.05 * (1 - traces[:, n]) * (1 + step * rng.normal(size=4))
            traces[:, n + 1] = traces[:, n] + size
        line = step_line("the line", list(traces + read * rng.normal(size=(4, 61))), 1, (0.1, 0.9))
        found.append(places @ line.values)
        claimed.append(np.sqrt(np.diag(places @ line.covariance[:2, :2] @ places.T)))
        noise.append(line.read_deviation)
    scatter, error = np.std(found, axis=0), np.mean(claimed, axis=0)
    assert np.mean(found, axis=0) == pytest.approx(0.05 * (1 - places[:, 1]), rel=0.02)
    assert np.all((error / scatter > 0.75) & (error / scatter < 1.6)), error / scatter
    assert np.mean(noise) == pytest.approx(read, abs=0.0012)


def test_larger_steps_also_lead_further():
    """The line's middle and the mean end of four traces, of steps that scatter by 30 %."""
    rng, found, claimed = np.random.default_rng(32), [], []
    for _ in range(50):
        traces = np.zeros((4, 31))
        for n in range(30):
            size = 0.05 * (1 - traces[:, n]) * (1 + 0.3 * rng.normal(size=4))
            traces[:, n + 1] = traces[:, n] + size
        line = step_line("the line", list(traces + 0.002 * rng.normal(size=(4, 31))), 1)
        found.append([line.values @ (1, 0.4), np.mean(traces[:, -1])])
        middle = np.array([[1, 0.4, 0], [0, 0, 1]])
        claimed.append(middle @ line.covariance @ middle.T)
    scatter, claim = np.cov(np.transpose(found)), np.mean(claimed, axis=0)
    assert np.sqrt(np.diag(claim) / np.diag(scatter)) == pytest.approx([1, 1], abs=0.25)
    told, true = (both[0, 1] / np.sqrt(both[0, 0] * both[1, 1]) for both in (claim, scatter))
    assert true > 0.5 and told == pytest.approx(true, abs=0.25)


def test_drawn_lines_have_the_covariance():
    """Of few steps, where it is not known what reads scatter and what steps do."""
    rng = np.random.default_rng(3)
    line = step_line("the line", [np.cumsum(rng.uniform(0.02, 0.08, 13)) for _ in range(2)], 1)
    drawn = line.drawn(np.random.default_rng(4), 40_000)
    deviation = np.sqrt(np.diag(line.covariance))
    scale = np.outer(deviation, deviation)
    assert np.cov(drawn.T) / scale == pytest.approx(line.covariance / scale, abs=0.05)
    assert np.mean(drawn, axis=0) / deviation == pytest.approx([0, 0, 0], abs=0.05)


def test_a_line_is_drawn_with_what_the_reads_scatter():
    """Of two that are as likely, each by itself exact, and of their mean."""
    line = StepLine(
        values=np.array([2.0, -0.5]),
        covariance=np.eye(3),
        read_deviation=0.0,
        steps=9,
        _shares=np.array([0.5, 0.5]),
        _values=np.array([[1.0, -0.25], [3.0, -0.75]]),
        _roots=np.zeros((2, 3, 3)),
    )
    drawn = line.drawn(np.random.default_rng(1), 100)
    assert {tuple(one) for one in drawn} == {(-1.0, 0.25, 0.0), (1.0, -0.25, 0.0)}
