"""A bench with a simple cell to which something happens at its n-th pulse."""

from dataclasses import dataclass
from math import exp, log, log1p

import numpy as np

from mho.readings import Reading, Trace
from mho.stimuli import Purpose
from mho.testing import NotingBench

SLOPE = 0.03
"""Volts per e-fold of speed."""


@dataclass
class TroubledCell(NotingBench):
    """ln G follows each pulse by an exponential law; reads have white noise of ``noise``.

    ``trouble`` is what happens at pulse number ``at``: "sticks", "jumps", "dies" (reads nothing),
    "shorts" (reads more than can be measured), "becomes noisy"; empty for nothing.
    """

    trouble: str = ""
    at: int = 3
    noise: float = 0.005
    x: float = log(20e-6)
    pulses: int = 0
    seed: int = 5

    def __post_init__(self):
        self.chance = np.random.default_rng(self.seed)

    def apply(self, stimulus):
        self.applied.append(stimulus)
        found = []
        score = stimulus.score()
        for column in score.columns():
            self.clock.sleep(column[0].duration)
            for terminal, one in zip(score.terminals, column, strict=True):
                if one.purpose is Purpose.PROGRAM and one.level:
                    self.move(one.level)
                if one.aperture is not None:
                    current = one.level * self.read()
                    held = abs(current) > one.limit
                    current = max(-one.limit, min(one.limit, current))
                    found.append(Reading(self.clock.now(), one.level, current, held, "", terminal))
        return Trace(tuple(found))

    def move(self, level):
        self.pulses += 1
        struck = self.pulses >= self.at
        if struck and self.trouble == "sticks":
            return
        if self.pulses == self.at and self.trouble == "jumps":
            self.x += 1.0
            return
        up = level > 0
        threshold = 1.0 + 0.15 * (self.x - log(20e-6)) if up else 1.2 - 0.35 * (self.x - log(20e-6))
        steepness = 0.15 if up else 0.35
        step = SLOPE * log1p(exp(min((abs(level) - threshold) / SLOPE, 100.0))) / steepness
        step *= 1.0 + 0.1 * self.chance.standard_normal()
        self.x = float(np.clip(self.x + (step if up else -step), log(2e-6), log(900e-6)))

    def read(self):
        struck = self.pulses >= self.at
        if struck and self.trouble == "dies":
            return 1e-10
        if struck and self.trouble == "shorts":
            return 1.0
        noise = 0.3 if struck and self.trouble == "becomes noisy" else self.noise
        return exp(self.x) * max(1.0 + noise * self.chance.standard_normal(), 0.01)
