"""Pulses whose width is predicted: few of them on cells that are linear, and what they learn."""

from dataclasses import dataclass

import numpy as np
import pytest
from programming.scripted_cells import profile

from mho.arena.means import Terms, means_of
from mho.arena.trial import play
from mho.programming.algorithm import End, Goal, Means
from mho.programming.predicted_width import PREDICTED_WIDTH, PredictedWidthSettings

SPAN = 50e-6
WIDTH = 10e-3


def means(**changes) -> Means:
    given = means_of(profile(), Terms())
    changes = {"shortest": 1e-3, "longest": 100.0, "width": WIDTH, "max_pulses": 3, **changes}
    return Means(**{name: changes.get(name, getattr(given, name)) for name in given.__slots__})


def goal(count) -> Goal:
    target = np.linspace(3e-6, 44e-6, count)
    return Goal(target, target - 0.005 * SPAN, target + 0.005 * SPAN)


@dataclass
class LinearCells:
    """Move by ``step`` (S) per nominal width, times ``speed`` and how long a pulse is.

    Shows ``excess`` of what the last pulse moved, until it has settled for a second.
    """

    count: int
    step: float = SPAN / 2000
    speed: np.ndarray | float = 1.0
    down: float = 1.0
    excess: float = 0.0
    noise: float = 2e-4

    def __post_init__(self):
        self.g = np.full(self.count, SPAN / 2)
        self.shown = np.zeros(self.count)
        self.speed = np.broadcast_to(self.speed, (self.count,))
        self.rng = np.random.default_rng(0)
        self.widths = []

    def pulse(self, cells, amplitude, width):
        self.widths.append(width.copy())
        way = np.where(amplitude > 0, 1.0, -self.down)
        moved = way * self.speed[cells] * self.step * width / WIDTH
        self.g[cells] = np.clip(self.g[cells] + moved, 0.2e-6, SPAN)
        self.shown[cells] = self.excess * moved
        return np.zeros(len(cells))

    def rest(self, cells, duration):
        self.shown[cells] = np.where(duration >= 1.0, 0.0, self.shown[cells])

    def read(self, cells, voltage, count, interval):
        drawn = self.rng.standard_normal((len(cells), count))
        shown = self.g[cells] + self.shown[cells]
        return shown[:, None] * (1.0 + self.noise * drawn)

    def conductance(self, cells):
        return self.g[cells]

    def place(self, cells, conductance):
        self.g[cells] = conductance


def played(cells, settings=None, **changes):
    goals, given = goal(cells.count), means(**changes)
    settings = settings or PredictedWidthSettings(step=SPAN / 2000)
    algorithm = PREDICTED_WIDTH.build(settings, given, profile())
    return play(algorithm, cells, goals, given, np.random.default_rng(2)), goals


SPEEDS = np.exp(0.1 * np.random.default_rng(1).standard_normal(200))


@pytest.mark.parametrize("down", [1.0, 0.6, 1.6])
def test_three_pulses_are_enough_for_cells_that_differ(down):
    cells = LinearCells(200, speed=SPEEDS, down=down)
    found, goals = played(cells)
    inside = (cells.g >= goals.low) & (cells.g <= goals.high)
    assert inside.mean() >= 0.98
    assert (found.end == End.REACHED).mean() >= 0.95
    assert len(cells.widths) <= 3


def test_a_channel_that_shows_more_than_its_state_is_taken_for_it():
    """Waiting for a second makes it good: that is what `settle` is for."""
    hasty = PredictedWidthSettings(step=SPAN / 2000, settle=0.0)
    for settings, least, most in ((hasty, 0.0, 0.7), (None, 0.98, 1.0)):
        cells = LinearCells(200, speed=SPEEDS, excess=0.4)
        _, goals = played(cells, settings)
        inside = (cells.g >= goals.low) & (cells.g <= goals.high)
        assert least <= inside.mean() <= most


@pytest.mark.parametrize("guess", [1 / 100, 1 / 50_000])
def test_a_wrong_first_guess_costs_pulses_only(guess):
    cells = LinearCells(100, speed=SPEEDS[:100])
    found, goals = played(cells, PredictedWidthSettings(step=SPAN * guess), max_pulses=20)
    assert (found.end == End.REACHED).all()
    assert ((cells.g >= goals.low) & (cells.g <= goals.high)).all()


def test_cells_that_do_not_move_are_stuck():
    cells = LinearCells(50, speed=np.where(np.arange(50) < 10, 0.0, 1.0))
    found, _ = played(cells, max_pulses=20)
    assert (found.end[:10] == End.STUCK).all()
    assert (found.end[10:] == End.REACHED).all()


def test_what_is_learnt_saves_pulses_at_the_next_target():
    given, goals = means(max_pulses=20), goal(50)
    wrong = PredictedWidthSettings(step=SPAN / 200)
    algorithm = PREDICTED_WIDTH.build(wrong, given, profile())
    state, order = algorithm.begin(goals)
    assert not order.amplitude.any() and not np.isfinite(algorithm.learnt(state)["up"]).any()
    known = {name: np.full(50, SPAN / 2000 / WIDTH) for name in ("up", "down")}
    told, _ = algorithm.begin_knowing(goals, {**known, "unheard": np.zeros(50)})
    assert told.up == pytest.approx(SPAN / 2000 / WIDTH)
    assert state.up == pytest.approx(SPAN / 200 / WIDTH)
