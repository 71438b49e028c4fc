"""What every simulated device offers to the instruments wired to it."""

from collections.abc import Mapping
from typing import NamedTuple, Protocol


class Drive(NamedTuple):
    """A voltage source with a current limit at one terminal. Volts, amperes (magnitude)."""

    level: float
    compliance: float


class Response(NamedTuple):
    """What stands at one driven terminal: volts there, amperes into it, limit active or not."""

    voltage: float
    current: float
    in_compliance: bool


class DeviceModel(Protocol):
    """A device between named terminals.

    A terminal absent from ``drives`` is open: no current flows into it. Terminals that the device
    itself ties to ground (a grounded source or bottom electrode) are not among ``terminals``. A
    return terminal (a bottom electrode, a source line) that is among them and that nothing drives
    counts as tied to ground by the wiring, so that a bench without a channel for it works as well.
    """

    @property
    def terminals(self) -> tuple[str, ...]:
        """Terminals an instrument may be wired to, the driven one first."""
        ...

    def advance(self, drives: Mapping[str, Drive], duration: float) -> None:
        """Let ``duration`` seconds pass with these drives held: state changes, noise ages."""
        ...

    def respond(self, drives: Mapping[str, Drive]) -> Mapping[str, Response]:
        """What an ideal meter reads now at each driven terminal, the device's own noise included.

        Draws from the device's noise only if some current flows; no time passes.
        """
        ...
