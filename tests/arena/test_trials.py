"""A trial counts what it did to cells, and judges them by the mean that comes after."""

import numpy as np
import pytest
from programming.scripted_cells import ScriptedCells, goal, means, profile

from mho.arena.bounds import ceiling, fewest_pulses, granularity
from mho.arena.means import Terms, goal_of, means_of, target_range
from mho.arena.standings import calibration, ranked, standing
from mho.arena.trial import Trial, judged, play
from mho.programming.algorithm import End, Order, Seen


class Counting:
    """Gives each cell a number of orders of its own; its state is how many it had."""

    def __init__(self, last):
        self.last = last

    def begin(self, wanted):
        n = len(wanted.target)
        from dataclasses import make_dataclass

        self.kind = make_dataclass("Had", ["orders", "cell"], frozen=True)
        return self.kind(np.zeros(n, dtype=int), np.arange(n)), self.order(np.zeros(n, int), n)

    def go_on(self, state, seen):
        assert seen.conductances.shape[0] == len(state.orders)
        had = state.orders + 1
        return self.kind(had, state.cell), self.order(had, len(had), state.cell)

    def order(self, had, n, cell=None):
        over = had >= self.last[np.arange(n) if cell is None else cell]
        return Order(
            amplitude=np.where(had % 2 == 0, 1.0, 0.0),
            width=np.full(n, 0.02),
            wait=np.where(had == 1, 0.5, 0.0),
            reads=1 + had,
            interval=np.full(n, 0.01),
            end=np.where(over, End.REACHED, End.GOES_ON).astype(object),
            confidence=0.1 * had,
        )


def test_everything_is_counted():
    last = np.array([1, 2, 3])
    bank = ScriptedCells(3)
    trial = play(Counting(last), bank, goal([5e-5] * 3), means(), np.random.default_rng(0))
    assert trial.pulses.tolist() == [1, 1, 2]
    assert trial.looks.tolist() == [1, 2, 3]
    assert trial.reads.tolist() == [1, 3, 6]
    np.testing.assert_allclose(trial.stress, [0.02, 0.02, 0.04])
    np.testing.assert_allclose(trial.time, [0.03, 0.03 + 0.52, 0.03 + 0.52 + 0.05])
    np.testing.assert_allclose(trial.confidence, [0.1, 0.2, 0.3])
    assert (trial.energy > 0).all()


def test_a_read_of_too_much_is_none_at_all():
    found = []

    class Looking(Counting):
        def go_on(self, state, seen: Seen):
            found.append(seen.conductances.copy())
            return super().go_on(state, seen)

    bank = ScriptedCells(2, first=4e-4)
    bank.place(np.array([0]), np.array([1e-5]))
    play(Looking(np.array([1, 1])), bank, goal([5e-5] * 2), means(), np.random.default_rng(0), 1e-5)
    assert np.isnan(found[0]).ravel().tolist() == [False, True]


def test_what_counts_is_the_judged_mean_not_the_declaration():
    wanted = goal([50e-6, 50e-6, 50e-6, 50e-6], 0.01)
    nothing = np.zeros(4)
    trial = Trial(
        goal=wanted,
        end=np.array([End.REACHED, End.REACHED, End.NOISE_LIMITED, End.STUCK], dtype=object),
        confidence=np.array([0.95, 0.92, 0.6, 0.0]),
        judged=np.array([50e-6, 51e-6, 50.4e-6, 40e-6]),
        pulses=np.arange(4), reads=np.arange(4), looks=np.arange(4),
        time=nothing, stress=nothing, energy=nothing,
    )  # fmt: skip
    assert trial.declared.tolist() == [True, True, False, False]
    assert trial.true.tolist() == [True, False, True, False]
    found = standing("x", trial)
    assert (found.true.value, found.declared.value, found.false_accept.value) == (0.5, 0.5, 0.5)
    assert found.true.low < 0.5 < found.true.high
    assert dict(found.ends) == {"reached": 2, "noise limited": 1, "stuck": 1}
    bins = calibration(trial)
    assert [(b.cells, b.true.value) for b in bins] == [(1, 0.0), (1, 1.0), (2, 0.5)]
    better = standing("y", trial)
    assert [one.name for one in ranked([found, better])] == ["x", "y"]


def test_noise_free_cells_have_a_ceiling_of_one_and_a_bound_of_pulses():
    wanted = goal(np.geomspace(1e-5, 1e-4, 9), 0.01)
    assert ceiling(ScriptedCells(9), wanted, means()).all()
    assert granularity(ScriptedCells(9), wanted.target, means(), -1) == pytest.approx(0.0, abs=1e-9)
    assert np.isnan(granularity(ScriptedCells(9, dead=True), wanted.target, means(), 1))
    noisy = ceiling(ScriptedCells(400, noise=0.3), goal([5e-5] * 400, 0.01), means())
    # 1000 white reads of 30 %: a mean good to 0.95 %
    assert noisy.mean() == pytest.approx(0.71, abs=0.07)


def test_pulses_by_perfect_knowledge():
    """Tighter or coarser costs more; steps that are all but certain need one or two."""
    fine = fewest_pulses(0.03, (1e-5, 1e-5), 2.0)
    assert 1.0 <= fine < 1.5
    found = [fewest_pulses(eps, (0.01, 0.02), 2.0) for eps in (0.03, 0.01, 0.005)]
    assert found == sorted(found)
    # value iteration by drawn steps gave 2.4, 3.4 and 4.4
    np.testing.assert_allclose(found, [2.4, 3.4, 4.4], atol=0.35)
    assert fewest_pulses(0.01, (0.04, 0.08), 2.0) > found[1]
    assert np.isnan(fewest_pulses(0.01, (np.nan, 0.02), 2.0))


def test_targets_lie_within_what_cells_reach():
    with_curve = target_range(profile(), ScriptedCells(8), means())
    np.testing.assert_allclose(with_curve, (8.75e-6, 180e-6))
    device = profile(reset_curve=None)
    low, high = target_range(device, ScriptedCells(8, bounds=(8e-6, 90e-6)), means())
    assert 8e-6 < low < 14e-6
    assert 55e-6 < high < 90e-6


def test_the_polarity_of_a_device_is_that_of_its_limits():
    device = profile(
        set_polarity="negative",
        terminals={"TE": {"min_voltage": -1.5, "max_voltage": 2.5, "max_compliance": 1e-2}},
    )
    found = means_of(device, Terms())
    assert (found.set_limit, found.reset_limit) == (1.5, 2.5)


def test_the_judged_mean_is_settable():
    bank = ScriptedCells(2)
    rests = []
    bank.rest = lambda cells, duration: rests.append(duration[0])
    judged(bank, means(judged_after=3.0, judged_for=0.5))
    assert rests == [3.0]
    wanted = goal_of(np.array([1e-5]), 0.02)
    np.testing.assert_allclose([wanted.low[0], wanted.high[0]], [0.98e-5, 1.02e-5])
