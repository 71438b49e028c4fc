"""One sample of a pulse: its fields are the columns of the file."""

from enum import StrEnum
from typing import Annotated, NamedTuple

from mho.protocols import columns
from mho.quantities import (
    Seconds,
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

    time: columns.Time
    repeat: Annotated[int, LongName("number of the pulse, from 1")]
    phase: Annotated[Phase, LongName("part of the waveform")]
    moment: Annotated[Seconds, LongName("end of the sample, since the waveform began")]
    sample: Annotated[Seconds, LongName("length of the sample")]
    terminal: columns.PulsedTerminal
    level: columns.Level
    sent: columns.LevelSent
    sent_at_limit: columns.SentAtLimit
    voltage: columns.Voltage
    current: columns.Current
    power: Annotated[Watts, LongName("measured voltage times measured current")]
    in_compliance: columns.InCompliance
    status: columns.Status
