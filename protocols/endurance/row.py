"""One row of an endurance run: its fields are the columns of the file."""

from enum import StrEnum
from typing import Annotated, NamedTuple

from mho.quantities import Amperes, Seconds, Siemens, Volts
from mho.recording.columns import LongName


class State(StrEnum):
    """The state that was read."""

    ON = "LRS"
    OFF = "HRS"


class Verdict(StrEnum):
    """What a check says; all but the first two end the run."""

    GOES_ON = "goes on"
    FAILED = "check failed"
    DONE = "all cycles done"
    STUCK_ON = "stuck in LRS"
    STUCK_OFF = "stuck in HRS"
    WINDOW_LOST = "window lost"
    CONTACT_LOST = "contact lost"


END_REASONS = frozenset(Verdict) - {Verdict.GOES_ON, Verdict.FAILED}


class EnduranceStep(NamedTuple):
    """A pulse of a checked cycle with its read: the SET gives the LRS, the RESET the HRS.

    Cycles between checks leave no row; ``pulses`` counts theirs too. Currents are positive into
    the terminal.
    """

    time: Annotated[Seconds, LongName("time at the end of the read, since the bench was opened")]
    cycle: Annotated[int, LongName("number of the cycle, from 1")]
    state: Annotated[State, LongName("state that was read")]
    pulses: Annotated[int, LongName("SET and RESET pulses applied so far, this one included")]
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
    window: Annotated[float, LongName("LRS over HRS conductance of this cycle; NaN in LRS rows")]
    verdict: Annotated[Verdict, LongName("conclusion from the check; of HRS rows")]
