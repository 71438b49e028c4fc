"""One row of a voltage sweep: its fields are the columns of the file."""

from enum import StrEnum
from typing import Annotated, NamedTuple

from mho.protocols import columns
from mho.quantities import Volts
from mho.recording.columns import Curves, LongName


class Side(StrEnum):
    """Which way the polarity of a stretch switches this device."""

    SET = "set"
    RESET = "reset"


class Part(StrEnum):
    """What a row is: a level on the way out from 0 V or back, or a verify read in between."""

    OUT = "out"
    BACK = "back"
    READ = "read"


class Verdict(StrEnum):
    """How the run stands after this row; all but the first end it."""

    GOING_ON = "going on"
    COMPLETE = "complete"
    CONTACT_LOST = "contact lost"


class IvPoint(NamedTuple):
    """One level of a sweep, or one verify read after a stretch of one polarity.

    Currents are positive into the terminal. In a verify read ``dwell`` is the time from read to
    read, ``branch`` that of the stretch before it.
    """

    time: columns.Time
    cycle: columns.Cycle
    side: Annotated[Side, LongName("what the polarity of this stretch does to the device")]
    branch: Annotated[int, LongName("way from corner to corner within the cycle, from 0")]
    part: Annotated[Part, LongName("way out from 0 V, way back, or verify read")]
    terminal: columns.DrivenTerminal
    level: columns.Level
    dwell: columns.Dwell
    compliance: columns.Compliance
    read_voltage: Annotated[Volts, LongName("magnitude at which on/off is computed")]
    voltage: columns.Voltage
    current: columns.Current
    conductance: columns.Conductance
    in_compliance: columns.InCompliance
    status: columns.Status
    verdict: Annotated[Verdict, LongName("how the run stands")]


CURVES = Curves(each="cycle", x="voltage", y="current", without=("part", Part.READ))
"""A cycle is a curve; the verify reads between two stretches lie beside it."""
