"""Which devices of a bank are worked on: the same ones again cost nothing to get at."""

from typing import Generic, TypeVar

import numpy as np

from mho.device.bank import Cells
from mho.sim_instruments.devices.subset import Devices, Subset, separate

D = TypeVar("D", bound=Devices)


class Selection(Generic[D]):
    """All devices of a bank, and those that were asked for last as devices by themselves."""

    def __init__(self, whole: D) -> None:
        self._whole = separate(whole)
        self._some: Subset[D] | None = None

    def of(self, cells: Cells) -> D:
        """The devices ``cells`` (indices without repetition), as they are by now."""
        if self._some is not None:
            if np.array_equal(self._some.at, cells):
                return self._some.part
            self._some.put_back()
        self._some = Subset(self._whole, np.array(cells))
        return self._some.part
