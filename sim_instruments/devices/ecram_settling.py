"""What a channel shows more than its state for a while after it was written.

Ions that have crossed into the channel first sit at its interface, where they count for more. Each
pool k holds z_k, in parts of the conductance range::

    dz_k/dt = share_k dq/dt - z_k / time_k          G = G_empty + range (q + sum z_k)

Over a stretch of constant drives q is taken to move at its mean speed. Where it slows down on the
way (a cell that comes to rest against its potential, soft limits) the pools are a little too full
at the end: at most by the share of the stretch's own motion that its speed changes by.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from mho.device.model import State
from mho.frozen import Frozen
from mho.quantities import Fraction, Seconds


class Pool(Frozen):
    """One time constant of the settling of a channel."""

    share: Fraction = Field(
        ge=0, le=2, description="of a change of the state that is seen in excess at first"
    )
    time: Seconds = Field(gt=0, description="in which 63 % of the excess is gone")


class Settling:
    """The pools of one cell."""

    def __init__(self, pools: Sequence[Pool]) -> None:
        self._pools = tuple(pools)
        self._excess = [0.0] * len(self._pools)

    @property
    def excess(self) -> float:
        """The sum of all pools, in parts of the range."""
        return sum(self._excess)

    def advance(self, moved: float, duration: float) -> None:
        """So many seconds pass, in which the state has ``moved`` evenly."""
        for k, pool in enumerate(self._pools):
            age = duration / pool.time
            gone = -math.expm1(-age)
            fed = pool.share * moved * (gone / age if age > 0.0 else 1.0)
            self._excess[k] = self._excess[k] * (1.0 - gone) + fed

    def state(self) -> dict[str, NDArray[np.generic]]:
        """The pools."""
        return {"excess": np.array(self._excess)}

    def restore(self, state: State) -> None:
        """Take over what `state` gave."""
        self._excess = [float(one) for one in state["excess"]]
