"""One row of a read-disturb run: its fields are the columns of the file."""

from enum import StrEnum
from typing import Annotated, NamedTuple

from mho.quantities import Amperes, Seconds, Siemens, Volts
from mho.recording.columns import LongName


class Phase(StrEnum):
    """What a read is for."""

    BEFORE = "before"
    DISTURB = "disturb"
    AFTER = "after"


class End(StrEnum):
    """Whether and why the reads at a voltage ended with this one."""

    NOT_YET = "not yet"
    READS_DONE = "reads done"
    CONTACT_LOST = "contact lost"


class DisturbRead(NamedTuple):
    """One read: of the disturbing series, or a probe at the usual read voltage either side."""

    time: Annotated[Seconds, LongName("time at the end of the read, since the bench was opened")]
    series: Annotated[int, LongName("number of the disturbing voltage, from 0")]
    disturbing_voltage: Annotated[Volts, LongName("read voltage whose disturb is measured")]
    phase: Annotated[Phase, LongName("disturbing read, or probe before or after them")]
    number: Annotated[int, LongName("number of the read in its phase, from 1")]
    terminal: Annotated[str, LongName("read terminal")]
    voltage: Annotated[Volts, LongName("measured voltage")]
    current: Annotated[Amperes, LongName("measured current")]
    conductance: Annotated[Siemens, LongName("conductance, current over voltage")]
    in_compliance: Annotated[bool, LongName("the current limit was active in the read")]
    status: Annotated[str, LongName("status of the read as the instrument gave it")]
    end: Annotated[End, LongName("whether and why the reads at this voltage ended here")]
