"""One row of a read-disturb run: its fields are the columns of the file."""

from enum import StrEnum
from typing import Annotated, NamedTuple

from mho.protocols import columns
from mho.quantities import Volts
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

    time: columns.Time
    series: Annotated[int, LongName("number of the disturbing voltage, from 0")]
    disturbing_voltage: Annotated[Volts, LongName("read voltage whose disturb is measured")]
    phase: Annotated[Phase, LongName("disturbing read, or probe before or after them")]
    number: columns.ReadNumber
    terminal: columns.ReadTerminal
    voltage: columns.Voltage
    current: columns.Current
    conductance: columns.Conductance
    in_compliance: columns.ReadInCompliance
    status: columns.Status
    end: Annotated[End, LongName("whether and why the reads at this voltage ended here")]
