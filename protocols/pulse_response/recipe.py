"""The operator's choices for a sampled pulse."""

from typing import Literal, Self

from pydantic import Field, model_validator

from mho.frozen import Frozen
from mho.protocols.preparation import PreparationPulse
from mho.quantities import (
    SECOND,
    Amperes,
    Seconds,
    Volts,
)

MOST_SAMPLES = 1_000_000


class PulseResponseRecipe(Frozen):
    """A recipe for a sampled pulse. Units in files, SI floats in code."""

    does: Literal["set", "reset"] = Field(
        default="set", description="what the pulse does; the profile says which polarity that is"
    )
    amplitude: Volts = Field(gt=0, description="magnitude; the profile gives the polarity")
    width: Seconds = Field(gt=0, description="of the plateau; whole samples")
    before: Seconds = Field(ge=0, description="at the base level before the plateau; whole samples")
    after: Seconds = Field(ge=0, description="at the base level after it; whole samples")
    base: Volts | None = Field(
        default=None,
        description="level before and after, with its sign; left out: read_voltage of the device",
    )
    sample: Seconds = Field(gt=0, description="from sample to sample")
    aperture: Seconds | None = Field(
        default=None, gt=0, description="averaged at the end of a sample; left out: all of it"
    )
    compliance: Amperes | None = Field(
        default=None, gt=0, description="current limit; left out: pulse_compliance of the device"
    )
    repeats: int = Field(default=1, ge=1, le=100_000, description="how many pulses")
    preparation: tuple[PreparationPulse, ...] = Field(
        default=(), description="pulses to the start state, before every repeat"
    )

    @model_validator(mode="after")
    def _whole_samples(self) -> Self:
        found = [
            f"{name} = {SECOND.show(span)} is no multiple of sample = {SECOND.show(self.sample)}"
            for name, span in (
                ("before", self.before),
                ("width", self.width),
                ("after", self.after),
            )
            if abs(round(span / self.sample) - span / self.sample) > 1e-6
        ]
        if self.aperture is not None and self.aperture > self.sample:
            found.append("aperture is longer than sample")
        if (self.before + self.width + self.after) / self.sample > MOST_SAMPLES:
            found.append(f"that is more than {MOST_SAMPLES} samples; lengthen sample")
        if found:
            raise ValueError("; ".join(found))
        return self
