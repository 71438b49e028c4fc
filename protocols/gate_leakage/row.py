"""One row of a leakage: its fields are the columns of the file."""

from enum import StrEnum
from typing import Annotated, NamedTuple

from mho.protocols import columns
from mho.quantities import Seconds
from mho.recording.columns import LongName


class Phase(StrEnum):
    """What is measured."""

    LEVEL = "level"
    AGAIN = "first level again"
    READ = "read"


class Verdict(StrEnum):
    """Whether the run goes on after this reading, and if not, how it ended."""

    GOES_ON = "goes on"
    COMPLETE = "complete"
    BREAKDOWN = "breakdown"
    CONTACT_LOST = "contact lost"


class GateLeakageRow(NamedTuple):
    """One reading at the written terminal, or a read of the device."""

    time: columns.Time
    number: Annotated[int, LongName("number of the level, from 0")]
    phase: Annotated[Phase, LongName("level, the first one again, or read of the device")]
    moment: Annotated[Seconds, LongName("end of the reading, since the level began")]
    terminal: Annotated[str, LongName("terminal that is measured")]
    level: columns.Level
    voltage: columns.Voltage
    current: columns.Current
    conductance: columns.Conductance
    in_compliance: columns.InCompliance
    status: columns.Status
    verdict: Annotated[Verdict, LongName("whether the run goes on, or how it ended")]
