"""Cells of a trained array that do not follow are told, and sound ones are not accused.

Rates over many lines, for arrays whose steps up and down are alike and for such whose are not.
"""

import numpy as np
import pytest
from many_trainings import trained

from mho.protocols.cell_responses import Asked, CellResponse, judged

BROKEN = (0, 1)


def doubted(arrays, seed, **cells):
    """For each array and cell, whether it is doubted; shape (arrays, 2, 2); and the accuracy."""
    weights, net, total, accuracy = trained(arrays, seed, **cells)
    found = np.zeros((arrays, 2, 2), dtype=bool)
    for number in range(arrays):
        own = weights[:, number]
        asked = Asked(
            moved=np.diff(own, axis=0), before=own[:-1], net=net[:, number], total=total[:, number]
        )
        for one in judged(asked, 1.0):
            found[number, one.row, one.column] = not one.follows
    return found, accuracy


SOUND = {
    "alike": {},
    "up half as far again": {"up": 1.5},
    "down half as far again": {"up": 1 / 1.5},
    "up twice as far": {"up": 2.0},
    "half-selected cells take a tenth": {"half": 0.107},
    "steps that scatter": {"jitter": 2.0, "spread": 0.1},
}


def accused(arrays, seed, **cells):
    return doubted(arrays, seed, **cells)[0].any(axis=(1, 2)).mean()


SHORT = {"vectors": 400, "epochs": 10}


def test_what_counts_as_following():
    """A step of a third of the usual one within three standard errors, and some motion."""
    cell = CellResponse(row=0, column=0, step=0.1, error=0.08, usual=1.0, thrown=0.21)
    assert cell.follows
    assert cell._replace(error=np.inf, step=-5.0).follows  # asked for next to nothing
    assert not cell._replace(error=0.077).follows
    assert not cell._replace(thrown=0.19).follows


@pytest.mark.parametrize("up", [1.0, 1.5])
def test_sound_cells_are_not_accused_whether_their_steps_are_alike_or_not(up):
    assert accused(40, 0, up=up, **SHORT) <= 0.025


def test_a_slow_cell_is_told_though_steps_up_are_larger():
    found, _ = doubted(30, 1, slow=10.0, up=1.5, **SHORT)
    assert found[:, *BROKEN].mean() >= 0.5
    found[:, *BROKEN] = False
    assert found.any(axis=(1, 2)).mean() <= 0.04


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("name", SOUND)
def test_of_a_hundred_arrays_of_sound_cells_hardly_one_is_accused(name):
    """Half-selected cells that take a tenth move by more than the pulses asked of them."""
    most = 0.03 if name.startswith("half") else 0.01
    assert accused(200, 2, **SOUND[name]) <= most


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize(
    ("broken", "least"), [({"stuck": 0.5}, 0.9), ({"slow": 10.0}, 0.85), ({"stuck": 1.0}, 0.55)]
)
def test_broken_cells_are_told_and_no_other_one(broken, least):
    """A cell stuck at an end is told where it spoils the line: its weight has one sign."""
    found, accuracy = doubted(200, 3, **broken)
    assert found[:, *BROKEN].mean() >= least
    if broken == {"stuck": 1.0}:
        failed = accuracy < 0.95
        assert 0.3 <= failed.mean() <= 0.7
        assert found[:, *BROKEN][failed].mean() >= 0.97
    found[:, *BROKEN] = False
    assert found.any(axis=(1, 2)).mean() <= 0.01
