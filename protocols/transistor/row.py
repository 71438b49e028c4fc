"""One row of a transistor's curves: its fields are the columns of the file."""

from enum import StrEnum
from typing import Annotated, NamedTuple

from mho.protocols import columns
from mho.quantities import Amperes, Seconds, Volts
from mho.recording.columns import LongName


class Curve(StrEnum):
    """Which curve a point belongs to."""

    TRANSFER = "transfer"
    OUTPUT = "output"


class Verdict(StrEnum):
    """Whether the run goes on after this point."""

    GOES_ON = "goes on"
    CONTACT_LOST = "contact lost"


class TransistorPoint(NamedTuple):
    """One drain current at one gate and one drain voltage; positive into the drain."""

    time: columns.Time
    curve: Annotated[Curve, LongName("transfer or output curve")]
    gate_terminal: Annotated[str, LongName("terminal of the gate")]
    gate: columns.Gate
    terminal: Annotated[str, LongName("terminal of the drain")]
    level: Annotated[Volts, LongName("drain voltage asked for")]
    dwell: Annotated[Seconds, LongName("time at this drain voltage")]
    compliance: Annotated[Amperes, LongName("current limit at the drain")]
    voltage: Annotated[Volts, LongName("measured drain voltage")]
    current: Annotated[Amperes, LongName("measured drain current")]
    in_compliance: columns.InCompliance
    status: columns.Status
    verdict: Annotated[Verdict, LongName("whether the run goes on")]
