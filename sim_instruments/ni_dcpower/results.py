"""What a running channel has produced: measurements until they are fetched, events until waited."""

from array import array
from typing import NamedTuple

from mho.sim_instruments.ni_dcpower.errors import BUFFER_OVERFLOW, NiError
from mho.sim_instruments.ni_dcpower.module import Measurement
from mho.sim_instruments.ni_dcpower.values import Event

KEPT_FETCHED = 10_000
"""Fetched measurements that may stay at the front of the buffer before it is moved up."""


class Taken(NamedTuple):
    """Measurements in order: volts, amperes, and whether the limit held the output (0 or 1)."""

    voltages: "array[float]"
    currents: "array[float]"
    in_compliance: bytes


class Results:
    """The measurement buffer, which holds ``size`` measurements of 17 bytes, and the events."""

    def __init__(self, size: int) -> None:
        self.events: set[Event] = set()
        self._size = size
        self._voltages, self._currents = array("d"), array("d")
        self._limited = bytearray()
        self._first = 0
        self._overflow = False

    def __len__(self) -> int:
        return len(self._limited) - self._first

    def add(self, measurement: Measurement) -> bool:
        """Put a measurement into the buffer; one too many is lost and told at the next fetch.

        Gives whether it has been kept.
        """
        if len(self._limited) - self._first >= self._size:
            self._overflow = True
            return False
        self._voltages.append(measurement.voltage)
        self._currents.append(measurement.current)
        self._limited.append(measurement.in_compliance)
        return True

    def holds(self, number: int) -> bool:
        """Whether there are ``number`` measurements."""
        if self._overflow:
            raise NiError(BUFFER_OVERFLOW)
        return len(self._limited) - self._first >= number

    def take(self, number: int) -> Taken:
        """The oldest ``number`` measurements."""
        part = slice(self._first, self._first + number)
        taken = Taken(self._voltages[part], self._currents[part], bytes(self._limited[part]))
        self._first += len(taken.in_compliance)
        if self._first > max(KEPT_FETCHED, len(self)):
            del self._voltages[: self._first]
            del self._currents[: self._first]
            del self._limited[: self._first]
            self._first = 0
        return taken
