"""The switching curve and its filter: inversion, learning, and what a still cell tells."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mho.programming.adaptive.filter import RESET, SET, Stroke, Thresholds, learn
from mho.programming.adaptive.kinetics import Curve, Step, needed

X = np.log(np.array([5e-6, 50e-6, 500e-6]))


def step_of(amplitude, b, stretch, v, curve, x0, at):
    """Where the law takes a cell, by its solution forwards (V of stress before and after)."""
    s0 = curve.at(at) + b + stretch * (curve.at(x0) - curve.at(at))
    return s0, s0 + v * np.logaddexp(0.0, (amplitude - s0) / v)


CURVES = {
    RESET: Curve(X, np.array([2.0, 1.2, 0.3]), 0.025),
    SET: Curve(X, np.array([0.8, 1.1, 1.6]), 0.03),
}


@settings(deadline=None, max_examples=60)
@given(
    polarity=st.sampled_from([RESET, SET]),
    b=st.floats(-0.3, 0.3),
    lengthening=st.floats(-0.5, 0.5),
    n=st.floats(-0.7, 0.7),
    x0=st.floats(-11.5, -8.0),
    size=st.floats(0.003, 2.0),
)
def test_the_amplitude_makes_the_step(polarity, b, lengthening, n, x0, size):
    curve = CURVES[polarity]
    x0, at = np.array([x0]), np.log(np.array([30e-6]))
    x1 = x0 + (size if polarity == SET else -size)
    step = Step(curve.at(at), curve.at(x0), curve.at(x1), np.array([curve.slope]))
    found = needed(np.array([[b, lengthening, n]]), step)
    v = curve.slope * np.exp(n)
    stretch = np.exp(lengthening)
    s0, s1 = step_of(found.amplitude, b, stretch, v, curve, x0, at)
    wanted = stretch * (curve.at(x1) - curve.at(x0))
    np.testing.assert_allclose(s1 - s0, np.maximum(wanted, 1e-4 * v), rtol=1e-6)


@settings(deadline=None, max_examples=40)
@given(
    polarity=st.sampled_from([RESET, SET]),
    learnt=st.tuples(st.floats(-0.2, 0.2), st.floats(-0.4, 0.4), st.floats(-0.5, 0.5)),
    size=st.floats(0.01, 1.5),
)
def test_gradients_are_those_of_the_amplitude(polarity, learnt, size):
    curve, at = CURVES[polarity], np.log(np.array([30e-6]))
    x0 = at + 0.4
    x1 = x0 + (size if polarity == SET else -size)
    step = Step(curve.at(at), curve.at(x0), curve.at(x1), np.array([curve.slope]))
    found = needed(np.array([learnt]), step)
    for i in range(3):
        moved = np.array([learnt])
        moved[0, i] += 1e-6
        slope = (needed(moved, step).amplitude - found.amplitude) / 1e-6
        assert found.gradient[0, i] == pytest.approx(slope[0], rel=1e-3, abs=1e-6)


def unknown(n=1):
    covariance = np.tile(np.diag([0.04, 0.04, 0.25]), (n, 2, 1, 1))
    return Thresholds(mean=np.zeros((n, 2, 3)), covariance=covariance)


def stroke_of(polarity, amplitude, x0, x1, *, still=False, doubt=0.0, other=0.0):
    curve, at = CURVES[polarity], np.log(np.array([30e-6]))
    x0, x1 = np.array([x0]), np.array([x1])
    return Stroke(
        polarity=np.array([polarity]),
        amplitude=np.array([amplitude]),
        step=Step(curve.at(at), curve.at(x0), curve.at(x1), np.array([curve.slope])),
        steepness=curve.steepness(at),
        variance=np.array([1e-5]),
        still=np.array([still]),
        other=np.array([other]),
        doubt=np.array([doubt]),
    )


@pytest.mark.parametrize("polarity", [RESET, SET])
def test_a_cell_is_learnt_from_its_own_pulses(polarity):
    """Threshold 0.15 V up, curve 20 % steeper, v 40 % larger: predicted to a few millivolts."""
    truth = np.array([0.15, np.log(1.2), np.log(1.4)])
    at = np.log(np.array([30e-6]))
    known, chance = unknown(), np.random.default_rng(4)
    for _ in range(25):
        x0 = float(at[0] + chance.uniform(-0.8, 0.8))
        x1 = x0 + (1 if polarity == SET else -1) * float(np.exp(chance.uniform(-4.0, 0.0)))
        probe = stroke_of(polarity, 0.0, x0, x1)
        amplitude = needed(truth[None], probe.step).amplitude
        known = learn(known, probe._replace(amplitude=amplitude))
    near = stroke_of(polarity, 0.0, float(at[0]) + 0.1, float(at[0]))
    if polarity == SET:
        near = stroke_of(polarity, 0.0, float(at[0]) - 0.1, float(at[0]))
    told = needed(known.mean[:, polarity], near.step).amplitude
    assert told[0] == pytest.approx(needed(truth[None], near.step).amplitude[0], abs=0.01)
    assert abs(known.mean[0, polarity, 0] - 0.15) < 0.03
    np.testing.assert_array_equal(known.mean[0, 1 - polarity], 0.0)
    assert (np.linalg.eigvalsh(known.covariance) > 0).all()


def test_a_still_cell_pushes_its_threshold_up_and_never_down():
    x = float(np.log(30e-6))
    for amplitude in (0.5, 1.0, 1.5, 2.2):
        before = unknown()
        after = learn(before, stroke_of(RESET, amplitude, x, x - 0.003, still=True))
        assert after.mean[0, RESET, 0] >= before.mean[0, RESET, 0]
        assert after.covariance[0, RESET, 0, 0] <= before.covariance[0, RESET, 0, 0] + 3e-5
    weak = learn(unknown(), stroke_of(RESET, 0.5, x, x - 0.003, still=True))
    strong = learn(unknown(), stroke_of(RESET, 2.2, x, x - 0.003, still=True))
    assert weak.mean[0, RESET, 0] < 0.01
    assert strong.mean[0, RESET, 0] > 0.5


def test_doubt_widens_and_the_other_polarity_forgets():
    x = float(np.log(30e-6))
    after = learn(unknown(), stroke_of(SET, 1.3, x, x + 0.5, doubt=0.3, other=0.01))
    assert after.covariance[0, SET, 0, 0] == pytest.approx(0.09, abs=1e-4)
    assert after.covariance[0, RESET, 0, 0] == pytest.approx(0.05)


def test_one_outlier_is_no_proof():
    x = float(np.log(30e-6))
    known = learn(unknown(), stroke_of(SET, 1.1, x, x + 0.3))
    off = learn(known, stroke_of(SET, 2.5, x, x + 0.3))
    far = learn(known, stroke_of(SET, 9.5, x, x + 0.3))
    np.testing.assert_allclose(off.mean, far.mean)
