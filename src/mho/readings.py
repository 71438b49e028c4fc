"""What a bench gives back: one source-measure result, or those of a timed sequence."""

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import copysign, trunc
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

MANY = 1000
"""Readings of one terminal from which on a trace holds arrays: a reading by itself is large."""


class Reading(NamedTuple):
    """One source-measure result.

    Attributes
    ----------
    time
        Seconds on the bench's clock at the end of the measurement.
    voltage, current
        Measured volts and amperes; current is positive into the terminal. NaN where not known.
    in_compliance
        True when the limit, not the level asked for, held the output.
    status
        What the instrument itself said about the point, verbatim; empty if it says nothing.
    terminal
        Where it was taken.
    """

    time: float
    voltage: float
    current: float
    in_compliance: bool
    status: str = ""
    terminal: str = ""

    @property
    def conductance(self) -> float:
        """Current over measured voltage, in siemens; NaN at 0 V."""
        return self.current / self.voltage if self.voltage else float("nan")


@dataclass(frozen=True, slots=True)
class Samples:
    """The readings at one terminal as arrays of equal length; see `Reading`."""

    terminal: str
    time: NDArray[np.float64]
    voltage: NDArray[np.float64]
    current: NDArray[np.float64]
    in_compliance: NDArray[np.bool_]
    status: NDArray[np.str_]

    def __len__(self) -> int:
        return len(self.time)

    def __iter__(self) -> Iterator[Reading]:
        return map(self.__getitem__, range(len(self)))

    def __getitem__(self, index: int) -> Reading:
        return Reading(
            float(self.time[index]),
            float(self.voltage[index]),
            float(self.current[index]),
            bool(self.in_compliance[index]),
            str(self.status[index]),
            self.terminal,
        )


def samples(terminal: str, readings: Iterable[Reading]) -> Samples:
    """The readings of one terminal as arrays; they are taken one by one, and not kept."""
    times, voltages, currents = array("d"), array("d"), array("d")
    limited, statuses = array("b"), list[str]()
    for time, voltage, current, in_compliance, status, _ in readings:
        times.append(time)
        voltages.append(voltage)
        currents.append(current)
        limited.append(in_compliance)
        statuses.append(status)
    return Samples(
        terminal,
        np.array(times),
        np.array(voltages),
        np.array(currents),
        np.array(limited, dtype=bool),
        np.array(statuses, dtype=str),
    )


def raised_level(level: float, factor: float) -> float:
    """A level (V) times a factor, in whole microvolts towards zero: no limit is passed by that."""
    return level if factor == 1.0 else trunc(level * factor * 1e6 + copysign(1e-3, level)) / 1e6


class Trace:
    """The readings of one stimulus.

    Iterated and indexed it gives those that the stimulus asks for, in the order of time; `at`
    gives all that was measured at a terminal.

    Parameters
    ----------
    readings
        What was asked for, in the order of time; as `Samples` where they are many.
    others
        What the instruments measured beside it at driven terminals.
    record
        The waveforms of its terminals, where a record was wanted and an instrument samples while it
        plays: points in the order of time, means over blocks of samples where there are many.
    raised
        By which factor the levels of its pulses were raised to make up for series resistances.
    at_limit
        Whether a limit of device or channel kept them from being raised any further.
    """

    __slots__ = ("_asked", "at_limit", "others", "raised", "record")

    def __init__(
        self,
        readings: tuple[Reading, ...] | Samples,
        others: tuple[Reading, ...] = (),
        *,
        record: tuple[Reading, ...] = (),
        raised: float = 1.0,
        at_limit: bool = False,
    ) -> None:
        self._asked = readings
        self.others = others
        self.record = record
        self.raised = raised
        self.at_limit = at_limit

    def sent(self, level: float) -> float:
        """What was sent where a pulse of this level (V) was asked for."""
        return raised_level(level, self.raised)

    @property
    def asked(self) -> tuple[Reading, ...] | Samples:
        """The same as they are held: as `Samples` where they are many."""
        return self._asked

    @property
    def readings(self) -> tuple[Reading, ...]:
        """What was asked for, in the order of time."""
        return self._asked if isinstance(self._asked, tuple) else tuple(self._asked)

    @property
    def terminals(self) -> tuple[str, ...]:
        """Where something was measured."""
        return tuple(dict.fromkeys(one.terminal for one in (*self._asked, *self.others)))

    def at(self, terminal: str) -> Samples:
        """Everything that was measured at one terminal, in the order of time."""
        if isinstance(self._asked, Samples) and self._asked.terminal == terminal:
            return self._asked
        found = (one for one in (*self._asked, *self.others) if one.terminal == terminal)
        return samples(terminal, sorted(found, key=lambda one: one.time))

    def __len__(self) -> int:
        return len(self._asked)

    def __iter__(self) -> Iterator[Reading]:
        return iter(self._asked)

    def __getitem__(self, index: int) -> Reading:
        return self._asked[index]


class Played(NamedTuple):
    """A trace, and what the clock showed (s) when the bench gave it."""

    trace: Trace
    until: float


Answer = float | Played
"""What a protocol can learn of the world: what the clock showed (s), or what a stimulus gave."""
