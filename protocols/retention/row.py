"""One row of a retention run: its fields are the columns of the file."""

from enum import StrEnum
from typing import Annotated, NamedTuple

from mho.protocols import columns
from mho.quantities import Seconds
from mho.recording.columns import LongName


class Phase(StrEnum):
    """What a read is for."""

    RETENTION = "retention"
    CONTROL_START = "control start"
    CONTROL_END = "control end"


class End(StrEnum):
    """Whether and why the reading of a level ended with this read."""

    NOT_YET = "not yet"
    TIME_OVER = "time over"
    CONTACT_LOST = "contact lost"


class RetentionRead(NamedTuple):
    """One read. Currents are positive into the terminal."""

    time: columns.Time
    level: Annotated[int, LongName("number of the level, from 0")]
    phase: Annotated[Phase, LongName("read of the level, or control before and after a wait")]
    number: columns.ReadNumber
    age: Annotated[Seconds, LongName("time since the preparation of the level ended")]
    terminal: columns.ReadTerminal
    voltage: columns.ReadVoltage
    current: columns.ReadCurrent
    conductance: columns.ReadConductance
    in_compliance: columns.ReadInCompliance
    status: columns.Status
    end: Annotated[End, LongName("whether and why the reading of the level ended here")]
