"""Faults to order: which of them strikes a message. Links to one instrument share them."""

from mho.sim_instruments.keithley_4200a.options import Fault


class OrderedFaults:
    """Counts the messages of an instrument; each fault strikes as often as it is ordered."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        self._pending = [fault for fault in faults for _ in range(fault.times)]
        self._number = 0

    def strike(self, message: str) -> str | None:
        """The kind of fault that strikes this message, the next one of the instrument."""
        self._number += 1
        for index, fault in enumerate(self._pending):
            if self._number >= (fault.at or 1) and message.startswith(fault.starts_with):
                return self._pending.pop(index).kind
        return None
