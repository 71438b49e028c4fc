"""One row of a transistor's curves: its fields are the columns of the file."""

from enum import StrEnum
from typing import Annotated, NamedTuple

from mho.quantities import Amperes, Seconds, Volts
from mho.recording.columns import LongName


class Curve(StrEnum):
    """Which curve a point belongs to."""

    TRANSFER = "transfer"
    OUTPUT = "output"


class TransistorPoint(NamedTuple):
    """One drain current at one gate and one drain voltage; positive into the drain."""

    time: Annotated[Seconds, LongName("time at the end of the reading, since the bench was opened")]
    curve: Annotated[Curve, LongName("transfer or output curve")]
    gate_terminal: Annotated[str, LongName("terminal of the gate")]
    gate: Annotated[Volts, LongName("gate voltage asked for")]
    terminal: Annotated[str, LongName("terminal of the drain")]
    level: Annotated[Volts, LongName("drain voltage asked for")]
    dwell: Annotated[Seconds, LongName("time at this drain voltage")]
    compliance: Annotated[Amperes, LongName("current limit at the drain")]
    voltage: Annotated[Volts, LongName("measured drain voltage")]
    current: Annotated[Amperes, LongName("measured drain current")]
    in_compliance: Annotated[bool, LongName("the current limit was active")]
    status: Annotated[str, LongName("status of the reading as the instrument gave it")]
