"""A Cu:Te memristor in the circuit that its drives make up, as a device between terminals."""

from collections.abc import Callable, Mapping

from mho.sim_instruments.devices.circuit import Circuit
from mho.sim_instruments.devices.cu_te_memristor import CuTe
from mho.sim_instruments.devices.device_model import Drive, Response


class MemristorCell:
    """The `DeviceModel` of one memristor in a circuit that its drives make up.

    ``circuit(drives)`` is None while nothing drives TE.
    """

    def __init__(
        self,
        memristor: CuTe,
        terminals: tuple[str, ...],
        circuit: Callable[[Mapping[str, Drive]], Circuit | None],
    ) -> None:
        self.memristor = memristor
        self.terminals = terminals
        self._circuit = circuit

    def advance(self, drives: Mapping[str, Drive], duration: float) -> None:
        """Let time pass: the state moves if a voltage stands across the circuit."""
        circuit = self._circuit(drives)
        if circuit is None or circuit.level == 0.0:
            self.memristor.rest(duration)
        else:
            self.memristor.pulse(circuit.level, duration, circuit.divide)

    def respond(self, drives: Mapping[str, Drive]) -> Mapping[str, Response]:
        """The circuit tells who takes current; every other terminal (a gate) takes none."""
        responses = {name: Response(drive.level, 0.0, False) for name, drive in drives.items()}
        circuit = self._circuit(drives)
        if circuit is not None and circuit.level != 0.0:
            responses.update(circuit.responses(self.memristor.conduction()))
        return responses
