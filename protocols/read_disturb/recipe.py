"""The operator's choices for read disturb."""

from typing import Self

from pydantic import Field, model_validator

from mho.frozen import Frozen
from mho.protocols.preparation import PreparationPulse
from mho.protocols.verify import ReadSettings, refuse_short
from mho.quantities import Amperes, Seconds, Volts


class ReadDisturbRecipe(Frozen):
    """A recipe for read disturb. Voltages are signed: a read can set or reset."""

    voltages: tuple[Volts, ...] = Field(min_length=1, description="read voltages, in this order")
    reads: int = Field(default=10_000, ge=10, le=10_000_000, description="at each voltage")
    interval: Seconds = Field(
        default=10e-3, gt=0, description="from read to read; the voltage stands meanwhile"
    )
    compliance: Amperes | None = Field(
        default=None,
        gt=0,
        description="current limit of the reads; left out: read_compliance of the device",
    )
    prepare: tuple[PreparationPulse, ...] = Field(
        default=(), description="pulses that make the level again before each voltage"
    )
    probes: int = Field(
        default=100, ge=2, le=1000, description="reads at the profile's read voltage, either side"
    )
    read: ReadSettings = Field(
        default=ReadSettings(), description="how the probing reads are taken"
    )

    @model_validator(mode="after")
    def _no_zero(self) -> Self:
        if 0 in self.voltages:
            raise ValueError("voltages: a read at 0 V measures nothing")
        refuse_short(self.read, self.interval, "interval")
        return self
