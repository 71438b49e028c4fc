"""What stands between the driven terminal and a memristor, and how the voltage divides there."""

from collections.abc import Callable, Mapping
from typing import Protocol

from mho.device.model import Response
from mho.sim_instruments.devices.elementwise import Elementwise, Values

Conduction = Callable[[Values], Values]
"""The conductance (S; current over voltage) of a device at each voltage across it."""

Divide = Callable[[Conduction], Values]
"""How a circuit divides its voltage: given the conductance the memristor takes at each voltage
across it, the voltage (V, signed) that ends up across it."""

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
