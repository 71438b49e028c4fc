"""Many alpha-Fe2O3 synapses at once: a `CellBank`. FTO is grounded, and Ag negative sets."""

import numpy as np

from mho.device.bank import Cells, Floats
from mho.sim_instruments.devices.alpha_fe2o3_memristor import AlphaFe2O3
from mho.sim_instruments.devices.alpha_fe2o3_parameters import AlphaFe2O3Parameters
from mho.sim_instruments.devices.secants import state_of
from mho.sim_instruments.devices.selection import Selection

LIMIT = 7e-3
"""Amperes, of the source at Ag; published."""

_READ = 0.1  # volts


class AlphaFe2O3Bank:
    """Synapses between Ag and ground."""

    def __init__(self, parameters: AlphaFe2O3Parameters, count: int, seed: int) -> None:
        synapses = AlphaFe2O3(count, parameters, seed, arrays=True)
        synapses.part_times()
        self.count = count
        self._slope = parameters.filament_conductance
        self._selection = Selection(synapses)

    def pulse(self, cells: Cells, amplitude: Floats, width: Floats) -> Floats:
        """Taken as if the current were all the time what it is at the end.

        At the limit the voltage is taken as that of a resistor.
        """
        synapses, high = self._selection.of(cells), np.abs(amplitude)
        synapses.pulse(-amplitude, width, LIMIT)
        current = high * synapses.conductance(-amplitude)
        energy: Floats = high * current * np.minimum(LIMIT / np.maximum(current, LIMIT), 1.0) ** 2
        return energy * width

    def rest(self, cells: Cells, duration: Floats) -> None:
        """As time passes."""
        self._selection.of(cells).rest(duration)

    def read(self, cells: Cells, voltage: float, count: int, interval: Floats) -> Floats:
        """Current over voltage at Ag."""
        synapses, found = self._selection.of(cells), np.empty((count, cells.size))
        for now in found:
            now[:] = synapses.conduction()(np.full(cells.size, voltage))
            synapses.rest(interval)
        return found.T

    def conductance(self, cells: Cells) -> Floats:
        """At 0.1 V."""
        found: Floats = self._selection.of(cells).conductance(np.full(cells.size, _READ))
        return found

    def place(self, cells: Cells, conductance: Floats) -> None:
        """As near as filaments from none to complete come to it."""
        synapses, read = self._selection.of(cells), np.full(cells.size, _READ)

        def shortfall(filament: Floats) -> Floats:
            synapses.place(filament)
            short: Floats = conductance - synapses.conductance(read)
            return short

        half, slope = np.full(cells.size, 0.5), np.full(cells.size, self._slope)
        synapses.place(state_of(shortfall, half, slope, 0.0, 1.0))
