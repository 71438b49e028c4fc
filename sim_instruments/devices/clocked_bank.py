"""Many devices of one law (`clocked`) at once: a `CellBank`."""

import numpy as np

from mho.device.bank import Cells, Floats
from mho.sim_instruments.devices.clocked import Clocked
from mho.sim_instruments.devices.selection import Selection


class ClockedBank:
    """``devices`` are arrays; they stand alone between their terminal and ground."""

    def __init__(self, devices: Clocked, count: int) -> None:
        self.count = count
        self._selection = Selection(devices)

    def pulse(self, cells: Cells, amplitude: Floats, width: Floats) -> Floats:
        """Taken as if the conductance were half the time what it is before, and then after."""
        devices = self._selection.of(cells)
        before = devices.conductance()
        devices.pulse(amplitude, width)
        energy: Floats = amplitude * amplitude * width * (before + devices.conductance())
        return 0.5 * energy

    def rest(self, cells: Cells, duration: Floats) -> None:
        """As time passes."""
        self._selection.of(cells).rest(duration)

    def read(self, cells: Cells, voltage: float, count: int, interval: Floats) -> Floats:  # noqa: ARG002
        """They are ohmic: the same at every voltage."""
        devices, found = self._selection.of(cells), np.empty((count, cells.size))
        for now in found:
            now[:] = devices.seen()
            devices.rest(interval)
        return found.T

    def conductance(self, cells: Cells) -> Floats:
        """As now."""
        return np.asarray(self._selection.of(cells).conductance(), np.float64)

    def place(self, cells: Cells, conductance: Floats) -> None:
        """As near as the bounds of each device let it."""
        devices = self._selection.of(cells)
        devices.position = devices.law.position(conductance)
