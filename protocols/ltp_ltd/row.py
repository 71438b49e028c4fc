"""One row of an LTP/LTD run: its fields are the columns of the file."""

from enum import StrEnum
from typing import Annotated, NamedTuple

from mho.quantities import Amperes, Seconds, Siemens, Volts
from mho.recording.columns import LongName


class Direction(StrEnum):
    """What the pulses of a branch do."""

    POTENTIATION = "potentiation"
    DEPRESSION = "depression"


class Verdict(StrEnum):
    """Whether the run goes on after this pulse."""

    GOES_ON = "goes on"
    CONTACT_LOST = "contact lost"


class LtpLtdStep(NamedTuple):
    """A pulse, with the read that follows it where there is one.

    Pulse 0 of a branch has an amplitude of 0 V: its read is the state the branch starts from,
    taken in the same way as all others. Without a read ``voltage``, ``current`` and
    ``conductance`` are NaN. Currents are positive into the terminal.
    """

    time: Annotated[Seconds, LongName("time at the end of the read, or else of the pulse")]
    series: Annotated[int, LongName("number of the amplitude series, from 0")]
    cycle: Annotated[int, LongName("number of the cycle in its series, from 1")]
    direction: Annotated[Direction, LongName("what the pulses of this branch do")]
    pulse: Annotated[int, LongName("pulses of this branch so far")]
    terminal: Annotated[str, LongName("pulsed terminal")]
    amplitude: Annotated[Volts, LongName("pulse amplitude")]
    width: Annotated[Seconds, LongName("pulse width")]
    pulse_current: Annotated[Amperes, LongName("current during the pulse")]
    pulse_in_compliance: Annotated[bool, LongName("the current limit was active in the pulse")]
    read: Annotated[bool, LongName("a read follows the pulse")]
    voltage: Annotated[Volts, LongName("measured read voltage")]
    current: Annotated[Amperes, LongName("measured read current")]
    conductance: Annotated[Siemens, LongName("conductance, read current over read voltage")]
    in_compliance: Annotated[bool, LongName("the current limit was active in the read")]
    status: Annotated[str, LongName("status of the read, or else of the pulse, verbatim")]
    verdict: Annotated[Verdict, LongName("whether the run goes on")]
