"""The operator's choices for settling."""

from math import ceil, log10
from typing import Annotated, Self

from pydantic import Field, model_validator

from mho.frozen import Frozen
from mho.protocols.preparation import PreparationPulse
from mho.protocols.verify import ReadSettings
from mho.quantities import Fraction, Seconds

_WHOLE = 1e-6


class Write(Frozen):
    """A write whose settling is watched: pulses, the last of them with the first read."""

    name: str = Field(description="what it is called in figure and table")
    pulses: PreparationPulse = Field(description="what is written: does, amplitude, width, count")
    prepare: tuple[PreparationPulse, ...] = Field(
        default=(), description="pulses to the state before it, each time"
    )

    @model_validator(mode="after")
    def _open_loop(self) -> Self:
        if self.pulses.does is None:
            raise ValueError("pulses: give what they do and their amplitude, not a conductance")
        return self


class SettlingRecipe(Frozen):
    """A recipe for settling. Units in files, SI floats in code."""

    writes: Annotated[tuple[Write, ...], Field(min_length=1, max_length=100)] = Field(
        description="the writes, one after another"
    )
    repeats: int = Field(default=1, ge=1, le=10_000, description="how often each is watched")
    before: int = Field(
        default=10, ge=2, le=10_000, description="reads of the state before it, averaged"
    )
    quiet: Seconds = Field(
        default=1.0, ge=0, description="left alone before these, so that what came earlier settles"
    )
    first: Seconds = Field(
        gt=0, description="from the end of the last pulse to the first read: as the bench allows"
    )
    duration: Seconds = Field(gt=0, description="after the write until the last read")
    per_decade: int = Field(default=5, ge=1, le=1000, description="reads a decade of time")
    tolerance: Fraction = Field(
        default=0.05,
        gt=0,
        lt=1,
        description="a device has settled where its excess stays within this part of its change",
    )
    read: ReadSettings = Field(default=ReadSettings(), description="how the device is read")

    @model_validator(mode="after")
    def _some_time(self) -> Self:
        if self.duration < 10 * (self.first + self.read.aperture):
            raise ValueError(
                "duration is shorter than ten times that of the first read: nothing to see settle"
            )
        return self

    @property
    def moments(self) -> tuple[float, ...]:
        """When reads end, in s after the write, at best: log-spaced, the first and the last in."""
        first = self.first + self.read.aperture
        count = 1 + ceil(log10(self.duration / first) * self.per_decade - _WHOLE)
        ratio = self.duration / first
        return tuple(first * ratio ** (number / (count - 1)) for number in range(count))
