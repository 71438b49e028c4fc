"""Cells that are in no model of the project: `adaptive` is the best, and says what is so."""

import numpy as np
import pytest
from arena.strange_cells import Creeping, Restless, Telegraph
from programming.scripted_cells import profile

from mho.arena.contest import Arena, rounds, spread_targets
from mho.arena.entrants import entrants_of
from mho.arena.means import Terms

CELLS = {"restless": Restless, "creeping": Creeping, "telegraph": Telegraph}


def round_of(cells, devices, tolerance, names):
    unknown = profile(reset_curve=None, read_compliance=4e-4)
    arena = Arena(
        profile=unknown,
        cells=cells,
        devices=devices,
        targets=spread_targets(unknown, cells, 5, Terms(), None),
        terms=Terms(),
        seed=11,
    )
    (found,) = rounds(arena, entrants_of([names]), [tolerance])
    return {one.name: one for one in found.standings}, found.trials["adaptive"]


def test_steps_that_come_back_are_foreseen():
    """A quarter of each step: without a model of that half of those declared would be false."""
    by_name, trial = round_of(Restless, 4, 0.02, "adaptive,ispp_averaged")
    best = by_name["adaptive"]
    assert best.true.value > by_name["ispp_averaged"].true.value + 0.3
    assert (trial.declared & ~trial.true).sum() <= 0.1 * trial.declared.sum() + 2


def test_a_cell_that_comes_nearer_with_every_pulse_is_not_given_up():
    by_name, trial = round_of(Creeping, 4, 0.01, "adaptive")
    assert trial.true.all() and trial.declared.all()
    assert by_name["adaptive"].pulses.value < 50


@pytest.mark.slow
@pytest.mark.parametrize("tolerance", [0.03, 0.01, 0.005])
@pytest.mark.parametrize("name", CELLS)
def test_adaptive_is_the_best_and_calibrated_on_strange_cells(name, tolerance):
    by_name, trial = round_of(CELLS[name], 20, tolerance, "")
    best = by_name.pop("adaptive")
    assert best.true.value >= max(one.true.value for one in by_name.values()) - 0.02
    known = ~np.isnan(trial.confidence)
    assert trial.true[known].mean() == pytest.approx(trial.confidence[known].mean(), abs=0.1)
    if trial.declared.sum() >= 30:
        assert best.false_accept.value <= 0.1
