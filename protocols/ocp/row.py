"""One row of an open-circuit potential: its fields are the columns of the file."""

from enum import StrEnum
from typing import Annotated, NamedTuple

from mho.protocols import columns
from mho.quantities import Amperes, Coulombs, Volts
from mho.recording.columns import LongName


class Direction(StrEnum):
    """On which way a state lies."""

    START = "start"
    OUT = "out"
    BACK = "back"


class Verdict(StrEnum):
    """Whether the run goes on after this state, and if not, how it ended."""

    GOES_ON = "goes on"
    COMPLETE = "complete"
    CONTACT_LOST = "contact lost"
    BREAKDOWN = "breakdown"


class OcpRow(NamedTuple):
    """One state: the potential of the open terminal, and the conductance read after it."""

    time: columns.Time
    state: Annotated[int, LongName("number of the state, from 0")]
    direction: Annotated[Direction, LongName("way on which the state lies")]
    terminal: Annotated[str, LongName("terminal whose potential is read")]
    charge: Annotated[Coulombs, LongName("charge asked for before this state")]
    delivered: Annotated[Coulombs, LongName("charge delivered before this state")]
    write_voltage: Annotated[
        Volts, LongName("voltage at the device during the first pulse; NaN: none, or not known")
    ]
    write_current: Annotated[Amperes, LongName("mean current of its pulses; NaN: none, not known")]
    delivered_so_far: Annotated[Coulombs, LongName("all charge delivered since the start state")]
    potential: Annotated[Volts, LongName("mean voltage at the terminal with 0 A")]
    potential_spread: Annotated[
        Volts, LongName("standard deviation of the readings of the potential; NaN for one")
    ]
    potential_reads: Annotated[int, LongName("readings of the potential")]
    potential_in_compliance: Annotated[
        bool, LongName("the voltage limit was active in a reading of the potential")
    ]
    read_terminal: columns.ReadTerminal
    voltage: columns.ReadVoltage
    current: columns.ReadCurrent
    conductance: columns.ReadConductance
    in_compliance: columns.ReadInCompliance
    status: columns.Status
    verdict: Annotated[Verdict, LongName("whether the run goes on, or how it ended")]
