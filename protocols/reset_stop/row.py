"""One row of a ladder run: its fields are the columns of the file."""

from enum import StrEnum
from typing import Annotated, NamedTuple

from mho.protocols import columns
from mho.quantities import Siemens, Volts
from mho.recording.columns import LongName


class Phase(StrEnum):
    """What a row is about."""

    SET = "full set"
    RESET = "reset"
    READ = "read"
    RESULT = "result"
    RETENTION = "retention"


class Outcome(StrEnum):
    """The result of an attempt; ``none`` in rows that are no result."""

    NONE = "none"
    LEVEL = "level"
    GAP_TOO_SMALL = "gap too small"
    NO_CONTACT = "no contact"


class End(StrEnum):
    """Whether and why the ladder ended with this attempt."""

    NOT_YET = "not yet"
    LAST_STOP = "last stop voltage"
    LEVELS_REACHED = "levels reached"
    STUCK = "stuck"
    CONTACT_LOST = "contact lost"


class LadderRow(NamedTuple):
    """A single measurement, or (phase ``result``) the result of the reads of an attempt.

    In a result row ``voltage``, ``current`` and ``conductance`` are means. In every other row
    ``lowest``, ``highest``, ``spread`` and ``gap`` are NaN. Currents are positive into the
    terminal.
    """

    time: columns.Time
    attempt: Annotated[int, LongName("number of the attempt, from 1; 0 for the full SET")]
    level: Annotated[int, LongName("levels made so far, this attempt's included where it made one")]
    phase: Annotated[Phase, LongName("full SET, RESET, read, result of the attempt, or retention")]
    stop: Annotated[Volts, LongName("stop voltage of the attempt, signed")]
    step: Annotated[Volts, LongName("step that led to this stop voltage; NaN for the first")]
    terminal: columns.DrivenTerminal
    sent: Annotated[
        Volts, LongName("amplitude sent of a pulse, raised where the bench compensates; else NaN")
    ]
    sent_at_limit: columns.SentAtLimit
    voltage: columns.Voltage
    current: columns.Current
    conductance: columns.Conductance
    in_compliance: columns.InCompliance
    status: columns.Status
    reads: Annotated[int, LongName("reads in this row")]
    lowest: Annotated[Siemens, LongName("lowest read of the attempt")]
    highest: Annotated[Siemens, LongName("highest read of the attempt")]
    spread: Annotated[Siemens, LongName("standard deviation of the reads of the attempt")]
    gap: Annotated[Siemens, LongName("lowest read of the level before less highest read of this")]
    outcome: Annotated[Outcome, LongName("whether the attempt made a level")]
    end: Annotated[End, LongName("whether and why the ladder ended with this attempt")]
