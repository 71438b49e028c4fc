"""Where the triggers of a channel come from and where its signals go, worked out from settings."""

from collections.abc import Container

from mho.sim_instruments.ni_dcpower.attribute import Settings
from mho.sim_instruments.ni_dcpower.terminals import Terminal, input_terminal, output_line
from mho.sim_instruments.ni_dcpower.trigger_attributes import EXPORTED, input_of, type_of
from mho.sim_instruments.ni_dcpower.values import DIGITAL_EDGE, Signal, Trigger


def inputs(settings: Settings, slot: str, slots: Container[str]) -> dict[Trigger, Terminal]:
    """Terminals that give the digital edges of the channel in ``slot``.

    A digital edge without a terminal waits for a software edge (unverified).
    """
    found = {
        trigger: input_terminal(settings[input_of(trigger)], trigger, slot, slots)
        for trigger in Trigger
        if settings[type_of(trigger)] == DIGITAL_EDGE
    }
    return {trigger: terminal for trigger, terminal in found.items() if terminal is not None}


def exports(settings: Settings) -> dict[Signal, Terminal]:
    """Lines of the backplane that signals are exported to."""
    found = {signal: output_line(settings[name]) for signal, name in EXPORTED.items()}
    return {signal: line for signal, line in found.items() if line is not None}
