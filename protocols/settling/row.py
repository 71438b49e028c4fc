"""One row of settling: its fields are the columns of the file."""

from enum import StrEnum
from typing import Annotated, NamedTuple

from mho.protocols import columns
from mho.quantities import Seconds
from mho.recording.columns import LongName


class Phase(StrEnum):
    """What a read is for."""

    BEFORE = "before"
    AFTER = "after"


class Verdict(StrEnum):
    """Whether the run goes on after this read, and if not, how it ended."""

    GOES_ON = "goes on"
    COMPLETE = "complete"
    CONTACT_LOST = "contact lost"
    BREAKDOWN = "breakdown"


class SettlingRow(NamedTuple):
    """One read; the first one after a write has its last pulse as well."""

    time: columns.Time
    write: Annotated[int, LongName("number of the write, from 0")]
    repeat: Annotated[int, LongName("number of the repeat, from 1")]
    phase: Annotated[Phase, LongName("before or after the write")]
    number: columns.ReadNumber
    age: Annotated[Seconds, LongName("end of the read, after the end of the write; before it: NaN")]
    terminal: columns.PulsedTerminal
    amplitude: columns.Amplitude
    width: columns.Width
    sent: columns.Sent
    sent_at_limit: columns.SentAtLimit
    pulse_voltage: columns.PulseVoltage
    pulse_current: columns.PulseCurrent
    pulse_in_compliance: columns.PulseInCompliance
    voltage: columns.ReadVoltage
    current: columns.ReadCurrent
    conductance: columns.ReadConductance
    in_compliance: columns.ReadInCompliance
    status: columns.Status
    verdict: Annotated[Verdict, LongName("whether the run goes on, or how it ended")]
