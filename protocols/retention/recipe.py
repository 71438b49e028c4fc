"""The operator's choices for retention."""

from math import ceil, log10
from typing import Literal, Self

from pydantic import Field, model_validator

from mho.frozen import Frozen
from mho.protocols.preparation import PreparationPulse
from mho.protocols.verify import ReadSettings, refuse_short
from mho.quantities import Fraction, Seconds

MAX_READS = 10_000_000
_WHOLE = 1e-6


class Level(Frozen):
    """One level: how it is made. Without preparation the device is read as it is found."""

    name: str = Field(default="as found", description="what it is called in figure and table")
    prepare: tuple[PreparationPulse, ...] = Field(
        default=(), description="pulses that make the level; without any it is read as it is found"
    )


class ReadTimes(Frozen):
    """When the level is read, counted from the end of its preparation."""

    spacing: Literal["continuous", "linear", "log"] = Field(
        default="continuous",
        description="continuous: every interval, the read voltage standing meanwhile; linear: "
        "every interval, 0 V between reads; log: at evenly spaced logarithms of time, 0 V between",
    )
    duration: Seconds = Field(gt=0, description="of the reading of one level")
    interval: Seconds = Field(
        default=10e-3, gt=0, description="from read to read, if continuous or linear"
    )
    first: Seconds = Field(default=0.1, gt=0, description="time of the first read, if log")
    per_decade: int = Field(default=10, ge=1, le=1000, description="reads a decade, if log")

    @model_validator(mode="after")
    def _some_reads(self) -> Self:
        if self.spacing == "log":
            if self.first > self.duration:
                raise ValueError("first is later than duration, so there is no read at all")
        elif self.interval > self.duration:
            raise ValueError("interval is longer than duration, so there is no read at all")
        if self.count > MAX_READS:
            raise ValueError(f"{self.count} reads; at most {MAX_READS} in one level")
        return self

    @property
    def count(self) -> int:
        """How many reads there are; log times begin at ``first`` and end at ``duration``."""
        if self.spacing == "log":
            return 1 + ceil(log10(self.duration / self.first) * self.per_decade - _WHOLE)
        return int(self.duration / self.interval + _WHOLE)

    def time(self, number: int) -> float:
        """When read ``number`` (from 1) ends, in seconds since the preparation."""
        if self.spacing == "log" and number > 1:
            share = (number - 1) / (self.count - 1)
            return float(self.first * (self.duration / self.first) ** share)
        return self.first if self.spacing == "log" else number * self.interval

    @property
    def shortest_gap(self) -> float:
        """Seconds before a read at the least: since the read before it, or since the start."""
        if self.spacing == "log" and self.count > 1:
            return min(self.first, self.time(2) - self.first)
        return self.time(1)


class Control(Frozen):
    """Prepared again, then untouched at 0 V for as long as the reading took, then read.

    It tells what reading did to the level apart from what time did.
    """

    reads: int = Field(default=10, ge=2, le=1000, description="averaged before and after the wait")


class RetentionRecipe(Frozen):
    """A recipe for retention."""

    levels: tuple[Level, ...] = Field(
        default=(Level(),), min_length=1, description="the levels to keep, one after another"
    )
    times: ReadTimes = Field(description="when a level is read")
    read: ReadSettings = Field(default=ReadSettings(), description="how a level is read")
    control: Control | None = Field(
        default=None,
        description="the same level prepared again and left alone, to tell reading from time; "
        "left out: none",
    )
    allowed_change: Fraction = Field(
        default=0.1, gt=0, lt=1, description="change of the mean that ends the retention"
    )

    @model_validator(mode="after")
    def _reads_fit(self) -> Self:
        if self.times.spacing == "continuous":
            refuse_short(self.read, self.times.interval, "times.interval")
        needed = self.read_duration
        if self.times.spacing != "continuous" and self.times.shortest_gap < needed * (1 - _WHOLE):
            raise ValueError(
                f"times: reads come {self.times.shortest_gap:.3g} s after one another, but one "
                f"takes {needed:.3g} s (read.settle + read.aperture)"
            )
        return self

    @property
    def read_duration(self) -> float:
        """Seconds that a single read takes."""
        return self.read.settle + self.read.aperture
