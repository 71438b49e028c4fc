"""The forming voltage: the first jump that lasts, through leakage, noise and a later SET."""

import numpy as np
import pytest

from mho.merit.forming import forming_voltage
from mho.merit.samples import NotEnoughData

VOLTS = np.arange(0.02, 2.001, 0.02)


def ramp(seed, formed, noise):
    """Leakage that grows with the voltage, forming, and a SET to 1 mS some steps later."""
    rng = np.random.default_rng(seed)
    forms_at = rng.uniform(1.2, 1.8)
    leakage = 1e-7 * np.exp(np.sqrt(VOLTS) * rng.uniform(0, 3)) * (1 + (VOLTS / 0.8) ** 4) ** 0.3
    sets_at = forms_at + rng.uniform(0.05, 0.3)
    g = np.where(forms_at <= VOLTS, formed * (1 + 0.3 * (VOLTS - forms_at)), leakage)
    g = np.where(sets_at <= VOLTS, np.maximum(1e-3, g), g)
    return forms_at, g * VOLTS * (1 + noise * rng.normal(size=len(VOLTS)))


@pytest.mark.parametrize("noise", [0.0, 0.05])
@pytest.mark.parametrize(("formed", "least"), [(20e-6, 0.93), (200e-6, 1.0), (1e-3, 1.0)])
def test_the_bracket_holds_the_truth(formed, noise, least):
    """20 uS are at times no more than twice the leakage: those are found at the later SET."""
    held = 0
    for seed in range(100):
        truth, current = ramp(seed, formed, noise)
        found = forming_voltage(VOLTS, current)
        assert found.formed - found.not_formed == pytest.approx(0.02)
        held += found.not_formed <= truth <= found.formed + 1e-9
    assert held >= 100 * least


def test_leakage_is_no_forming():
    for seed in range(100):
        rng = np.random.default_rng(seed)
        leakage = 1e-7 * np.exp(3 * np.sqrt(VOLTS)) * (1 + (VOLTS / 0.8) ** 4) ** 0.3
        with pytest.raises(NotEnoughData, match="never jumps"):
            forming_voltage(VOLTS, leakage * VOLTS * (1 + 0.05 * rng.normal(size=len(VOLTS))))


def test_a_glitch_is_no_forming_and_noise_about_nothing_is_no_leakage():
    rng = np.random.default_rng(1)
    noise = 5e-9 * rng.normal(size=len(VOLTS))
    with pytest.raises(NotEnoughData):
        forming_voltage(VOLTS, noise)
    glitch = noise + np.where(np.isclose(VOLTS, 1.0), 1e-4, 0)
    with pytest.raises(NotEnoughData):
        forming_voltage(VOLTS, glitch)
    found = forming_voltage(-VOLTS, -np.where(VOLTS > 1.5, 1e-4, noise))
    assert (found.not_formed, found.formed) == (pytest.approx(-1.5), pytest.approx(-1.52))
    assert found.jump > 1000


def test_too_few_levels():
    with pytest.raises(NotEnoughData, match="3 points"):
        forming_voltage([1.0, 2.0], [1e-9, 1e-3])
    assert forming_voltage([0.8, 0.9, 1.0], [8e-8, 9e-8, 1e-4]).formed == 1.0
