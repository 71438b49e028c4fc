"""What every simulated device offers to the instruments wired to it."""

from collections.abc import Mapping
from typing import NamedTuple, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from mho.stimuli import Drive, Source

_OPEN = Source.OPEN  # a member of an enumeration is slow to look up, and this is asked all the time

State: TypeAlias = Mapping[str, NDArray[np.generic]]
"""A state as plain arrays by name: numbers, truth values or text, so that ``np.savez`` takes it
without pickling. Names of parts are joined with ``/``."""


class Response(NamedTuple):
    """What stands at one terminal: volts there, amperes into it.

    ``in_compliance`` says that the limit, not the level asked for, holds the source there.
    """

    voltage: float
    current: float
    in_compliance: bool


class DeviceModel(Protocol):
    """A device between named terminals, each at a voltage limited by a current, or open.

    A terminal absent from ``drives`` is open, and so is one whose drive has the source OPEN: no
    current flows into it. Current sources are not asked of a device, `mho.rehearsal.World` plays
    them as voltages. Terminals that the device itself ties to ground (a grounded source or bottom
    electrode) are not among ``terminals``. A return terminal (a bottom electrode, a source line)
    that is among them and that nothing drives counts as tied to ground by the wiring, so that a
    bench without a channel for it works as well.
    """

    @property
    def terminals(self) -> tuple[str, ...]:
        """Terminals an instrument may be wired to, the driven one first."""
        ...

    def advance(self, drives: Mapping[str, Drive], duration: float) -> None:
        """Let ``duration`` seconds pass with these drives held: state changes, noise ages."""
        ...

    def respond(self, drives: Mapping[str, Drive]) -> Mapping[str, Response]:
        """What ideal meters read now at every terminal, the device's own noise included.

        An open terminal has a potential (V) and takes 0 A. Draws from the device's noise only if
        some current flows; no time passes.
        """
        ...

    def state(self) -> State:
        """All that a device of these parameters is made of by now, random generators included."""
        ...

    def restore(self, state: State) -> None:
        """Take over what `state` gave, of this device or of another one of the same parameters.

        Raises
        ------
        KeyError
            The state is that of a device of another kind.
        """
        ...


def drive_at(drives: Mapping[str, Drive], terminal: str) -> Drive | None:
    """What drives ``terminal``; None where it is open."""
    drive = drives.get(terminal)
    return None if drive is None or drive.source is _OPEN else drive


def undisturbed(terminals: tuple[str, ...], drives: Mapping[str, Drive]) -> dict[str, Response]:
    """Every driven terminal at its level, every open one at 0 V, and no current anywhere."""
    responses = {}
    for name in terminals:
        drive = drive_at(drives, name)
        responses[name] = Response(0.0 if drive is None else drive.level, 0.0, False)
    return responses
