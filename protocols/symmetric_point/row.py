"""One row of a symmetric point: its fields are the columns of the file."""

from enum import StrEnum
from typing import Annotated, NamedTuple

from mho.protocols import columns
from mho.recording.columns import LongName


class Verdict(StrEnum):
    """Whether the run goes on after this pulse, and if not, how it ended."""

    GOES_ON = "goes on"
    COMPLETE = "complete"
    CONTACT_LOST = "contact lost"
    BREAKDOWN = "breakdown"


class SymmetricPointRow(NamedTuple):
    """A pulse and the read after it."""

    time: columns.Time
    start: Annotated[int, LongName("number of the start state, from 0")]
    pulse: Annotated[int, LongName("number of the pulse from this start, from 1; odd ones go up")]
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
