"""The published loop: the same rules, bit for bit, as the protocol; and the two that vary it."""

from types import SimpleNamespace

import numpy as np
import pytest
from programming.scripted_cells import ScriptedCells, goal, means, profile

from mho.arena.trial import play
from mho.programming.algorithm import End, Seen
from mho.programming.incremental_width import INCREMENTAL_WIDTH
from mho.programming.ispp import ISPP, IsppSettings
from mho.programming.ispp_averaged import ISPP_AVERAGED
from mho.protocols.approach import Approach, approach
from mho.protocols.ispp.recipe import IsppRecipe, first_reset_amplitude
from mho.protocols.verify import ReadSettings

TARGETS = np.geomspace(8e-6, 180e-6, 7)


class OneCellBench:
    """As much of a bench as `approach` asks for, on one scripted cell."""

    def __init__(self, cells, index, of):
        self.cells, self.index, self.profile = cells, np.array([index]), of

    def apply(self, stimulus):
        self.cells.pulse(self.index, np.array([stimulus.amplitude]), np.array([stimulus.width]))
        g = self.cells.read(self.index, 0.05, 1, np.array([0.01]))[0, 0]
        return SimpleNamespace(), SimpleNamespace(conductance=g, in_compliance=False)


def approach_of(recipe, device, target, index, cells):
    how = Approach(
        target=target, low=target * (1 - recipe.tolerance), high=target * (1 + recipe.tolerance),
        set_amplitude=recipe.set.amplitude, set_limit=recipe.set.limit,
        reset_amplitude=first_reset_amplitude(recipe, device, target),
        reset_limit=recipe.reset.limit, step=recipe.step, max_pulses=recipe.max_pulses,
        width=10e-3, compliance=5e-3, rest=0.0, read=ReadSettings(),
        stuck_after=recipe.stuck_after, after_set=recipe.after_set, step_back=recipe.step_back,
    )  # fmt: skip
    found = list(approach(OneCellBench(cells, index, device), how))
    return [one.asked for one in found], str(found[-1].verdict)


@pytest.mark.parametrize("after_set", ["continue", "step back", "restart"])
@pytest.mark.parametrize(
    ("cells", "ending"),
    [
        ({"noise": 0.02, "seed": 3}, {"reached"}),
        ({"noise": 0.03, "seed": 4, "slope": 0.1}, {"reached"}),
        ({"dead": True}, {"stuck", "amplitude limit"}),
        ({"bounds": (15e-6, 60e-6)}, {"reached", "amplitude limit", "stuck"}),
        ({"shift": 0.4, "noise": 0.05}, {"reached"}),
    ],
)
def test_the_same_pulses_and_verdicts_as_the_protocol(after_set, cells, ending):
    tolerance = 0.01
    device = profile()
    recipe = IsppRecipe(targets=tuple(TARGETS), tolerance=tolerance, after_set=after_set)
    allowed = means(set_limit=recipe.set.limit, reset_limit=recipe.reset.limit)
    bank = ScriptedCells(len(TARGETS), **cells)
    algorithm = ISPP.build(IsppSettings(after_set=after_set), allowed, device)
    quiet = np.random.default_rng(0)
    silent = means(
        set_limit=recipe.set.limit, reset_limit=recipe.reset.limit, read_noise=0.0, read_offset=0.0
    )
    trial = play(algorithm, bank, goal(TARGETS, tolerance), silent, quiet)
    theirs = ScriptedCells(len(TARGETS), **cells)
    endings = set()
    for index, target in enumerate(TARGETS):
        asked, verdict = approach_of(recipe, device, float(target), index, theirs)
        ours = [float(a[which == index][0]) for which, a, _ in bank.amplitudes if index in which]
        np.testing.assert_allclose(ours, asked, rtol=0, atol=1e-12)
        assert str(trial.end[index]) == verdict
        endings.add(verdict)
    assert ending & endings


def test_a_read_at_its_limit_is_above():
    algorithm = ISPP.build(IsppSettings(), means(), profile())
    state, _ = algorithm.begin(goal([50e-6]))
    _, order = algorithm.go_on(state, Seen(np.array([[np.nan]]), np.array([2.0])))
    assert order.amplitude[0] < 0


@pytest.mark.parametrize("kind", [ISPP_AVERAGED, INCREMENTAL_WIDTH])
def test_the_variants_reach_what_can_be_reached(kind):
    """On steps fine enough for 3 %."""
    algorithm = kind.build(kind.settings(), means(), profile())
    bank = ScriptedCells(len(TARGETS), slope=0.06)
    trial = play(algorithm, bank, goal(TARGETS), means(read_noise=0.0), np.random.default_rng(0))
    assert trial.declared.sum() >= 5
    assert trial.true[trial.declared].all()
    assert (trial.reads == 25 * trial.pulses).all()


@pytest.mark.parametrize("kind", [ISPP, ISPP_AVERAGED, INCREMENTAL_WIDTH])
def test_dead_cells_are_given_up(kind):
    algorithm = kind.build(kind.settings(), means(), profile())
    trial = play(
        algorithm, ScriptedCells(7, dead=True), goal(TARGETS), means(), np.random.default_rng(0)
    )
    assert set(trial.end) <= {End.STUCK, End.AMPLITUDE_LIMIT}
    assert trial.pulses.max() <= 120
