"""What settles after the state of a Cu:Te memristor has moved: its conductance, and its noise.

Relaxation: pools with correlation times a decade apart each take a share of every step, and a
random part whose variance grows with the distance, and lose it again. Together they go in log time
for as many decades as there are pools; then it is over. A state that has just been made fluctuates
more than a settled one. Both are linear in the motion or Markov in it, and nothing settles while it
moves (assumed), so that steps add up.
"""

import math
from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from mho.device.model import State
from mho.sim_instruments.devices import quick_chance
from mho.sim_instruments.devices.cu_te_parameters import CuTeParameters
from mho.sim_instruments.devices.elementwise import Elementwise, Formula, Values
from mho.sim_instruments.devices.kept import scalar_or_array
from mho.sim_instruments.devices.subset import Devices


class Settling(Devices):
    """Pools and freshness of N devices, as they were at the moment ``at``."""

    def __init__(self, parameters: CuTeParameters, ops: Elementwise) -> None:
        self._parameters, self._ops = parameters, ops
        self._times = parameters.relaxation_times if parameters.relaxation else ()
        self._pools = [ops.full(0.0) for _ in self._times]
        self._freshness = ops.full(0.0)
        self._at: Values = 0.0

    def part_times(self) -> None:
        """Each device has its own time from now on."""
        self._at = self._ops.full(1.0) * self._at

    def settle(self, now: Values) -> None:
        """All of it is over."""
        nothing = self._ops.full(0.0)
        self._pools, self._freshness, self._at = [nothing for _ in self._times], nothing, now

    def _since(self, now: Values) -> tuple[Values, Sequence[Values]]:
        """What is left of freshness, and of each pool."""
        age = self._ops.moment(now - self._at)
        exp, fresh_time = _exp_of(age), self._parameters.fresh_time
        return exp(age / -fresh_time), [exp(age / -time) for time in self._times]

    def relaxing(self, now: Values) -> Values:
        """By how much ln G is off its settled value."""
        total: Values = 0.0
        age = self._ops.moment(now - self._at)
        exp = _exp_of(age)
        for time, pool in zip(self._times, self._pools, strict=True):
            total = total + exp(age / -time) * pool
        return total

    def excess(self, now: Values) -> Values:
        """By how much the noise is larger than that of a settled state, relatively."""
        age = self._ops.moment(now - self._at)
        left = _exp_of(age)(age / -self._parameters.fresh_time)
        return self._parameters.fresh_noise * left * self._freshness

    def move(
        self,
        step: Values,
        moving: Values,
        generator: np.random.Generator,
        begin: Values,
        now: Values,
    ) -> None:
        """Those ``moving`` have moved by ``step`` of ln G since ``begin``; others have settled.

        Draws, if there is relaxation.
        """
        p, ops, distance = self._parameters, self._ops, abs(step)
        fresh_left, pools_left = self._since(begin)
        if not ops.all(moving):
            fresh_now, pools_now = self._since(now)
            fresh_left = ops.where(moving, fresh_left, fresh_now)
            pools_left = list(map(partial(ops.where, moving), pools_left, pools_now))
        if self._pools:
            spread = p.relaxation_spread * ops.sqrt(distance)
            kick = p.relaxation_back * step + spread * quick_chance.normal(generator, ops)
            self._pools = [
                left * pool + kick for left, pool in zip(pools_left, self._pools, strict=True)
            ]
        stale = ops.exp(-distance / p.fresh_step)
        self._freshness = 1.0 - stale * (1.0 - fresh_left * self._freshness)
        self._at = now

    def state(self) -> dict[str, NDArray[np.generic]]:
        """Pools, freshness and their moment."""
        return {
            "pools": np.array(self._pools),
            "freshness": np.array(self._freshness),
            "at": np.array(self._at),
        }

    def restore(self, state: State) -> None:
        """Take over what `state` gave."""
        self._pools = [self._ops.values(pool) for pool in state["pools"]]
        self._freshness = self._ops.values(state["freshness"])
        self._at = scalar_or_array(state["at"])


def _exp_of(age: Values) -> Formula:
    """The exponential of an age that all have, which many devices may, or of those of each."""
    return math.exp if isinstance(age, float) else np.exp
