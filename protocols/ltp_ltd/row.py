"""One row of an LTP/LTD run: its fields are the columns of the file."""

from enum import StrEnum
from typing import Annotated, NamedTuple

from mho.protocols import columns
from mho.quantities import Seconds
from mho.recording.columns import LongName


class Direction(StrEnum):
    """What the pulses of a branch do."""

    POTENTIATION = "potentiation"
    DEPRESSION = "depression"


class Verdict(StrEnum):
    """Whether the run goes on after this pulse."""

    GOES_ON = "goes on"
    CONTACT_LOST = "contact lost"
    BREAKDOWN = "breakdown"


class LtpLtdStep(NamedTuple):
    """A pulse, with the read that follows it where there is one.

    Pulse 0 of a branch has an amplitude of 0 V: its read is the state the branch starts from,
    taken in the same way as all others. Without a read ``voltage``, ``current`` and
    ``conductance`` are NaN. Currents are positive into the terminal.
    """

    time: Annotated[Seconds, LongName("time at the end of the read, or else of the pulse")]
    series: Annotated[int, LongName("number of the amplitude series, from 0")]
    cycle: Annotated[int, LongName("number of the cycle in its series, from 1")]
    direction: Annotated[Direction, LongName("what the pulses of this branch do")]
    pulse: Annotated[int, LongName("pulses of this branch so far")]
    terminal: columns.PulsedTerminal
    amplitude: columns.Amplitude
    width: columns.Width
    sent: columns.Sent
    sent_at_limit: columns.SentAtLimit
    pulse_voltage: columns.PulseVoltage
    pulse_current: columns.PulseCurrent
    pulse_in_compliance: columns.PulseInCompliance
    read: Annotated[bool, LongName("a read follows the pulse")]
    voltage: columns.ReadVoltage
    current: columns.ReadCurrent
    conductance: columns.ReadConductance
    in_compliance: columns.ReadInCompliance
    status: Annotated[str, LongName("status of the read, or else of the pulse, verbatim")]
    verdict: Annotated[Verdict, LongName("whether the run goes on")]
