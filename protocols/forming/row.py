"""One row of a forming run: its fields are the columns of the file."""

from enum import StrEnum
from typing import Annotated, NamedTuple

from mho.protocols import columns
from mho.quantities import Amperes, Joules, Volts
from mho.recording.columns import LongName


class Phase(StrEnum):
    """What a row is about."""

    BEFORE = "before"
    STEP = "step"
    BACK = "back"
    AFTER = "after"


class Stop(StrEnum):
    """Why no further level was applied."""

    NONE = "none"
    RESISTANCE = "resistance"
    JUMP = "current jump"
    ENERGY = "energy"
    COMPLIANCE = "compliance"
    LIMIT = "last level"
    CONTACT = "no contact"


class Verdict(StrEnum):
    """What the device is after this row; all but the first end the run."""

    GOING_ON = "going on"
    FORMED = "formed"
    NOT_FORMED = "not formed"
    DAMAGED = "damaged"
    ALREADY_FORMED = "already formed"
    CONTACT_LOST = "contact lost"


class FormingStep(NamedTuple):
    """A forming level with the verify read that follows it, or (before, after) a mean of reads.

    Where several levels are applied at once, only the last has a verify read; the others have NaN
    there and ``reads`` 0. Rows of phase before and after have NaN for the forming level.
    """

    time: columns.Time
    phase: Annotated[Phase, LongName("reads before, forming level, way back, reads after")]
    step: Annotated[int, LongName("forming levels applied so far")]
    terminal: columns.DrivenTerminal
    level: Annotated[Volts, LongName("forming voltage asked for")]
    width: columns.Dwell
    compliance: Annotated[Amperes, LongName("current limit at this level")]
    sent: columns.LevelSent
    sent_at_limit: columns.SentAtLimit
    voltage: Annotated[Volts, LongName("forming voltage delivered to the device; NaN: not known")]
    current: Annotated[Amperes, LongName("measured forming current; NaN: not known")]
    in_compliance: Annotated[
        bool, LongName("the current limit was active, at this level or in reads before, after")
    ]
    energy: Annotated[Joules, LongName("energy put into the device so far, at most")]
    read_voltage: columns.ReadVoltage
    read_current: columns.ReadCurrent
    conductance: columns.ReadConductance
    spread: columns.Spread
    reads: columns.ReadCount
    status: columns.Status
    stop: Annotated[Stop, LongName("why no further level was applied")]
    verdict: Annotated[Verdict, LongName("what the device is")]
