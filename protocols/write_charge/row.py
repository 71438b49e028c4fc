"""One row of writing by charge: its fields are the columns of the file."""

from enum import StrEnum
from typing import Annotated, NamedTuple

from mho.protocols import columns
from mho.quantities import Amperes, Coulombs, Seconds, Volts
from mho.recording.columns import LongName


class Verdict(StrEnum):
    """Whether the run goes on after this charge, and if not, how it ended."""

    GOES_ON = "goes on"
    COMPLETE = "complete"
    CONTACT_LOST = "contact lost"
    BREAKDOWN = "breakdown"


class ChargeRow(NamedTuple):
    """A charge and the read after it. Write 0 has none: it reads the start state."""

    time: columns.Time
    cycle: columns.Cycle
    write: Annotated[int, LongName("number of the charge in its cycle, from 1; 0: none yet")]
    terminal: Annotated[str, LongName("terminal that is written")]
    charge: Annotated[Coulombs, LongName("charge asked for, positive into the terminal")]
    delivered: Annotated[Coulombs, LongName("charge delivered: measured current times width")]
    delivered_so_far: Annotated[Coulombs, LongName("all charge delivered since the start state")]
    is_reached: Annotated[bool, LongName("the charge lies within the tolerance")]
    shots: Annotated[int, LongName("current pulses for this charge")]
    width: Annotated[Seconds, LongName("length of all its pulses")]
    write_voltage: Annotated[
        Volts, LongName("voltage at the device in the first pulse; NaN: not known")
    ]
    write_current: Annotated[Amperes, LongName("mean current of the pulses; NaN: not known")]
    write_in_compliance: Annotated[bool, LongName("the voltage limit was active in a pulse")]
    read_terminal: columns.ReadTerminal
    voltage: columns.ReadVoltage
    current: columns.ReadCurrent
    conductance: columns.ReadConductance
    in_compliance: columns.ReadInCompliance
    status: columns.Status
    verdict: Annotated[Verdict, LongName("whether the run goes on, or how it ended")]
