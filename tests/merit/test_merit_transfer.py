"""Threshold, swing and transconductance: the truth of transistors with and without the law."""

import numpy as np
import pytest
from interval_coverage import assert_coverage

from mho.merit.samples import NotEnoughData
from mho.merit.transfer import transfer_law

THERMAL = 0.025852
VTH, SLOPE, BETA, VDS = 0.7, 1.3, 57e-6 * 65, 0.1
FINE = np.linspace(0, 4, 20_001)


def drain_current(gate, *, power=1.0, loss=0.25, series=0.0):
    """All regions of operation; the mobility falls with a power of the overdrive."""
    current = np.zeros_like(gate)
    for _ in range(30 if series else 1):  # the drop along the series resistance, by iteration
        pinch = (gate - series * current / 2 - VTH) / (SLOPE * THERMAL)
        drain = VDS - series * current
        forward, reverse = (np.logaddexp(0, z / 2) for z in (pinch, pinch - drain / THERMAL))
        overdrive = 2 * SLOPE * THERMAL * forward
        scale = 2 * SLOPE * BETA * THERMAL**2
        current = scale * (forward**2 - reverse**2) / (1 + loss * overdrive**power)
    return current


def truth_of(current):
    """Linear extrapolation, and gm,max, of a curve without noise."""
    slopes = np.gradient(current, FINE)
    at = int(np.argmax(slopes[2:-2])) + 2
    return FINE[at] - current[at] / slopes[at] - VDS / 2, slopes[at]


def measured(rng, gate, relative, **law):
    current = drain_current(gate, **law)
    noise = np.hypot(relative, 3e-4) * rng.normal(size=len(gate))
    return current * (1 + noise) + 1e-10 * rng.normal(size=len(gate))


@pytest.mark.parametrize("step", [0.02, 0.1])
@pytest.mark.parametrize("relative", [0.001, 0.02])
def test_intervals_hold_the_truth(step, relative):
    gate = np.arange(0, 4 + step / 2, step)
    extrapolated, slope = truth_of(drain_current(FINE))

    def trial(rng):
        found = transfer_law(gate, measured(rng, gate, relative), drain_voltage=VDS)
        return {
            "extrapolated": (found.extrapolated, extrapolated),
            "pinch-off": (found.pinch_off, VTH),
            "swing": (found.swing, SLOPE * THERMAL * np.log(10)),
            "gm": (found.transconductance, slope),
        }

    assert_coverage(trial, seeds=40, at_most=1)


OTHERS = {
    "odd power": {"power": 1.5, "loss": 0.1},
    "resistance": {"series": 30.0},
    "both": {"power": 1.5, "loss": 0.1, "series": 30.0},
    "square and more resistance": {"power": 2.0, "loss": 0.05, "series": 60.0},
}


@pytest.mark.parametrize("relative", [0.001, 0.02])
@pytest.mark.parametrize("other", OTHERS)
def test_other_transistors_are_covered(other, relative):
    """Mobility that falls otherwise, and the drop along a resistance of 15 to 30 % of Ron.

    Intervals half as wide as they are would be seen in one of these eight with 99 %.
    """
    gate, law = np.arange(0, 4.01, 0.02), OTHERS[other]
    extrapolated, slope = truth_of(drain_current(FINE, **law))

    def trial(rng):
        found = transfer_law(gate, measured(rng, gate, relative, **law), drain_voltage=VDS)
        return {
            "extrapolated": (found.extrapolated, extrapolated),
            "pinch-off": (found.pinch_off, VTH),
            "gm": (found.transconductance, slope),
        }

    assert_coverage(trial, seeds=15, at_most=1)


@pytest.mark.parametrize("other", OTHERS)
def test_the_law_tells_the_threshold_to_a_millivolt(other):
    """Whatever the transistor, at 0.1 % of noise: without the resistance it is twice as far off."""
    gate, law = np.arange(0, 4.01, 0.02), OTHERS[other]
    extrapolated, _ = truth_of(drain_current(FINE, **law))
    found = transfer_law(
        gate, measured(np.random.default_rng(5), gate, 0.001, **law), drain_voltage=VDS
    )
    assert found.extrapolated.value == pytest.approx(extrapolated, abs=3e-4)
    assert found.extrapolated.high - found.extrapolated.low < 5e-4
    assert found.pinch_off.value == pytest.approx(VTH, abs=6e-4)
    assert found.misfit < 1.2


def test_noise_moves_the_threshold_by_no_more_than_its_interval():
    """A tangent at the steepest place moves by a quarter of a volt at 0.1 % of noise."""
    gate = np.arange(0, 4.01, 0.02)
    extrapolated, _ = truth_of(drain_current(FINE))
    for relative in (0.0005, 0.002, 0.01, 0.05):
        rng = np.random.default_rng(1)
        found = transfer_law(gate, measured(rng, gate, relative), drain_voltage=VDS)
        assert found.extrapolated.value == pytest.approx(extrapolated, abs=6e-3)
        assert found.noise == pytest.approx(np.hypot(relative, 3e-4), rel=0.2)


def test_a_curve_that_no_law_describes_says_so():
    gate = np.arange(0, 4.01, 0.02)
    rng = np.random.default_rng(1)
    right = transfer_law(gate, measured(rng, gate, 0.005), drain_voltage=VDS)
    kinked = measured(rng, gate, 0.005) * np.where(gate > 2.5, 1.3, 1.0)
    assert right.misfit < 1.2
    assert transfer_law(gate, kinked, drain_voltage=VDS).misfit > 3


def test_what_cannot_be_known_is_refused():
    gate = np.linspace(0, 3, 61)
    with pytest.raises(NotEnoughData, match="noise floor"):
        transfer_law(gate, 1e-11 * gate, drain_voltage=VDS)
    with pytest.raises(NotEnoughData, match="does not rise"):
        transfer_law(gate, drain_current(gate)[::-1], drain_voltage=VDS)
    with pytest.raises(NotEnoughData, match="8 points"):
        transfer_law(gate[:7], gate[:7], drain_voltage=VDS)
    with pytest.raises(NotEnoughData, match="several gate voltages"):
        transfer_law(np.ones(9), np.ones(9), drain_voltage=VDS)
