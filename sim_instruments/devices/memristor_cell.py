"""A memristor in the circuit that its drives make up, as a device between terminals."""

from collections.abc import Callable, Mapping
from typing import Protocol

from mho.device.model import Response, State, drive_at, undisturbed
from mho.sim_instruments.devices.circuit import Circuit, Conduction
from mho.stimuli import Drive


class Memristor(Protocol):
    """One memristor, in plain floats."""

    def rest(self, duration: float, /) -> None:
        """Let time pass at 0 V."""
        ...

    def pulse(self, level: float, width: float, circuit: Circuit, /) -> object:
        """Hold ``level`` volts over the circuit for ``width`` seconds."""
        ...

    def conduction(self) -> Conduction:
        """The conductance now (S) at each voltage across, noise included."""
        ...

    def state(self) -> State:
        """All that it is made of by now."""
        ...

    def restore(self, state: State) -> None:
        """Take over what `state` gave."""
        ...


class MemristorCell:
    """The `DeviceModel` of one memristor in a circuit that its drives make up.

    ``circuit(drives)`` is None while nothing drives TE. An open TE takes no current, so that it
    stands at the potential of the other end: that of ``far_end``, or ground.
    """

    def __init__(
        self,
        memristor: Memristor,
        terminals: tuple[str, ...],
        circuit: Callable[[Mapping[str, Drive]], Circuit | None],
        far_end: str | None = None,
    ) -> None:
        self.memristor = memristor
        self.terminals = terminals
        self._circuit = circuit
        self._far_end = far_end

    def advance(self, drives: Mapping[str, Drive], duration: float) -> None:
        """Let time pass: the state moves if a voltage stands across the circuit."""
        circuit = self._circuit(drives)
        if circuit is None or circuit.level == 0.0:
            self.memristor.rest(duration)
        else:
            self.memristor.pulse(circuit.level, duration, circuit)

    def respond(self, drives: Mapping[str, Drive]) -> Mapping[str, Response]:
        """The circuit tells who takes current; every other terminal (a gate) takes none."""
        responses = undisturbed(self.terminals, drives)
        circuit = self._circuit(drives)
        if circuit is None:
            far = None if self._far_end is None else drive_at(drives, self._far_end)
            responses["TE"] = Response(0.0 if far is None else far.level, 0.0, False)
        elif circuit.level != 0.0:
            responses.update(circuit.responses(self.memristor.conduction()))
        return responses

    def state(self) -> State:
        """That of the memristor."""
        return self.memristor.state()

    def restore(self, state: State) -> None:
        """Take over what `state` gave."""
        self.memristor.restore(state)
