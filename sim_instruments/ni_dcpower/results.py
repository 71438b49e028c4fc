"""What a running channel has produced: measurements until they are fetched, events until waited."""

from collections import deque

from mho.sim_instruments.ni_dcpower.errors import BUFFER_OVERFLOW, NiError
from mho.sim_instruments.ni_dcpower.module import Measurement
from mho.sim_instruments.ni_dcpower.values import Event


class Results:
    """The measurement buffer, which holds ``size`` measurements, and the events."""

    def __init__(self, size: int) -> None:
        self.events: set[Event] = set()
        self._size = size
        self._measurements: deque[Measurement] = deque()
        self._overflow = False

    def __len__(self) -> int:
        return len(self._measurements)

    def add(self, measurement: Measurement) -> None:
        """Put a measurement into the buffer; one too many is lost and told at the next fetch."""
        if len(self._measurements) < self._size:
            self._measurements.append(measurement)
        else:
            self._overflow = True

    def holds(self, number: int) -> bool:
        """Whether there are ``number`` measurements."""
        if self._overflow:
            raise NiError(BUFFER_OVERFLOW)
        return len(self._measurements) >= number

    def take(self, number: int) -> list[Measurement]:
        """The oldest ``number`` measurements, or fewer if there are not so many."""
        number = min(number, len(self._measurements))
        return [self._measurements.popleft() for _ in range(number)]
