"""The operator's choices for the ladder of levels by deepening RESET stop voltage."""

from math import ceil
from typing import Literal, Self

from pydantic import Field, model_validator

from mho.frozen import Frozen
from mho.protocols.verify import ReadSettings, refuse_short
from mho.quantities import SECOND, VOLT, Amperes, Seconds, Siemens, Volts

MAX_ATTEMPTS = 100_000
MAX_SWEEP_LEVELS = 20_000
_SLACK = 1e-6  # of a step, so that a stop that is a multiple of it is met


class StopSweep(Frozen):
    """A sweep from 0 V to the stop voltage and back."""

    step: Volts = Field(default=0.01, gt=0, description="from one level to the next")
    dwell: Seconds = Field(default=10e-3, gt=0, description="time at each level")
    aperture: Seconds = Field(default=5e-3, gt=0, description="measured over the end of the dwell")

    @model_validator(mode="after")
    def _measured_within(self) -> Self:
        if self.aperture > self.dwell:
            raise ValueError(
                f"aperture {SECOND.show(self.aperture)} is longer than the dwell at each level, "
                f"{SECOND.show(self.dwell)}"
            )
        return self


class LevelReads(Frozen):
    """Reads one after another, the read voltage standing meanwhile."""

    duration: Seconds = Field(gt=0, description="of all these reads together")
    interval: Seconds = Field(default=10e-3, gt=0, description="from read to read")

    @model_validator(mode="after")
    def _at_least_two(self) -> Self:
        if self.count < 2:
            raise ValueError("duration must hold two reads at least; lower interval")
        return self

    @property
    def count(self) -> int:
        """How many reads there are."""
        return int(self.duration / self.interval + _SLACK)


class ResetStopRecipe(Frozen):
    """A recipe for the ladder. Voltages are magnitudes; the profile gives the polarities.

    After a full SET, each attempt resets the device to a stop voltage and reads it. It made a new
    level if ``min(reads of the level before) - max(new reads)`` is at least ``minimum_gap``; if
    not, the step to the next stop voltage grows by ``growth``.
    """

    first: Volts = Field(default=0.5, gt=0, description="stop voltage of the first level")
    last: Volts = Field(default=2.0, gt=0, description="the ladder ends with this stop voltage")
    step: Volts = Field(ge=1e-4, description="from one stop voltage to the next, at first")
    growth: Volts = Field(
        default=0.0, ge=0, description="added to the step when the gap was too small; 0: never"
    )
    after_level: Literal["keep", "restart"] = Field(
        default="keep",
        description="the step after a new level: as it has grown, or as it was at first",
    )
    counted_from: Literal["last stop", "last level"] = Field(
        default="last stop", description="where the step to the next stop voltage starts"
    )
    minimum_gap: Siemens = Field(
        default=0.2e-6, ge=0, description="between the reads of neighbouring levels"
    )
    levels: int | None = Field(
        default=None, ge=1, description="levels wanted; left out: as many as there are up to last"
    )
    stuck_after: int = Field(
        default=30,
        ge=4,
        description="attempts without any change of conductance that count as stuck",
    )
    by: Literal["sweep", "pulse"] = Field(
        default="sweep", description="what resets the device, and sets it before the first level"
    )
    set_amplitude: Volts = Field(
        default=2.0, gt=0, description="of the full SET before the first level"
    )
    compliance: Amperes | None = Field(
        default=None, gt=0, description="current limit; left out: pulse_compliance of the device"
    )
    width: Seconds | None = Field(
        default=None, gt=0, description="of a pulse; left out: pulse_width of the device"
    )
    sweep: StopSweep = Field(
        default=StopSweep(),
        description='how a sweep goes to the stop voltage and back, for by = "sweep"',
    )
    read: ReadSettings = Field(default=ReadSettings(), description="how the device is read")
    reads: LevelReads = Field(description="of the level after each attempt; they decide on the gap")
    retention: LevelReads | None = Field(
        default=None, description="reads of each new level, before the next attempt; left out: none"
    )

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.first > self.last:
            raise ValueError(
                f"first, {VOLT.show(self.first)}, is beyond last, {VOLT.show(self.last)}"
            )
        refuse_short(self.read, self.reads.interval, "reads.interval")
        if self.retention is not None:
            refuse_short(self.read, self.retention.interval, "retention.interval")
        if self.counted_from == "last level" and self.growth < 1e-4:
            raise ValueError(
                'counted_from = "last level" needs a growth of at least 0.1 mV: '
                "without it a gap too small would repeat the same stop voltage forever"
            )
        if self.max_attempts > MAX_ATTEMPTS:
            raise ValueError(
                f"up to {self.max_attempts} attempts from first to last; at most {MAX_ATTEMPTS}"
            )
        if self.by == "sweep":
            highest = max(self.last, self.set_amplitude)
            if 2 * highest / self.sweep.step > MAX_SWEEP_LEVELS:
                raise ValueError(
                    f"sweep.step makes {2 * highest / self.sweep.step:.0f} levels a sweep; "
                    f"at most {MAX_SWEEP_LEVELS} are played"
                )
        return self

    @property
    def max_attempts(self) -> int:
        """An upper bound on the attempts, whatever the device does."""
        span = self.last - self.first
        if self.counted_from == "last stop":
            return 1 + ceil(span / self.step)
        # From the last level, each attempt either takes a step or deepens the next by growth.
        return 2 + ceil(span / min(self.step, self.growth))


def next_stop(
    recipe: ResetStopRecipe, stop: float, level_stop: float, step: float
) -> float:  # fmt: skip
    """The stop voltage (magnitude) after ``stop``; the last level was made at ``level_stop``."""
    start = stop if recipe.counted_from == "last stop" else level_stop
    # A grid of 1 nV keeps a sum of steps at the number that was meant.
    return min(round(start + step, 9), recipe.last)


def next_step(recipe: ResetStopRecipe, step: float, *, made_level: bool) -> float:
    """The step after an attempt that was made with ``step``."""
    if not made_level:
        return step + recipe.growth
    return recipe.step if recipe.after_level == "restart" else step
