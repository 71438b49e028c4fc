"""The operator's choices for a symmetric point."""

from typing import Annotated

from pydantic import Field

from mho.frozen import Frozen
from mho.protocols.preparation import PreparationPulse
from mho.protocols.verify import ReadSettings
from mho.quantities import Amperes, Seconds, Volts


class Start(Frozen):
    """Where a series of pairs starts from. Without preparation it is where the last one ended."""

    name: str = Field(description="what it is called in figure and table")
    prepare: tuple[PreparationPulse, ...] = Field(
        default=(), description="pulses that lead there; without any the device stays as it is"
    )


class SymmetricPointRecipe(Frozen):
    """A recipe for a symmetric point. Units in files, SI floats in code."""

    set: Volts = Field(gt=0, description="amplitude of the pulse up; the profile has its polarity")
    reset: Volts = Field(gt=0, description="amplitude of the pulse down, its magnitude")
    width: Seconds | None = Field(
        default=None, gt=0, description="of a pulse; left out: pulse_width of the device"
    )
    compliance: Amperes | None = Field(
        default=None, gt=0, description="current limit; left out: pulse_compliance of the device"
    )
    pairs: int = Field(ge=8, le=100_000, description="pulses up and down in turn, from each start")
    starts: Annotated[tuple[Start, ...], Field(min_length=1, max_length=100)] = Field(
        description="from where: best from below and from above"
    )
    rest: Seconds = Field(default=0.0, ge=0, description="after a pulse, before its read")
    read: ReadSettings = Field(default=ReadSettings(), description="how the device is read")
