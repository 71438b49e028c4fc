"""The adaptive controller on cells that are told: what it declares, gives up, and never does."""

import numpy as np
import pytest
from programming.scripted_cells import LIMIT, ScriptedCells, goal, means, profile

from mho.arena.trial import play
from mho.programming.adaptive import ADAPTIVE
from mho.programming.algorithm import End

TARGETS = np.geomspace(8e-6, 180e-6, 12)


def trial_of(bank, targets=TARGETS, tolerance=0.03, device=None, settings=None, **changes):
    allowed = means(**changes)
    device = profile() if device is None else device
    algorithm = ADAPTIVE.build(ADAPTIVE.settings(**(settings or {})), allowed, device)
    wanted = goal(np.resize(targets, bank.count), tolerance)
    return play(algorithm, bank, wanted, allowed, np.random.default_rng(1), device.read_compliance)


@pytest.mark.parametrize("curve", [True, False])
@pytest.mark.parametrize("tolerance", [0.03, 0.003])
def test_noise_free_cells_are_reached_in_a_few_pulses(curve, tolerance):
    """With a reset_curve and with nothing known, whatever the thresholds."""
    device = profile() if curve else profile(reset_curve=None)
    shift = np.linspace(-0.3, 0.3, 36)
    trial = trial_of(ScriptedCells(36, shift=shift), tolerance=tolerance, device=device)
    assert (trial.end == End.REACHED).all()
    assert trial.true.all()
    assert np.median(trial.pulses) <= 10
    assert trial.pulses.max() <= 30
    assert (trial.confidence >= 0.9).all()


def test_a_cell_on_its_target_is_not_pulsed():
    bank = ScriptedCells(12)
    bank.place(np.arange(12), TARGETS)
    trial = trial_of(bank)
    assert (trial.end == End.REACHED).all()
    assert trial.pulses.sum() == 0


def test_dead_cells_are_stuck_in_few_pulses():
    trial = trial_of(ScriptedCells(12, dead=True, first=40e-6))
    assert set(trial.end[abs(TARGETS / 40e-6 - 1) > 0.1]) == {End.STUCK}
    assert trial.pulses.max() <= 40


def test_a_target_out_of_reach_ends_at_the_amplitude_limit_or_stuck():
    bank = ScriptedCells(12, bounds=(20e-6, 60e-6), first=30e-6)
    trial = trial_of(bank)
    outside = (TARGETS < 19e-6) | (TARGETS > 62e-6)
    assert set(trial.end[outside]) <= {End.AMPLITUDE_LIMIT, End.STUCK}
    assert (trial.end[~outside] == End.REACHED).all()
    assert 4 <= outside.sum() <= 10


def test_noise_that_forbids_the_tolerance_is_said_with_its_probability():
    """White noise of 20 %: 10 s of reads have a mean good to 0.6 %; the tolerance is 0.3 %."""
    trial = trial_of(ScriptedCells(48, noise=0.2), tolerance=0.003, max_pulses=60)
    assert (trial.end == End.REACHED).mean() < 0.2
    limited = trial.end == End.NOISE_LIMITED
    assert limited.mean() > 0.5
    assert np.nanmax(trial.confidence[limited]) < 0.9


def test_pulse_budget_is_kept():
    trial = trial_of(ScriptedCells(12, noise=0.3), tolerance=0.01, max_pulses=7)
    assert trial.pulses.max() <= 7
    assert End.PULSE_BUDGET in set(trial.end)


def test_amplitudes_stay_within_the_limits_and_on_the_grid():
    bank = ScriptedCells(36, shift=np.linspace(-0.5, 1.0, 36), noise=0.01)
    trial_of(bank, amplitude_step=0.05, shortest=1e-4)
    amplitudes = np.concatenate([a for _, a, _ in bank.amplitudes])
    widths = np.concatenate([w for _, _, w in bank.amplitudes])
    assert abs(amplitudes).max() <= LIMIT + 1e-9
    np.testing.assert_allclose(amplitudes / 0.05, np.round(amplitudes / 0.05), atol=1e-6)
    assert widths.min() >= 1e-4
    assert widths.max() <= 1.0
    assert len(np.unique(widths)) > 5  # width gives back what a coarse amplitude takes


@pytest.mark.parametrize("trouble", [{"jumps_at": 4}, {"noisy_after": 3, "later_noise": 0.08}])
def test_trouble_in_the_middle_is_lived_through(trouble):
    trial = trial_of(ScriptedCells(48, noise=0.01, seed=2, **trouble))
    assert trial.true.mean() > 0.85
    assert (trial.declared & ~trial.true).sum() <= 0.15 * trial.declared.sum()


def test_a_conductance_too_large_to_be_measured_is_reset():
    """2.5 mS at 50 mV is more than the 100 uA that a read may draw."""
    bank = ScriptedCells(12, first=2.5e-3, bounds=(1e-6, 3e-3))
    trial = trial_of(bank)
    assert (trial.end == End.REACHED).all()


@pytest.mark.slow
def test_quiet_costs_pulses_where_no_state_is_quiet():
    """White noise is the same in every state: kicks are in vain, and end."""
    plain = trial_of(ScriptedCells(24, noise=0.2, seed=7), tolerance=0.005)
    settings = {"quiet": True, "kicks": 6}
    quiet = trial_of(ScriptedCells(24, noise=0.2, seed=7), tolerance=0.005, settings=settings)
    assert quiet.pulses.sum() > 1.3 * plain.pulses.sum()
    assert set(quiet.end) <= {End.NOISE_LIMITED, End.REACHED}
    few = trial_of(
        ScriptedCells(24, noise=0.2, seed=7), tolerance=0.005, settings={**settings, "kicks": 1}
    )
    assert few.pulses.sum() < 0.9 * quiet.pulses.sum()


def test_a_cell_beyond_the_amplitude_limit_is_reached_by_longer_pulses():
    """Thresholds up to three v too high: 20 times the width does what 90 mV would."""
    targets = np.full(12, 8e-6)
    found = {}
    for longest in (1.0, 10e-3):
        bank = ScriptedCells(12, shift=np.linspace(0.74, 0.80, 12), first=40e-6)
        found[longest] = trial_of(bank, targets, longest=longest)
    assert (found[1.0].end == End.REACHED).all()
    missed = found[10e-3].end != End.REACHED
    assert missed.sum() >= 4
    assert set(found[10e-3].end[missed]) <= {End.AMPLITUDE_LIMIT, End.STUCK}
