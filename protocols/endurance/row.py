"""One row of an endurance run: its fields are the columns of the file."""

from enum import StrEnum
from typing import Annotated, NamedTuple

from mho.protocols import columns
from mho.recording.columns import LongName


class State(StrEnum):
    """The state that was read."""

    ON = "LRS"
    OFF = "HRS"


class Verdict(StrEnum):
    """What a check says; all but the first two end the run."""

    GOES_ON = "goes on"
    FAILED = "check failed"
    DONE = "all cycles done"
    STUCK_ON = "stuck in LRS"
    STUCK_OFF = "stuck in HRS"
    WINDOW_LOST = "window lost"
    CONTACT_LOST = "contact lost"
    BREAKDOWN = "breakdown"


END_REASONS = frozenset(Verdict) - {Verdict.GOES_ON, Verdict.FAILED}


class EnduranceStep(NamedTuple):
    """A pulse of a checked cycle with its read: the SET gives the LRS, the RESET the HRS.

    Cycles between checks leave no row; ``pulses`` counts theirs too. Currents are positive into
    the terminal.
    """

    time: columns.Time
    cycle: columns.Cycle
    state: Annotated[State, LongName("state that was read")]
    pulses: Annotated[int, LongName("SET and RESET pulses applied so far, this one included")]
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
    window: Annotated[float, LongName("LRS over HRS conductance of this cycle; NaN in LRS rows")]
    verdict: Annotated[Verdict, LongName("conclusion from the check; of HRS rows")]
