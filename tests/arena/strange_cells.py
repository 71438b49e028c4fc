"""Three memristors that no controller was made for: banks of plain numpy."""

import math

import numpy as np

LOW, HIGH = math.log(4e-6), math.log(250e-6)
NOISE = 0.005
WIDTH = 10e-3


class Strange:
    """``x`` is ln G of each cell; a subclass says how pulses and time change it."""

    def __init__(self, count, seed):
        self.count = count
        self.variation, self.switching, self.fluctuation = (
            np.random.default_rng(one) for one in np.random.SeedSequence(seed).spawn(3)
        )
        self.x = math.log(6e-6) + 0.2 * self.variation.standard_normal(count)
        self.begin()

    def pulse(self, cells, amplitude, width):
        energy = amplitude * amplitude * width * self.conductance(cells)
        size = self.size(cells, amplitude > 0, abs(amplitude), width)
        self.step(cells, np.where(amplitude > 0, size, -size))
        self.rest(cells, width)
        return energy

    def step(self, cells, step):
        self.x[cells] = np.clip(self.x[cells] + step, LOW, HIGH)

    def drawn(self, mean, grain):
        """A Gamma process: variance over mean is the grain."""
        shape = np.maximum(mean, 1e-12) / grain
        return np.where(mean > 1e-6, grain * self.switching.standard_gamma(shape), 0.0)

    def rest(self, cells, duration):
        """Nothing."""

    def read(self, cells, voltage, count, interval):
        del voltage
        found = np.empty((count, len(cells)))
        for row in found:
            row[:] = self.conductance(cells) * np.maximum(1.0 + self.noise(cells), 0.05)
            self.rest(cells, interval)
        return found.T

    def noise(self, cells):
        return NOISE * self.fluctuation.standard_normal(len(cells))

    def conductance(self, cells):
        return np.exp(self.x[cells])

    def place(self, cells, conductance):
        self.x[cells] = np.log(conductance)


class Restless(Strange):
    """A quarter of every step comes back, in times that each cell has for itself."""

    def begin(self):
        draw = self.variation
        self.back = np.zeros((2, self.count))
        ends = np.log([[0.05], [2.0]]), np.log([[1.0], [20.0]])
        self.time = np.exp(draw.uniform(*ends, (2, self.count)))
        spread = np.exp(0.2 * draw.standard_normal((2, self.count)))
        self.part = np.array([[0.15], [0.10]]) * spread
        self.rate = np.exp(0.3 * draw.standard_normal(self.count))
        self.volts = 0.36 * np.exp(0.1 * draw.standard_normal(self.count))

    def size(self, cells, up, magnitude, width):
        room = np.where(up, HIGH - self.x[cells], self.x[cells] - LOW) / (HIGH - LOW)
        drive = 0.01 * np.sinh(magnitude / self.volts[cells])
        return self.drawn(np.minimum(self.rate[cells] * width / WIDTH * drive * room, 3.0), 0.02)

    def step(self, cells, step):
        step = np.clip(self.x[cells] + step, LOW, HIGH) - self.x[cells]
        part = self.part[:, cells]
        self.x[cells] += step * (1.0 - part.sum(axis=0))
        self.back[:, cells] += part * step

    def rest(self, cells, duration):
        self.back[:, cells] *= np.exp(-duration / self.time[:, cells])

    def conductance(self, cells):
        return np.exp(self.x[cells] + self.back[:, cells].sum(axis=0))

    def place(self, cells, conductance):
        super().place(cells, conductance)
        self.back[:, cells] = 0.0


class Creeping(Strange):
    """SET jumps, RESET creeps; a dead zone in either, and steps that saturate with amplitude."""

    def begin(self):
        draw, n = self.variation.standard_normal, self.count
        self.dead = np.stack([0.6 + 0.06 * draw(n), 0.95 + 0.08 * draw(n)])
        self.most = np.stack([0.10 * np.exp(0.2 * draw(n)), 0.8 * np.exp(0.2 * draw(n))])

    def size(self, cells, up, magnitude, width):
        own = up.astype(int), cells
        over = np.maximum(magnitude - self.dead[own], 0.0)
        mean = self.most[own] * np.tanh(over / 0.3) * width / WIDTH
        return self.drawn(mean, np.where(up, 0.05, 0.01))


class Telegraph(Strange):
    """One trap of two levels, some percent apart; another one after most pulses that move it."""

    def begin(self):
        draw, n = self.variation, self.count
        self.threshold = np.stack([1.3 + 0.1 * draw.standard_normal(n),
                                   0.8 + 0.08 * draw.standard_normal(n)])  # fmt: skip
        self.high, self.often = np.zeros(n, dtype=bool), np.full(n, 0.5)
        self.apart, self.time = np.zeros(n), np.ones(n)
        self.another(np.arange(n), draw)

    def another(self, cells, draw):
        n = len(cells)
        self.apart[cells] = 0.025 * np.exp(0.5 * draw.standard_normal(n))
        self.time[cells] = np.exp(draw.uniform(np.log(0.02), np.log(5.0), n))
        self.often[cells] = draw.uniform(0.2, 0.8, n)
        self.high[cells] = draw.random(n) < self.often[cells]

    def size(self, cells, up, magnitude, width):
        away = self.x[cells] - math.log(3e-5)
        threshold = self.threshold[up.astype(int), cells] + np.where(up, 0.15, -0.3) * away
        lead = (magnitude - threshold) / 0.05 + np.log(width / WIDTH)
        size = self.drawn(0.05 / np.where(up, 0.15, 0.3) * np.logaddexp(0.0, lead), 0.015)
        moved = self.switching.random(len(cells)) < 1.0 - np.exp(-size / 0.05)
        self.another(cells[moved], self.switching)
        return size

    def rest(self, cells, duration):
        often = self.often[cells]
        chance = often + (self.high[cells] - often) * np.exp(-duration / self.time[cells])
        self.high[cells] = self.fluctuation.random(len(cells)) < chance

    def noise(self, cells):
        return self.apart[cells] * (self.high[cells] - self.often[cells]) + super().noise(cells) / 3
