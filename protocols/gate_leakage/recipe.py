"""The operator's choices for a leakage of the written terminal."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from mho.frozen import Frozen
from mho.protocols.preparation import PreparationPulse
from mho.protocols.verify import ReadSettings
from mho.quantities import SECOND, Amperes, Fraction, Seconds, Volts


class GateLeakageRecipe(Frozen):
    """A recipe for a leakage. Units in files, SI floats in code.

    After each level the first one is measured again: a terminal that leaks more there than before
    has been damaged.
    """

    levels: Annotated[tuple[Volts, ...], Field(min_length=2, max_length=10_000)] = Field(
        description="voltages at the written terminal, with their signs; the smallest first"
    )
    duration: Seconds = Field(gt=0, description="at each level")
    interval: Seconds = Field(gt=0, description="from reading to reading")
    aperture: Seconds = Field(gt=0, description="a reading is averaged over this")
    compliance: Amperes | None = Field(
        default=None, gt=0, description="current limit; left out: pulse_compliance of the device"
    )
    last_part: Fraction = Field(
        default=0.25, gt=0, le=1, description="of the time at a level whose readings are leakage"
    )
    between: Seconds = Field(default=0.0, ge=0, description="at rest between two levels")
    preparation: tuple[PreparationPulse, ...] = Field(
        default=(), description="pulses to the start state"
    )
    read: ReadSettings = Field(
        default=ReadSettings(), description="how the device is read after a level"
    )

    @model_validator(mode="after")
    def _readings(self) -> Self:
        found = []
        if 0.0 in self.levels:
            found.append("a level of 0 V drives no leakage; take it out of levels")
        if self.aperture > self.interval:
            found.append(
                f"interval {SECOND.show(self.interval)} is shorter than aperture "
                f"{SECOND.show(self.aperture)}; lengthen it, or average over less"
            )
        if self.levels and abs(self.levels[0]) > min(map(abs, self.levels)):
            found.append("the first level is measured again and again: let it be the smallest")
        if self.duration * self.last_part < 2 * self.interval * (1 - 1e-9):
            found.append("the last part of a level has fewer than two readings: lengthen duration")
        if found:
            raise ValueError("; ".join(found))
        return self

    @property
    def readings(self) -> int:
        """At each level."""
        return int(self.duration / self.interval + 1e-6)
