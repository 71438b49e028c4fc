"""One row of an ISPP run: its fields are the columns of the file."""

from enum import StrEnum
from typing import Annotated, NamedTuple

from mho.protocols import columns
from mho.protocols.approach import Verdict
from mho.quantities import Siemens
from mho.recording.columns import LongName


class Phase(StrEnum):
    """What a row is about."""

    TUNING = "tuning"
    CHECK = "check"


class IsppStep(NamedTuple):
    """A pulse with its verify read, or (phase ``check``) the mean of the reads that follow.

    In a check row all about the pulse is NaN, and ``verdict`` is how the target had ended. Currents
    are positive into the terminal.
    """

    time: columns.Time
    target_index: Annotated[int, LongName("number of the target, from 0")]
    target: Annotated[Siemens, LongName("target conductance")]
    phase: Annotated[Phase, LongName("tuning step, or check of the result")]
    pulse: Annotated[int, LongName("pulses applied for this target so far")]
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
    spread: columns.Spread
    reads: columns.ReadCount
    in_compliance: columns.ReadInCompliance
    status: columns.Status
    verdict: Annotated[Verdict, LongName("conclusion from the read")]
