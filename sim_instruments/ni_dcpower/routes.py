"""Where the triggers of a channel come from and where its signals go, worked out from settings."""

from collections.abc import Container

from mho.sim_instruments.ni_dcpower.attribute import Settings
from mho.sim_instruments.ni_dcpower.terminals import Terminal, input_terminal, output_line
from mho.sim_instruments.ni_dcpower.trigger_attributes import EXPORTED, input_of, type_of
from mho.sim_instruments.ni_dcpower.values import DIGITAL_EDGE, Signal, Trigger

_INPUTS = tuple((trigger, type_of(trigger), input_of(trigger)) for trigger in Trigger)
_EXPORTS = tuple(EXPORTED.items())


def inputs(settings: Settings, slot: str, slots: Container[str]) -> dict[Trigger, Terminal]:
    """Terminals that give the digital edges of the channel in ``slot``.

    A digital edge without a terminal waits for a software edge (unverified).
    """
    found: dict[Trigger, Terminal] = {}
    for trigger, kind, source in _INPUTS:
        if settings[source] and settings[kind] == DIGITAL_EDGE:
            terminal = input_terminal(settings[source], trigger, slot, slots)
            if terminal is not None:
                found[trigger] = terminal
    return found


def exports(settings: Settings) -> dict[Signal, Terminal]:
    """Lines of the backplane that signals are exported to."""
    found: dict[Signal, Terminal] = {}
    for signal, name in _EXPORTS:
        line = output_line(settings[name]) if settings[name] else None
        if line is not None:
            found[signal] = line
    return found
