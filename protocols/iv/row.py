"""One row of a voltage sweep: its fields are the columns of the file."""

from enum import StrEnum
from typing import Annotated, NamedTuple

from mho.quantities import Amperes, Seconds, Siemens, Volts
from mho.recording.columns import LongName


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

    time: Annotated[Seconds, LongName("time at the end of the reading, since the bench was opened")]
    cycle: Annotated[int, LongName("number of the cycle, from 1")]
    side: Annotated[Side, LongName("what the polarity of this stretch does to the device")]
    branch: Annotated[int, LongName("way from corner to corner within the cycle, from 0")]
    part: Annotated[Part, LongName("way out from 0 V, way back, or verify read")]
    terminal: Annotated[str, LongName("driven terminal")]
    level: Annotated[Volts, LongName("voltage asked for")]
    dwell: Annotated[Seconds, LongName("time at this level")]
    compliance: Annotated[Amperes, LongName("current limit")]
    read_voltage: Annotated[Volts, LongName("magnitude at which on/off is told")]
    voltage: Annotated[Volts, LongName("measured voltage")]
    current: Annotated[Amperes, LongName("measured current")]
    conductance: Annotated[Siemens, LongName("current over measured voltage; NaN at 0 V")]
    in_compliance: Annotated[bool, LongName("the current limit was active")]
    status: Annotated[str, LongName("status of the reading as the instrument gave it")]
    verdict: Annotated[Verdict, LongName("how the run stands")]
