"""One row of a retention run: its fields are the columns of the file."""

from enum import StrEnum
from typing import Annotated, NamedTuple

from mho.quantities import Amperes, Seconds, Siemens, Volts
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

    time: Annotated[Seconds, LongName("time at the end of the read, since the bench was opened")]
    level: Annotated[int, LongName("number of the level, from 0")]
    phase: Annotated[Phase, LongName("read of the level, or control before and after a wait")]
    number: Annotated[int, LongName("number of the read in its phase, from 1")]
    age: Annotated[Seconds, LongName("time since the preparation of the level ended")]
    terminal: Annotated[str, LongName("read terminal")]
    voltage: Annotated[Volts, LongName("measured read voltage")]
    current: Annotated[Amperes, LongName("measured read current")]
    conductance: Annotated[Siemens, LongName("conductance, read current over read voltage")]
    in_compliance: Annotated[bool, LongName("the current limit was active in the read")]
    status: Annotated[str, LongName("status of the read as the instrument gave it")]
    end: Annotated[End, LongName("whether and why the reading of the level ended here")]
