"""The operator's choices for voltage sweeps, and the stretches that follow from them."""

from math import inf
from typing import Literal, Self

from pydantic import Field, model_validator

from mho.device.profile import DeviceProfile
from mho.frozen import Frozen
from mho.protocols.preparation import PreparationPulse
from mho.protocols.staircase import Corners, Stretch, count, stretches
from mho.protocols.verify import ReadSettings
from mho.quantities import SECOND, Amperes, Seconds, Volts, VoltsPerSecond
from mho.stimuli import Sweep

MOST_LEVELS = 100_000
"""Levels of one cycle; beyond this, files and figures serve nobody."""


class IvRecipe(Frozen):
    """A recipe for voltage sweeps. Every field has a unit in files and is an SI float in code."""

    corners: Corners = Field(
        description="voltages visited in this order at the driven terminal, signed"
    )
    step: Volts = Field(gt=0, description="from one level to the next")
    dwell: Seconds | None = Field(
        default=None, gt=0, description="time at each level; give this or rate"
    )
    rate: VoltsPerSecond | None = Field(
        default=None, gt=0, description="of the voltage, volts per second; give this or dwell"
    )
    aperture: Seconds | None = Field(
        default=None,
        gt=0,
        description="at the end of the dwell, the current is averaged over this; left out: half"
        " the dwell",
    )
    set_compliance: Amperes | None = Field(
        default=None,
        gt=0,
        description="current limit at the polarity that sets; left out: pulse_compliance of the"
        " device",
    )
    reset_compliance: Amperes | None = Field(
        default=None,
        gt=0,
        description="current limit at the other polarity; left out: pulse_compliance of the device",
    )
    cycles: int = Field(
        default=1, ge=1, le=1_000_000, description="how often the corners are gone through"
    )
    rule: Literal["half-way", "steepest", "current jump"] = Field(
        default="half-way",
        description='what counts as the switching voltage: "half-way" from the way out to the way '
        'back, the "steepest" rise of ln I, or the first "current jump"',
    )
    jump: float = Field(
        default=3.0,
        gt=1,
        lt=inf,
        description='for "current jump": by how much the current outgrows Ohm\'s law from level '
        "to level",
    )
    least_voltage: Volts = Field(
        default=0.05, ge=0, description="switching is looked for above this magnitude"
    )
    least_window: float = Field(
        default=1.5,
        ge=1,
        lt=inf,
        description="out against back at the read voltage: below this a side has not switched",
    )
    prepare: tuple[PreparationPulse, ...] = Field(
        default=(), description="pulses before the first cycle"
    )
    read: ReadSettings = Field(
        default=ReadSettings(), description="how the state is read after each stretch"
    )
    reads: int = Field(
        default=0, ge=0, le=10_000, description="after each stretch of one polarity; 0: none"
    )

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        levels = count(self.corners, self.step)
        if levels > MOST_LEVELS:
            raise ValueError(
                f"corners and step make {levels} levels a cycle; at most {MOST_LEVELS} are played"
            )
        if (self.dwell is None) == (self.rate is None):
            raise ValueError("give either dwell or rate (and not both)")
        if self.aperture is not None and self.aperture > self.dwelling:
            raise ValueError(
                f"aperture {SECOND.show(self.aperture)} is longer than the dwell at each level, "
                f"{SECOND.show(self.dwelling)}"
            )
        return self

    @property
    def dwelling(self) -> float:
        """Seconds at each level."""
        if self.dwell is not None:
            return self.dwell
        return self.step / self.rate if self.rate is not None else 0.0


def sides(recipe: IvRecipe, profile: DeviceProfile) -> tuple[tuple[Stretch, Sweep], ...]:
    """The stretches of one cycle in the order of time, each with the sweep that plays it."""
    limits = {
        profile.set_sign: recipe.set_compliance or profile.pulse_compliance,
        -profile.set_sign: recipe.reset_compliance or profile.pulse_compliance,
    }
    dwell = recipe.dwelling
    return tuple(
        (
            stretch,
            Sweep(
                terminal=profile.write_at,
                levels=stretch.levels,
                dwell=dwell,
                aperture=recipe.aperture or dwell / 2,
                compliance=limits[stretch.sign],
            ),
        )
        for stretch in stretches(recipe.corners, recipe.step)
    )
