"""The operator's choices for paired pulses."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from mho.frozen import Frozen
from mho.protocols.preparation import PreparationPulse
from mho.protocols.verify import ReadSettings
from mho.quantities import SECOND, Amperes, Seconds, Volts


class PpfRecipe(Frozen):
    """A recipe for paired pulses. Units in files, SI floats in code.

    An interval runs from the end of a pulse to the start of the next. The read of a pulse lies at
    the end of its interval, so every pulse is read equally long after it, and no interval can be
    shorter than the read.
    """

    does: Literal["set", "reset"] = Field(
        default="set", description="what every pulse does; the profile says which polarity that is"
    )
    amplitude: Volts = Field(gt=0, description="magnitude; the profile gives the polarity")
    width: Seconds | None = Field(
        default=None, gt=0, description="of every pulse; left out: pulse_width of the device"
    )
    compliance: Amperes | None = Field(
        default=None, gt=0, description="current limit; left out: pulse_compliance of the device"
    )
    intervals: tuple[Annotated[Seconds, Field(gt=0)], ...] = Field(
        min_length=1,
        max_length=10_000,
        description="from the end of a pulse to the start of the next, one pair each",
    )
    pulses: int = Field(
        default=2, ge=2, le=100_000, description="in one go: 2 for pairs, more for rates"
    )
    repeats: int = Field(
        default=1, ge=1, le=100_000, description="how often the whole list is measured"
    )
    response: Literal["conductance", "change", "pulse current"] = Field(
        default="conductance",
        description="what is compared: the conductance after a pulse, the change of conductance "
        "by it (its ratio scatters widely unless it is far above the read noise), or the current "
        "during it",
    )
    index: Literal["ratio", "increase"] = Field(
        default="ratio", description="last over first response, or their difference over the first"
    )
    recovery: Seconds = Field(default=0.0, ge=0, description="at 0 V after the preparation")
    preparation: tuple[PreparationPulse, ...] = Field(
        default=(), description="pulses to the start state, before every interval"
    )
    read: ReadSettings = Field(
        default=ReadSettings(settle=0.0, aperture=1e-3),
        description="how the device is read at the end of an interval",
    )

    @model_validator(mode="after")
    def _room_for_the_read(self) -> Self:
        least = self.read.settle + self.read.aperture
        short = [SECOND.show(interval) for interval in self.intervals if interval < least]
        if short:
            raise ValueError(
                f"the read of {SECOND.show(least)} does not fit into intervals of "
                f"{', '.join(short)}; shorten read.settle and read.aperture or leave them out"
            )
        return self
