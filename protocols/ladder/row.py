"""One row of a ladder: its fields are the columns of the file."""

from enum import StrEnum
from typing import Annotated, NamedTuple

from mho.protocols import columns
from mho.protocols.approach import Verdict
from mho.quantities import Fraction, Seconds, Siemens
from mho.recording.columns import LongName


class Phase(StrEnum):
    """What a row is about."""

    TUNING = "tuning"
    CHECK = "check"
    LATER = "later"


class Order(StrEnum):
    """In which the levels are gone through."""

    UP = "up"
    DOWN = "down"
    SHUFFLED = "shuffled"


class LadderStep(NamedTuple):
    """A pulse and its look, a look alone, or the mean that judges the level, at once or later.

    All about the pulse is NaN where there was none. In the rows that judge, ``verdict`` is how the
    programming had ended. Currents are positive into the terminal.
    """

    time: columns.Time
    visit: Annotated[int, LongName("number of the level programmed, from 0, in the order of time")]
    order: Annotated[Order, LongName("in which the levels are gone through")]
    round: Annotated[int, LongName("number of the round in this order, from 1")]
    level: Annotated[int, LongName("number of the level, from 0, from low to high")]
    attempt: Annotated[int, LongName("number of the attempt, from 1; more: programmed again")]
    target: Annotated[Siemens, LongName("target conductance")]
    low: Annotated[Siemens, LongName("lowest conductance that counts as the target")]
    high: Annotated[Siemens, LongName("highest conductance that counts as the target")]
    phase: Annotated[Phase, LongName("tuning step, or judging of the result at once or later")]
    pulse: Annotated[int, LongName("pulses applied in this attempt so far")]
    terminal: columns.PulsedTerminal
    amplitude: columns.Amplitude
    width: columns.Width
    sent: columns.Sent
    sent_at_limit: columns.SentAtLimit
    pulse_voltage: columns.PulseVoltage
    pulse_current: columns.PulseCurrent
    pulse_in_compliance: columns.PulseInCompliance
    wait: Annotated[Seconds, LongName("at 0 V before the look")]
    voltage: columns.ReadVoltage
    current: columns.ReadCurrent
    conductance: columns.ReadConductance
    spread: columns.Spread
    reads: columns.ReadCount
    seconds: Annotated[Seconds, LongName("time that the reads of this row took")]
    in_compliance: columns.ReadInCompliance
    status: columns.Status
    confidence: Annotated[
        Fraction, LongName("probability, as the algorithm sees it, that the target is reached")
    ]
    verdict: Annotated[Verdict, LongName("conclusion from the look")]
    learnt: Annotated[str, LongName("what the algorithm knows of the cell at the end, SI")]
