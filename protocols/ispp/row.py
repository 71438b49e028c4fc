"""One row of an ISPP run: its fields are the columns of the file."""

from enum import StrEnum
from typing import Annotated, NamedTuple

from mho.quantities import Amperes, Seconds, Siemens, Volts
from mho.recording.columns import LongName


class Phase(StrEnum):
    """What a row is about."""

    TUNING = "tuning"
    CHECK = "check"


class Verdict(StrEnum):
    """What the loop concluded from a verify read; all but the first two end the target.

    A lost contact ends the run.
    """

    ABOVE = "above"
    BELOW = "below"
    REACHED = "reached"
    PULSE_BUDGET = "pulse budget"
    AMPLITUDE_LIMIT = "amplitude limit"
    STUCK = "stuck"
    CONTACT_LOST = "contact lost"
    ABORTED = "aborted"


END_REASONS = frozenset(Verdict) - {Verdict.ABOVE, Verdict.BELOW}


class IsppStep(NamedTuple):
    """A pulse with its verify read, or (phase ``check``) the mean of the reads that follow.

    In a check row ``amplitude``, ``width`` and ``pulse_current`` are NaN, and ``verdict`` is how
    the target had ended. Currents are positive into the terminal.
    """

    time: Annotated[Seconds, LongName("time at the end of the read, since the bench was opened")]
    target_index: Annotated[int, LongName("number of the target, from 0")]
    target: Annotated[Siemens, LongName("target conductance")]
    phase: Annotated[Phase, LongName("tuning step, or check of the result")]
    pulse: Annotated[int, LongName("pulses applied for this target so far")]
    terminal: Annotated[str, LongName("pulsed terminal")]
    amplitude: Annotated[Volts, LongName("pulse amplitude")]
    width: Annotated[Seconds, LongName("pulse width")]
    pulse_current: Annotated[Amperes, LongName("current during the pulse")]
    pulse_in_compliance: Annotated[bool, LongName("the current limit was active in the pulse")]
    voltage: Annotated[Volts, LongName("measured read voltage")]
    current: Annotated[Amperes, LongName("measured read current")]
    conductance: Annotated[Siemens, LongName("conductance, read current over read voltage")]
    spread: Annotated[Siemens, LongName("standard deviation of the reads averaged; NaN for one")]
    reads: Annotated[int, LongName("reads averaged in this row")]
    in_compliance: Annotated[bool, LongName("the current limit was active in the read")]
    status: Annotated[str, LongName("status of the read as the instrument gave it")]
    verdict: Annotated[Verdict, LongName("conclusion from the read")]
