"""Who drives the trigger lines of the backplane, and who listens to which terminal."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from mho.sim_instruments.ni_dcpower.errors import LINE_IN_USE, NiError
from mho.sim_instruments.ni_dcpower.terminals import Terminal, signal_name
from mho.sim_instruments.ni_dcpower.values import Signal, Trigger

Edge = Callable[[Trigger, float], None]
"""What a channel does at an edge: the trigger, and the moment (s)."""


class Listener(NamedTuple):
    """A channel that waits for edges at a terminal."""

    slot: str
    trigger: Trigger
    edge: Edge


class Lines:
    """The routes of one chassis. Slots are in lower case."""

    def __init__(self) -> None:
        self._exports: dict[str, Mapping[Signal, Terminal]] = {}
        self._listeners: dict[Terminal, list[Listener]] = {}

    @property
    def heard(self) -> bool:
        """Whether anybody listens."""
        return bool(self._listeners)

    def export(self, slot: str, exports: Mapping[Signal, Terminal]) -> None:
        """Let a module drive these lines and no others.

        It keeps them until it exports elsewhere or is reset, whoever holds a session to it.
        """
        if not exports:
            self._exports.pop(slot, None)
            return
        taken = {
            line: other
            for other, theirs in self._exports.items()
            if other != slot
            for line in theirs.values()
        }
        for signal, line in exports.items():
            if line in taken:
                raise NiError(LINE_IN_USE, f"{line.name}: {taken[line]} drives it.")
            taken[line] = f"{slot}'s {signal_name(signal)}"
        self._exports[slot] = dict(exports)

    def listen(self, terminal: Terminal, listener: Listener) -> None:
        """Tell a channel about every edge at ``terminal``."""
        self._listeners.setdefault(terminal, []).append(listener)

    def silence(self, slot: str) -> None:
        """Tell a channel no more."""
        if not self._listeners:
            return
        for terminal, listeners in list(self._listeners.items()):
            kept = [listener for listener in listeners if listener.slot != slot]
            if kept:
                self._listeners[terminal] = kept
            else:
                del self._listeners[terminal]

    def emit(self, slot: str, signal: Signal, moment: float) -> None:
        """A module's trigger or event at ``moment`` (s), wherever it is heard."""
        if not self._listeners:
            return
        heard = list(self._listeners.get(Terminal(slot, signal_name(signal).lower()), ()))
        line = self._exports.get(slot, {}).get(signal)
        if line is not None:
            heard += self._listeners.get(line, ())
        for listener in heard:
            listener.edge(listener.trigger, moment)
