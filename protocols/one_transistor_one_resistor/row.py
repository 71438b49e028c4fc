"""One row of 1T1R loops: its fields are the columns of the file."""

from enum import StrEnum
from typing import Annotated, NamedTuple

from mho.protocols.staircase import Direction
from mho.quantities import Amperes, Seconds, Siemens, Volts
from mho.recording.columns import LongName


class Phase(StrEnum):
    """What a row is about."""

    SET = "set"
    AFTER_SET = "read after set"
    GATE_SERIES = "gate series"
    RESET = "reset"
    AFTER_RESET = "read after reset"


class Verdict(StrEnum):
    """How the run stands after this row; all but the first end it."""

    GOING_ON = "going on"
    COMPLETE = "complete"
    CONTACT_LOST = "contact lost"


class CellPoint(NamedTuple):
    """One level of a sweep, or one read, at one gate voltage; currents positive into the terminal.

    A RESET by the source line is driven and read at the source line, the driven terminal at 0 V.
    """

    time: Annotated[Seconds, LongName("time at the end of the reading, since the bench was opened")]
    cycle: Annotated[int, LongName("number of the cycle, from 1")]
    phase: Annotated[Phase, LongName("sweep, or reads after it")]
    direction: Annotated[Direction, LongName("way out from 0 V or way back; out for a read")]
    gate: Annotated[Volts, LongName("gate voltage asked for")]
    terminal: Annotated[str, LongName("driven terminal")]
    level: Annotated[Volts, LongName("voltage asked for at the driven terminal")]
    dwell: Annotated[Seconds, LongName("time at this level")]
    compliance: Annotated[Amperes, LongName("current limit at the driven terminal")]
    voltage: Annotated[Volts, LongName("measured voltage")]
    current: Annotated[Amperes, LongName("measured current")]
    conductance: Annotated[Siemens, LongName("of the cell: current over voltage; NaN at 0 V")]
    in_compliance: Annotated[bool, LongName("the current limit was active")]
    status: Annotated[str, LongName("status of the reading as the instrument gave it")]
    verdict: Annotated[Verdict, LongName("how the run stands")]
