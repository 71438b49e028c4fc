"""One row of a paired-pulse run: its fields are the columns of the file."""

from enum import StrEnum
from typing import Annotated, NamedTuple

from mho.protocols import columns
from mho.quantities import Seconds
from mho.recording.columns import LongName


class Verdict(StrEnum):
    """Whether the run goes on after this pulse."""

    GOES_ON = "goes on"
    CONTACT_LOST = "contact lost"


class PpfStep(NamedTuple):
    """A pulse and the read at the end of its interval. Pulse 0, of 0 V, reads the start state.

    Currents are positive into the terminal.
    """

    time: columns.Time
    repeat: Annotated[int, LongName("pass through the list of intervals, from 1")]
    interval: Annotated[Seconds, LongName("from the end of a pulse to the start of the next")]
    pulse: Annotated[int, LongName("number of the pulse at this interval, from 1; 0: none yet")]
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
    verdict: Annotated[Verdict, LongName("whether the run goes on")]
