"""One row of a characterisation: its fields are the columns of the file."""

from enum import StrEnum
from typing import Annotated, NamedTuple

from mho.protocols import columns
from mho.quantities import Seconds
from mho.recording.columns import LongName


class Phase(StrEnum):
    """What a row is about."""

    BEFORE = "before"
    SET = "set"
    RESET = "reset"
    WATCH = "watch"
    AFTER = "after"


class End(StrEnum):
    """How the measurement ended, in its last row."""

    NOT_YET = "not yet"
    COMPLETE = "complete"
    CONTACT_LOST = "contact lost"


class CharacteriseStep(NamedTuple):
    """A pulse of a staircase with its read, or (the other phases) a read alone.

    All about the pulse is NaN where there was none. Currents are positive into the terminal.
    """

    time: columns.Time
    phase: Annotated[
        Phase, LongName("staircase up or down, level that is watched, first and last read")
    ]
    round: Annotated[int, LongName("number of the round, from 1; 0: before them")]
    level: Annotated[int, LongName("number of the level that is watched, from 1; 0: none")]
    age: Annotated[Seconds, LongName("since the last pulse, at the end of the read")]
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
    end: Annotated[End, LongName("how the measurement ended")]
