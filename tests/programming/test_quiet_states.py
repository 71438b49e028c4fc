"""Quiet states: of two kinds of states, the one whose noise averages out is found and kept."""

import numpy as np
from programming.scripted_cells import ScriptedCells
from programming.test_adaptive_rules import trial_of

TARGETS = np.geomspace(10e-6, 150e-6, 24)
TIME = 0.3


class Moody(ScriptedCells):
    """Noise of 1.5 %, of 0.3 s of correlation in slow states; a step of 2 % draws anew."""

    def __post_init__(self):
        super().__post_init__()
        self.moods = np.random.default_rng(self.seed)
        self.slow = self.moods.random(self.count) < 0.5
        self.drift = self.moods.standard_normal(self.count)

    def pulse(self, cells, amplitude, width):
        before = self.x[cells]
        energy = super().pulse(cells, amplitude, width)
        stirred = cells[abs(self.x[cells] - before) > 0.02]
        self.slow[stirred] = self.moods.random(len(stirred)) < 0.5
        return energy

    def rest(self, cells, duration):
        left = np.exp(-duration / TIME)
        news = np.sqrt(1.0 - left**2) * self.moods.standard_normal(len(cells))
        self.drift[cells] = left * self.drift[cells] + news

    def read(self, cells, voltage, count, interval):
        found = np.empty((len(cells), count))
        for column in range(count):
            white = self.moods.standard_normal(len(cells))
            found[:, column] = np.where(self.slow[cells], self.drift[cells], white)
            self.rest(cells, interval)
        return np.exp(self.x[cells])[:, None] * (1.0 + 0.015 * found)


def test_states_whose_noise_averages_out_are_looked_for():
    kept = {}
    for quiet in (False, True):
        bank = Moody(24, seed=5)
        trial = trial_of(bank, TARGETS, tolerance=0.006, settings={"quiet": quiet})
        kept[quiet] = (~bank.slow).mean(), trial.true.mean()
    assert kept[True][0] > 0.8 > kept[False][0] + 0.2
    assert kept[True][1] >= kept[False][1] > 0.9
