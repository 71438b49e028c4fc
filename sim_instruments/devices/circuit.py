"""What stands between the driven terminal and a memristor, and how the voltage divides there."""

from collections.abc import Callable, Mapping
from typing import Protocol

from mho.sim_instruments.devices.cu_te_memristor import Conduction, CuTe, Divide
from mho.sim_instruments.devices.device_model import Drive, Response
from mho.sim_instruments.devices.elementwise import Elementwise, Values

_TOLERANCE = 1e-9
_SECANTS = 8
_ITERATIONS = 60


class Circuit(Protocol):
    """One stretch of constant drives: sources at levels, limits, and what stands in series."""

    @property
    def level(self) -> Values:
        """Volts across the whole circuit; the memristor gets at most this."""
        ...

    @property
    def divide(self) -> Divide:
        """Solves the voltage across the memristor; see `Divide`."""
        ...

    def responses(self, conduction: Conduction) -> Mapping[str, Response]:
        """What stands at the terminals that carry current, given how the memristor conducts."""
        ...


class LimitedSource:
    """A voltage source with a current limit, directly across the memristor."""

    def __init__(self, level: Values, compliance: Values, ops: Elementwise) -> None:
        self.level, self._compliance, self._ops = level, compliance, ops

    def divide(self, conduction: Conduction) -> Values:
        """All of the level, or what the memristor takes at the limit."""
        ops, level, compliance = self._ops, self.level, self._compliance
        high = abs(level)
        current = high * conduction(level)
        if not ops.any(current > compliance):
            return level
        sign = ops.where(level < 0.0, -1.0, 1.0)
        guess = ops.minimum(high, high * compliance / ops.maximum(current, compliance))
        return sign * crossing(lambda u: u * conduction(sign * u) - compliance, high, guess, ops)

    def response(self, conduction: Conduction) -> Response:
        """Level and current across the memristor; where the limit holds, the level it leaves."""
        current = self.level * conduction(self.level)
        if abs(current) <= self._compliance:
            return Response(self.level, current, False)
        current = self._compliance if current > 0.0 else -self._compliance
        return Response(self.divide(conduction), current, True)

    def responses(self, conduction: Conduction) -> Mapping[str, Response]:
        """The source stands at TE."""
        return {"TE": self.response(conduction)}


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


def crossing(
    residual: Callable[[Values], Values], high: Values, guess: Values, ops: Elementwise
) -> Values:
    """Where ``residual``, rising with its argument, crosses zero between 0 and ``high``.

    ``high`` itself where it stays negative. A secant kept in its bracket; halving takes over
    where secants do not converge. All devices at once.
    """
    low, top = ops.full(0.0), high
    last, last_residual = high, residual(high)
    crosses = last_residual > 0.0
    if not ops.any(crosses):
        return high
    now = guess
    for iteration in range(_ITERATIONS):
        here = residual(now)
        above = here > 0.0
        top = ops.where(above, now, top)
        low = ops.where(above, low, now)
        step = now - last
        rise = here - last_residual
        flat = rise == 0.0
        secant = now - here * step / ops.where(flat, 1.0, rise)
        usable = (secant >= low) & (secant <= top) & ((step == 0.0) | (flat ^ True))
        if iteration > _SECANTS and iteration % 2:
            usable = usable & (abs(step) <= _TOLERANCE * high)
        last, last_residual = now, here
        now = ops.where(usable, secant, 0.5 * (low + top))
        if not ops.any(abs(now - last) > _TOLERANCE * high):
            break
    return ops.where(crosses, now, high)
