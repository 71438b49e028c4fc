"""The operator's choices for electroforming, and the levels that follow from them."""

from math import inf
from typing import Literal, Self

from pydantic import Field, model_validator

from mho.device.profile import DeviceProfile
from mho.frozen import Frozen
from mho.protocols.staircase import staircase
from mho.protocols.verify import ReadSettings, repeated_reads, verify_read
from mho.quantities import OHM, VOLT, Amperes, Joules, Ohms, Seconds, Volts
from mho.stimuli import Hold, Pulse, Sweep

MOST_STEPS = 10_000


class JumpStop(Frozen):
    """Stop where the current outgrows Ohm's law from one level to the next."""

    factor: float = Field(
        default=10.0,
        gt=1,
        lt=inf,
        description="growth of the conductance from level to level that counts as a jump",
    )
    least_current: Amperes = Field(
        default=1e-6, gt=0, description="below this current, noise jumps too: not looked at"
    )


class FormingRecipe(Frozen):
    """A recipe for forming. Every field has a unit in files and is an SI float in code."""

    method: Literal["ramp", "pulses"] = Field(
        default="pulses",
        description="ramp: a staircase, some levels at a time; pulses: one pulse a level",
    )
    polarity: Literal["set", "reset"] = Field(
        default="set",
        description="of the forming voltage: that which sets the device, or resets it",
    )
    start: Volts = Field(default=0.0, ge=0, description="magnitude of the first level")
    limit: Volts = Field(gt=0, description="magnitude of the last level")
    step: Volts = Field(gt=0, description="from one level to the next")
    width: Seconds | None = Field(
        default=None, gt=0, description="time at each level; left out: pulse_width of the device"
    )
    rest: Seconds = Field(default=0.0, ge=0, description="at 0 V between a pulse and its read")
    compliance: Amperes | None = Field(
        default=None, gt=0, description="current limit; left out: pulse_compliance of the device"
    )
    levels_at_once: int = Field(
        default=1, ge=1, description="of a ramp: levels between one verify read and the next"
    )
    back: bool = Field(default=False, description="sweep back to 0 V from the last level reached")

    formed_below: Ohms = Field(gt=0, description="a verify read below this counts as formed")
    damaged_below: Ohms = Field(gt=0, description="a verify read below this counts as damaged")
    jump: JumpStop | None = Field(
        default=None, description="where the current jumps, stop; left out: it may"
    )
    energy: Joules | None = Field(
        default=None,
        gt=0,
        description="stop when so much has gone into the device; left out: no matter how much",
    )

    stop_in_compliance: bool = Field(
        default=False,
        description="stop at the first level that the current limit holds; of a ramp, the "
        "instrument itself stops there",
    )

    read: ReadSettings = Field(
        default=ReadSettings(), description="how the device is read between levels"
    )
    reads: int = Field(
        default=20,
        ge=2,
        le=10_000,
        description="averaged before the first level and after the last",
    )

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.start > self.limit:
            raise ValueError(
                f"start {VOLT.show(self.start)} is above limit {VOLT.show(self.limit)}"
            )
        if (self.limit - self.start) / self.step > MOST_STEPS:
            raise ValueError(f"start, limit and step make more than {MOST_STEPS} levels")
        if self.damaged_below >= self.formed_below:
            raise ValueError(
                f"damaged_below {OHM.show(self.damaged_below)} must be less than formed_below "
                f"{OHM.show(self.formed_below)}"
            )
        return self


def forming_levels(recipe: FormingRecipe, profile: DeviceProfile) -> tuple[float, ...]:
    """Every level (V, signed) that may be applied, in its order; 0 V is left out."""
    sign = profile.set_sign if recipe.polarity == "set" else -profile.set_sign
    if recipe.start == recipe.limit:
        return (sign * recipe.limit,)
    steps = staircase((recipe.start, recipe.limit), recipe.step)
    return tuple(sign * step.level for step in steps if step.level)


def level_groups(recipe: FormingRecipe, profile: DeviceProfile) -> tuple[tuple[float, ...], ...]:
    """The levels in the groups that are applied between one read of the device and the next."""
    levels = forming_levels(recipe, profile)
    size = recipe.levels_at_once if recipe.method == "ramp" else 1
    return tuple(levels[first : first + size] for first in range(0, len(levels), size))


def state_reads(recipe: FormingRecipe, profile: DeviceProfile) -> Hold:
    """The reads that are averaged before and after."""
    read = verify_read(recipe.read, profile)
    return repeated_reads(recipe.read, profile, recipe.reads, read.settle + read.aperture)


def level_sweep(
    recipe: FormingRecipe, profile: DeviceProfile, levels: tuple[float, ...], *, stops: bool
) -> Sweep:
    """Levels as one sweep; read over the second half of each level, as a pulse is.

    ``stops`` where the first level in compliance ends it.
    """
    width = recipe.width or profile.pulse_width
    return Sweep(
        terminal=profile.write_at,
        levels=levels,
        dwell=width,
        aperture=width / 2,
        compliance=recipe.compliance or profile.pulse_compliance,
        stop_in_compliance=stops,
    )


def level_pulse(recipe: FormingRecipe, profile: DeviceProfile, level: float) -> Pulse:
    """One level as a pulse with its verify read."""
    return Pulse(
        terminal=profile.write_at,
        amplitude=level,
        width=recipe.width or profile.pulse_width,
        compliance=recipe.compliance or profile.pulse_compliance,
        rest=recipe.rest,
        verify=verify_read(recipe.read, profile),
    )


def one_read(recipe: FormingRecipe, profile: DeviceProfile) -> Hold:
    """The verify read after a group of levels of a ramp."""
    read = verify_read(recipe.read, profile)
    return repeated_reads(recipe.read, profile, 1, read.settle + read.aperture)
