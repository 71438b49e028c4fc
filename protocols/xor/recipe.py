"""The operator's choices for XOR, and the weights that it takes."""

import numpy as np
from pydantic import Field

from mho.frozen import Frozen
from mho.protocols.array_lines import Floats, LineReads, Lines, Range
from mho.quantities import Fraction, Seconds, Volts

WEIGHTS = np.array([[1.0, 1.0, 1.0], [1.0, 1.0, -1.0], [-0.5, -1.5, -0.5]])
"""Columns: OR and AND of the inputs, then OR without AND; rows: first, second, bias."""

LARGEST = 1.5

PATTERNS = ((0, 0), (0, 1), (1, 0), (1, 1))


class XorRecipe(Frozen):
    """A recipe for XOR. Units in files, SI floats in code."""

    lines: Lines = Field(description="the lines of the array: three rows, three columns")
    range: Range = Field(description="of the cells; a weight of 0 lies in its middle")
    used: Fraction = Field(
        default=0.9, gt=0, le=1, description="of the range, for weights from -1.5 to 1.5"
    )
    amplitude: Volts = Field(
        gt=0, description="over a cell that is written; each line takes half of it"
    )
    width: Seconds | None = Field(
        default=None, gt=0, description="of a pulse; left out: pulse_width of the device"
    )
    first_step: Fraction = Field(
        default=0.001, gt=0, lt=1, description="of the range that a pulse is taken to move at first"
    )
    tolerance: Fraction = Field(
        default=0.01,
        gt=0,
        lt=1,
        description="of the range, for all weights in the end: each is written to half of it, for "
        "those written later move it",
    )
    bursts: int = Field(default=6, ge=1, le=100, description="most bursts for a cell in one pass")
    longest_burst: int = Field(default=5000, ge=1, le=100_000, description="pulses of a burst")
    passes: int = Field(
        default=1,
        ge=1,
        le=100,
        description="times through all cells: what half-selection has moved meanwhile is made good",
    )
    settle: Seconds = Field(default=1.0, ge=0, description="after a burst, before its read")
    hold: Seconds = Field(
        default=20.0, ge=0, description="at rest between two inferences; 0: only one is made"
    )
    average: int = Field(default=1, ge=1, le=1000, description="reads of a cell that are averaged")
    reads: LineReads = Field(default=LineReads(), description="how the array is read")

    @property
    def targets(self) -> Floats:
        """Conductances (S) of the nine cells."""
        scale = 0.5 * self.used * self.range.span / LARGEST
        return np.asarray(self.range.middle + scale * WEIGHTS)

    @property
    def scale(self) -> float:
        """Siemens of a weight of 1."""
        return 0.5 * self.used * self.range.span / LARGEST
