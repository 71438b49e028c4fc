"""Tasks at work: what puts out samples, what takes them, and what only gives edges."""

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from mho.sim_instruments.ni_daqmx.errors import (
    STOPPED_BEFORE_OLD_SAMPLES,
    STOPPED_BEFORE_OVERWRITE,
    DaqError,
)
from mho.sim_instruments.ni_daqmx.input_buffer import InputBuffer
from mho.sim_instruments.ni_daqmx.line import DigitalPort, InputLine, OutputLine
from mho.sim_instruments.ni_daqmx.output_buffer import OutputBuffer
from mho.sim_instruments.ni_daqmx.ticks import Ticks, Train

Samples = NDArray[np.generic]


class Run(Protocol):
    """A task at work. ``error`` is what stopped it, ``ended`` when."""

    ticks: Ticks
    error: DaqError | None
    ended: float | None


@dataclass
class ClockRun:
    """A counter that gives a train of pulses."""

    ticks: Ticks
    error: DaqError | None = None
    ended: float | None = None


@dataclass
class OutputRun:
    """A generation, and the buffer that it is fed from.

    Analogue ``lines``, or ``channels`` of digital lines, the lowest first.
    """

    ticks: Ticks
    buffer: OutputBuffer
    lines: list[OutputLine] = field(default_factory=list)
    channels: list[list[tuple[DigitalPort, int]]] = field(default_factory=list)
    error: DaqError | None = None
    ended: float | None = None

    def take(self, until: float, most: int) -> list[tuple[Train, Samples]]:
        """What is put out until then; without samples the generation stops with an error."""
        found: list[tuple[Train, Samples]] = []
        while most > 0 and self.ended is None:
            there = self.buffer.available()
            if there == 0 and self.ticks.next() <= until:
                self.ended = self.ticks.next()
                self.error = DaqError(STOPPED_BEFORE_OLD_SAMPLES)
                break
            trains = self.ticks.take(until, most if there is None else min(most, there))
            if not trains:
                break
            for train in trains:
                found.append((train, self.buffer.take(train.edges)))
                most -= train.edges
        return found


@dataclass
class InputRun:
    """An acquisition, and the buffer that it fills."""

    ticks: Ticks
    buffer: InputBuffer
    overwrites: bool
    error: DaqError | None = None
    ended: float | None = None
    reference: int | None = None
    """Samples that had come when the reference trigger came."""

    def put(self, samples: Samples, end: float) -> None:
        """Take in what was acquired until ``end``; unread samples are not lost unless they may."""
        if self.ended is not None:
            return
        room = self.buffer.room()
        if samples.shape[1] > room and not self.overwrites:
            self.buffer.put(samples[:, :room])
            self.error = DaqError(STOPPED_BEFORE_OVERWRITE)
            self.ended = end
            return
        self.buffer.put(samples)


@dataclass
class AnalogSource:
    """Where the volts of one input channel come from, and its range.

    One of: a terminal behind an amplifier (``line``), an output of the card (``follows``), or
    nothing, which reads 0 V or, on a card that says it is simulated, a sine within the limits.

    ``pole`` is where the amplifier's output stood at the moment ``pole_at``.
    """

    full_scale: float
    noise: float
    low: float
    high: float
    line: InputLine | None = None
    follows: OutputLine | None = None
    waves: bool = False
    pole: float = 0.0
    pole_at: float | None = None


@dataclass
class AnalogRun(InputRun):
    """An analogue acquisition."""

    sources: list[AnalogSource] = field(default_factory=list)


@dataclass
class DigitalRun(InputRun):
    """A digital acquisition: for each channel its lines, as ports and bits, lowest first."""

    channels: list[list[tuple[DigitalPort, int]]] = field(default_factory=list)
    counts: bool = False
