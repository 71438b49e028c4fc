"""What a bench gives back: one source-measure result, or several from one timed sequence."""

from collections.abc import Iterator
from typing import NamedTuple


class Reading(NamedTuple):
    """One source-measure result.

    Attributes
    ----------
    time
        Seconds on the bench's clock at the end of the measurement.
    voltage, current
        Measured volts and amperes; current is positive into the terminal.
    in_compliance
        True when the current limit, not the level asked for, held the output.
    status
        What the instrument itself said about the point, verbatim; empty if it says nothing.
    """

    time: float
    voltage: float
    current: float
    in_compliance: bool
    status: str = ""

    @property
    def conductance(self) -> float:
        """Current over measured voltage, in siemens; NaN at 0 V."""
        return self.current / self.voltage if self.voltage else float("nan")


class Trace:
    """The readings of one stimulus, in the order of time."""

    __slots__ = ("readings",)

    def __init__(self, readings: tuple[Reading, ...]) -> None:
        self.readings = readings

    def __len__(self) -> int:
        return len(self.readings)

    def __iter__(self) -> Iterator[Reading]:
        return iter(self.readings)

    def __getitem__(self, index: int) -> Reading:
        return self.readings[index]
