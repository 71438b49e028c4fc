"""Many Cu:Te memristors at once, bare or each in series with a transistor: a `CellBank`."""

from collections.abc import Callable

import numpy as np

from mho.device.bank import Cells, Floats
from mho.sim_instruments.devices.circuit import Circuit, Conduction
from mho.sim_instruments.devices.cu_te_memristor import CuTe
from mho.sim_instruments.devices.cu_te_parameters import CuTeParameters
from mho.sim_instruments.devices.secants import state_of
from mho.sim_instruments.devices.selection import Selection
from mho.sim_instruments.devices.subset import Subset

_AT_A_TIME = 65536
"""So many reads are solved for in one go."""
_LARGEST = 0.0
"""ln(G / 1 S) of a memristor that is looked for in vain: its transistor conducts too little."""


class CuTeBank:
    """``circuit(levels)`` is what the memristors stand in; None where they stand alone."""

    def __init__(
        self,
        parameters: CuTeParameters,
        count: int,
        seed: int,
        circuit: Callable[[Floats], Circuit] | None = None,
    ) -> None:
        memristors = CuTe(count, parameters, seed, arrays=True)
        memristors.part_times()
        self.count = count
        self._circuit, self._read_voltage = circuit, parameters.read_voltage
        self._selection = Selection(memristors)

    def pulse(self, cells: Cells, amplitude: Floats, width: Floats) -> Floats:
        """Taken as if the current were all the time what it is at the end.

        It is near that for most of a pulse, since it settles in log time.
        """
        memristors = self._selection.of(cells)
        circuit = None if self._circuit is None else self._circuit(amplitude)
        across = memristors.pulse(amplitude, width, circuit)
        conduct = memristors.bend.at(*memristors.quiet())
        if across is None:
            across = amplitude if circuit is None else circuit.divide(conduct)
        energy: Floats = np.abs(amplitude * across * conduct(across)) * width
        return energy

    def rest(self, cells: Cells, duration: Floats) -> None:
        """As time passes."""
        self._selection.of(cells).rest(duration)

    def read(self, cells: Cells, voltage: float, count: int, interval: Floats) -> Floats:
        """Current over ``voltage``, which stands over what is in series as well."""
        memristors = self._selection.of(cells)
        found = np.empty((count, cells.size))
        together = max(1, _AT_A_TIME // max(cells.size, 1))
        for first in range(0, count, together):
            reads = found[first : first + together]
            states = np.empty_like(reads)
            for state, conductance in zip(states, reads, strict=True):
                state[:], conductance[:] = memristors.seen()
                memristors.rest(interval)
            bend = memristors.bend
            if not bend.ohmic:
                bend = Subset(bend, np.tile(np.arange(cells.size), len(reads))).part
            conduct = bend.at(states.ravel(), reads.ravel())
            through = self._through(voltage, conduct, reads.size, exactly=False)
            reads[:] = through.reshape(reads.shape)
        return found.T

    def conductance(self, cells: Cells) -> Floats:
        """That a read at the parameters' ``read_voltage`` would find."""
        memristors = self._selection.of(cells)
        return self._noise_free(memristors, *memristors.quiet())

    def place(self, cells: Cells, conductance: Floats) -> None:
        """So that `conductance` is what is asked for."""
        memristors, x = self._selection.of(cells), np.log(conductance)
        if self._circuit is not None:
            asked = x

            def shortfall(x: Floats) -> Floats:
                short: Floats = asked - np.log(self._noise_free(memristors, x, np.exp(x)))
                return short

            x = state_of(shortfall, x, np.ones_like(x), -np.inf, _LARGEST)
        memristors.place(x)

    def _noise_free(self, memristors: CuTe, x: Floats, conductance: Floats) -> Floats:
        conduct = memristors.bend.at(x, conductance)
        return self._through(self._read_voltage, conduct, x.size)

    def _through(
        self, voltage: float, conduct: Conduction, size: int, *, exactly: bool = True
    ) -> Floats:
        """Current over ``voltage`` of so many memristors and what each is in series with.

        But for ``exactly``, to some 1e-5 of it: that is nothing to the noise.
        """
        levels = np.full(size, voltage)
        if self._circuit is None:
            alone: Floats = conduct(levels)
            return alone
        circuit = self._circuit(levels)
        near = None if exactly else circuit.near(conduct(levels))
        across = circuit.divide(conduct, near)
        found: Floats = across * conduct(across) / levels
        return found
