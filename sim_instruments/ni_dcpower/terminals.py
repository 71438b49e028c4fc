"""The names of terminals: lines of the backplane, and the triggers and events of modules.

As in NI's documentation: ``/PXI1Slot2/PXI_Trig0`` or ``PXI_Trig0``;
``/PXI1Slot2/SourceCompleteEvent``, with ``Engine0/`` before the signal, or without the module for
the channel's own. Case does not matter (unverified). Terminals of devices that are not in this
rack are valid names whose edges never come.
"""

import re
from collections.abc import Container
from typing import NamedTuple

from mho.sim_instruments.ni_dcpower.errors import INVALID_VALUE, NiError
from mho.sim_instruments.ni_dcpower.values import Event, Signal, Trigger

_LINE = re.compile(r"(?:/([^/]+)/)?(pxi_trig[0-7])")
_SIGNAL = re.compile(r"(?:/([^/]+)/)?(?:engine(\d{1,3})/)?(.+)")


class Terminal(NamedTuple):
    """A line of the backplane, ``slot`` then being empty, or a signal of a module; lower case."""

    slot: str
    name: str


def signal_name(signal: Signal) -> str:
    """A signal as terminals name it: ``SourceCompleteEvent``, ``StartTrigger``."""
    words = "".join(word.capitalize() for word in signal.name.split("_"))
    return words + ("Trigger" if isinstance(signal, Trigger) else "Event")


SIGNALS: dict[str, Signal] = {signal_name(signal).lower(): signal for signal in (*Event, *Trigger)}

OWN_INPUTS: dict[Trigger, tuple[Signal, ...]] = {
    Trigger.MEASURE: (
        Trigger.START, Trigger.SEQUENCE_ADVANCE, Trigger.SOURCE,
        Event.SOURCE_COMPLETE, Event.SEQUENCE_ITERATION_COMPLETE,
    ),
}  # fmt: skip
"""Which signals of a channel can be its own triggers; from the table of a sister model, 4147."""


def check_output(text: str) -> None:
    """Refuse what is not a line of the backplane; the empty text exports nothing."""
    if text and output_line(text) is None:
        raise NiError(
            INVALID_VALUE, f'Output terminal: "{text}". Signals are exported to PXI_Trig0 to 7.'
        )


def output_line(text: str) -> Terminal | None:
    """The line that a signal is exported to."""
    match = _LINE.fullmatch(text.strip().lower())
    return Terminal("", match[2]) if match else None


def check_input(text: str, *, line_only: bool) -> None:
    """Refuse what can be no terminal; the empty text is none."""
    if not text.strip() or output_line(text) is not None:
        return
    device, name = _split(text)
    if line_only or not name or (not device and name not in SIGNALS):
        kinds = "PXI_Trig0 to 7" if line_only else '"PXI_Trig0", "/PXI1Slot3/SourceCompleteEvent"'
        raise NiError(INVALID_VALUE, f'Input terminal: "{text}". Valid: {kinds}.')


def input_terminal(
    text: str, trigger: Trigger, own_slot: str, slots: Container[str]
) -> Terminal | None:
    """Where the edges of ``trigger`` come from; None without a terminal.

    ``slots`` are those of the rack, in lower case.
    """
    if not text.strip():
        return None
    line = output_line(text)
    if line is not None:
        return line
    device, name = _split(text)
    slot = device or own_slot
    if slot not in slots:
        return Terminal(slot, name)
    if name not in SIGNALS:
        raise NiError(INVALID_VALUE, f'Input terminal: "{text}". {slot} has no such signal.')
    if slot == own_slot and SIGNALS[name] not in OWN_INPUTS.get(trigger, ()):
        raise NiError(
            INVALID_VALUE,
            f'Input terminal: "{text}". There is no route to the same channel\'s '
            f"{signal_name(trigger)}.",
        )
    return Terminal(slot, name)


def _split(text: str) -> tuple[str, str]:
    """Device and signal, in lower case; a 4139 has engine 0 only."""
    match = _SIGNAL.fullmatch(text.strip().lower())
    if match is None or match[2] not in (None, "0"):
        return "", ""
    return match[1] or "", match[3]
