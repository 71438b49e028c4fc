"""One row of XOR: its fields are the columns of the file."""

from enum import StrEnum
from typing import Annotated, NamedTuple

from mho.protocols import columns
from mho.quantities import Siemens, Volts
from mho.recording.columns import LongName


class Phase(StrEnum):
    """What a row tells."""

    WRITE = "write"
    WEIGHT = "weight"
    KEPT = "weight kept"
    INFERENCE = "inference"
    LATER = "inference later"


class Verdict(StrEnum):
    """Whether the run goes on, and if not, how it ended."""

    GOES_ON = "goes on"
    COMPLETE = "complete"
    BREAKDOWN = "breakdown"


class XorRow(NamedTuple):
    """A burst at a cell, a cell when all are written, or what the network says to a pattern."""

    time: columns.Time
    phase: Annotated[Phase, LongName("burst, weight, or inference")]
    pass_: Annotated[int, LongName("number of the pass through the cells, from 1; 0: none")]
    row: Annotated[int, LongName("row of the cell, from 0; -1: an inference")]
    column: Annotated[int, LongName("column of the cell, from 0; -1: an inference")]
    target: Annotated[Siemens, LongName("conductance asked for; NaN for an inference")]
    conductance: Annotated[Siemens, LongName("conductance read; NaN for an inference")]
    burst: Annotated[int, LongName("number of the burst at this cell, from 1; 0: none")]
    pulses: Annotated[int, LongName("pulses of the burst, negative where they lower")]
    amplitude: Annotated[Volts, LongName("over the cell asked for; NaN: no burst")]
    input_1: Annotated[int, LongName("first input, 0 or 1; -1: no inference")]
    input_2: Annotated[int, LongName("second input, 0 or 1; -1: no inference")]
    hidden_1: Annotated[float, LongName("first hidden sum, in weights; NaN: no inference")]
    hidden_2: Annotated[float, LongName("second hidden sum, in weights; NaN: no inference")]
    output_sum: Annotated[float, LongName("sum at the output, in weights; NaN: no inference")]
    expected: Annotated[int, LongName("what the output should say, 0 or 1; -1: no inference")]
    in_compliance: columns.InCompliance
    verdict: Annotated[Verdict, LongName("whether the run goes on, or how it ended")]
