"""One sample of a pulse: its fields are the columns of the file."""

from enum import StrEnum
from typing import Annotated, NamedTuple

from mho.quantities import (
    Amperes,
    Seconds,
    Volts,
    Watts,
)
from mho.recording.columns import LongName


class Phase(StrEnum):
    """Which part of the waveform a sample belongs to."""

    BEFORE = "before"
    PULSE = "pulse"
    AFTER = "after"


class PulseResponseStep(NamedTuple):
    """One sample of the waveform. Currents are positive into the terminal."""

    time: Annotated[Seconds, LongName("time at the end of the sample, since the bench was opened")]
    repeat: Annotated[int, LongName("number of the pulse, from 1")]
    phase: Annotated[Phase, LongName("part of the waveform")]
    moment: Annotated[Seconds, LongName("end of the sample, since the waveform began")]
    sample: Annotated[Seconds, LongName("length of the sample")]
    terminal: Annotated[str, LongName("pulsed terminal")]
    level: Annotated[Volts, LongName("level asked for")]
    voltage: Annotated[Volts, LongName("measured voltage")]
    current: Annotated[Amperes, LongName("measured current")]
    power: Annotated[Watts, LongName("measured voltage times measured current")]
    in_compliance: Annotated[bool, LongName("the current limit was active")]
    status: Annotated[str, LongName("status of the sample as the instrument gave it")]
