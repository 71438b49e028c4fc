"""One row of a paired-pulse run: its fields are the columns of the file."""

from enum import StrEnum
from typing import Annotated, NamedTuple

from mho.quantities import Amperes, Seconds, Siemens, Volts
from mho.recording.columns import LongName


class Verdict(StrEnum):
    """Whether the run goes on after this pulse."""

    GOES_ON = "goes on"
    CONTACT_LOST = "contact lost"


class PpfStep(NamedTuple):
    """A pulse and the read at the end of its interval. Pulse 0, of 0 V, reads the start state.

    Currents are positive into the terminal.
    """

    time: Annotated[Seconds, LongName("time at the end of the read, since the bench was opened")]
    repeat: Annotated[int, LongName("pass through the list of intervals, from 1")]
    interval: Annotated[Seconds, LongName("from the end of a pulse to the start of the next")]
    pulse: Annotated[int, LongName("number of the pulse at this interval, from 1; 0: none yet")]
    terminal: Annotated[str, LongName("pulsed terminal")]
    amplitude: Annotated[Volts, LongName("pulse amplitude")]
    width: Annotated[Seconds, LongName("pulse width")]
    pulse_current: Annotated[Amperes, LongName("current during the pulse")]
    pulse_in_compliance: Annotated[bool, LongName("the current limit was active in the pulse")]
    voltage: Annotated[Volts, LongName("measured read voltage")]
    current: Annotated[Amperes, LongName("measured read current")]
    conductance: Annotated[Siemens, LongName("conductance, read current over read voltage")]
    in_compliance: Annotated[bool, LongName("the current limit was active in the read")]
    status: Annotated[str, LongName("status of the read as the instrument gave it")]
    verdict: Annotated[Verdict, LongName("whether the run goes on")]
