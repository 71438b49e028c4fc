"""One row of 1T1R loops: its fields are the columns of the file."""

from enum import StrEnum
from typing import Annotated, NamedTuple

from mho.protocols import columns
from mho.protocols.staircase import Direction
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

    time: columns.Time
    cycle: columns.Cycle
    phase: Annotated[Phase, LongName("sweep, or reads after it")]
    direction: Annotated[Direction, LongName("way out from 0 V or way back; out for a read")]
    gate: columns.Gate
    terminal: columns.DrivenTerminal
    level: columns.Level
    dwell: columns.Dwell
    compliance: columns.Compliance
    voltage: columns.Voltage
    current: columns.Current
    conductance: columns.Conductance
    in_compliance: columns.InCompliance
    status: columns.Status
    verdict: Annotated[Verdict, LongName("how the run stands")]
