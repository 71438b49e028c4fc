"""Cells whose every property is told: a `CellBank` for tests of programming algorithms."""

from dataclasses import dataclass, field

import numpy as np

from mho.arena.means import Terms, means_of
from mho.device.profile import DeviceProfile
from mho.programming.algorithm import Goal, Means

LIMIT = 2.5
"""V, of either polarity."""


def profile(**changes):
    """A two-terminal device of no particular kind."""
    data = {
        "name": "scripted",
        "terminals": {"TE": {"min_voltage": -LIMIT, "max_voltage": LIMIT, "max_compliance": 1e-2}},
        "dose": {"max_pulses": 10000, "max_charge": 1.0},
        "set_polarity": "positive",
        "read_voltage": 0.05,
        "pulse_compliance": 5e-3,
        "read_compliance": 1e-4,
        "pulse_width": 10e-3,
        "contact_floor": 50e-9,
        "reset_curve": [
            {"amplitude": 0.6, "conductance": 200e-6},
            {"amplitude": 2.0, "conductance": 5e-6},
        ],
        **changes,
    }
    return DeviceProfile.model_validate(data)


def means(**changes) -> Means:
    """What may be done to such a device."""
    found = means_of(profile(), Terms())
    return Means(**{name: changes.get(name, getattr(found, name)) for name in found.__slots__})


def goal(targets, tolerance=0.03) -> Goal:
    """Within a fraction of each target (S)."""
    target = np.asarray(targets, dtype=float)
    return Goal(target, target * (1 - tolerance), target * (1 + tolerance))


@dataclass
class ScriptedCells:
    """ln G follows pulses by an exponential law, without chance; reads have white noise.

    ``shift`` (n,) is added to the thresholds. ``dead`` cells do not move, ``bounds`` (S) are as far
    as a cell goes, ``noise`` is the relative sd of reads, ``noisy_after`` so many pulses it is
    ``later_noise``; at pulse number ``jumps_at`` a cell jumps by 0.5.
    """

    count: int
    shift: np.ndarray | float = 0.0
    dead: np.ndarray | bool = False
    bounds: tuple[float, float] = (1e-6, 1e-3)
    noise: float = 0.0
    later_noise: float = 0.0
    noisy_after: int = 10**9
    jumps_at: int = 10**9
    slope: float = 0.03
    seed: int = 0
    first: float = 7e-6
    amplitudes: list = field(default_factory=list)

    def __post_init__(self):
        self.x = np.full(self.count, np.log(self.first))
        self.pulses = np.zeros(self.count, dtype=int)
        self.shift = np.broadcast_to(self.shift, (self.count,))
        self.dead = np.broadcast_to(self.dead, (self.count,))
        self.chance = [np.random.default_rng([self.seed, n]) for n in range(self.count)]

    def pulse(self, cells, amplitude, width):
        """By the law of the exponential voltage-time relation, one stroke."""
        self.amplitudes.append((cells.copy(), amplitude.copy(), width.copy()))
        x, up = self.x[cells], amplitude > 0
        steep = np.where(up, 0.2, 0.38)
        middle = np.log(30e-6)
        threshold = np.where(up, 1.0 + 0.2 * (x - middle), 1.3 - 0.38 * (x - middle))
        lead = abs(amplitude) - threshold - self.shift[cells]
        lead = lead + self.slope * np.log(width / 10e-3)
        step = self.slope / steep * np.logaddexp(0.0, lead / self.slope)
        moved = np.clip(x + np.where(up, step, -step), *np.log(self.bounds))
        self.pulses[cells] += 1
        moved = np.where(self.pulses[cells] == self.jumps_at, moved + 0.5, moved)
        self.x[cells] = np.where(self.dead[cells], x, moved)
        return abs(amplitude) ** 2 * np.exp(self.x[cells]) * width

    def rest(self, cells, duration):
        """Nothing relaxes."""

    def read(self, cells, voltage, count, interval):
        """Each cell has its own noise, whoever else is read."""
        del voltage, interval
        level = np.where(self.pulses[cells] > self.noisy_after, self.later_noise, self.noise)
        drawn = np.array([self.chance[n].standard_normal(count) for n in cells])
        return np.exp(self.x[cells])[:, None] * (1.0 + level[:, None] * drawn)

    def conductance(self, cells):
        """As it is."""
        return np.exp(self.x[cells])

    def place(self, cells, conductance):
        """As told."""
        self.x[cells] = np.log(conductance)
