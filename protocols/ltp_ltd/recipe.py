"""The operator's choices for LTP/LTD, and the pulses that follow from them."""

from typing import Annotated, Literal, NamedTuple, Self

import numpy as np
from pydantic import Field, model_validator

from mho.device.profile import DeviceProfile
from mho.frozen import Frozen
from mho.protocols.ltp_ltd.row import Direction
from mho.protocols.preparation import PreparationPulse
from mho.protocols.verify import ReadSettings
from mho.quantities import Amperes, Seconds, Volts

Amplitude = Annotated[Volts, Field(gt=0)]


WIDTH_GRID = 1e-8
"""Seconds to which widths in equal ratios are rounded: the time grid of pulse cards."""


class Branch(Frozen):
    """The pulses of one direction. Amplitudes are magnitudes; the profile gives the polarity."""

    pulses: int = Field(ge=1, le=1_000_000, description="how many")
    amplitude: Amplitude = Field(description="of the first pulse")
    last_amplitude: Amplitude | None = Field(
        default=None,
        description="incremental amplitude: that of the last pulse, in equal steps; left out: "
        "all have one amplitude",
    )
    width: Seconds | None = Field(
        default=None, gt=0, description="of the first pulse; left out: pulse_width of the device"
    )
    last_width: Seconds | None = Field(
        default=None,
        gt=0,
        description="width modulation: that of the last pulse, in equal ratios, rounded to 10 "
        "ns; left out: all have one width",
    )
    compliance: Amperes | None = Field(
        default=None, gt=0, description="current limit; left out: pulse_compliance of the device"
    )


class LtpLtdRecipe(Frozen):
    """A recipe for potentiation and depression. Units in files, SI floats in code."""

    potentiation: Branch = Field(description="the pulses up")
    depression: Branch = Field(description="the pulses down")
    amplitude_series: tuple[Amplitude, ...] = Field(
        default=(),
        description="repeat everything with each of these amplitudes, in both directions, "
        "in place of the amplitudes of the branches",
    )
    cycles: int = Field(
        default=1, ge=1, le=100_000, description="how many, of potentiation then depression"
    )
    read_every: int = Field(default=1, ge=1, description="pulses from read to read")
    rest: Seconds = Field(default=1e-3, gt=0, description="at 0 V after each pulse")
    apply: Literal["train", "single pulses"] = Field(
        default="train",
        description='"train": a branch is one hardware-timed sequence, on many instruments with '
        'one current range for pulses and reads; "single pulses": every pulse is a sequence of '
        "its own, slower, with a read on a range of its own. A branch whose width is modulated "
        "always takes single pulses.",
    )
    preparation: tuple[PreparationPulse, ...] = Field(
        default=(), description="pulses that bring the device to its start state"
    )
    prepare: Literal["each series", "each cycle"] = Field(
        default="each series", description="where the preparation is applied"
    )
    read: ReadSettings = Field(
        default=ReadSettings(), description="how the device is read after a pulse"
    )

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        found = [
            f"{name}.pulses = {branch.pulses} is no multiple of read_every = {self.read_every}; "
            "every branch ends with a read"
            for name, branch in (
                ("potentiation", self.potentiation),
                ("depression", self.depression),
            )
            if branch.pulses % self.read_every
        ]
        grown = self.potentiation.last_amplitude or self.depression.last_amplitude
        if self.amplitude_series and grown:
            found.append(
                "amplitude_series gives each series one amplitude; leave out last_amplitude"
            )
        if found:
            raise ValueError("; ".join(found))
        return self


class PulseShape(NamedTuple):
    """A pulse of a branch: amplitude with its sign (V), width (s), and whether a read follows."""

    amplitude: float
    width: float
    read: bool


def series(recipe: LtpLtdRecipe) -> tuple[float | None, ...]:
    """The amplitude (V) of each series; None where the branches have their own."""
    return recipe.amplitude_series or (None,)


def shapes(
    recipe: LtpLtdRecipe, profile: DeviceProfile, direction: Direction, amplitude: float | None
) -> tuple[PulseShape, ...]:
    """The pulses of a branch in their order; ``amplitude`` replaces its own unless None."""
    branch = branch_of(recipe, direction)
    sign = profile.set_sign if direction is Direction.POTENTIATION else -profile.set_sign
    first = branch.amplitude if amplitude is None else amplitude
    last = first if branch.last_amplitude is None else branch.last_amplitude
    width = branch.width or profile.pulse_width
    last_width = branch.last_width or width
    amplitudes = np.linspace(first, last, branch.pulses).tolist()
    widths = [width] * branch.pulses
    if branch.pulses > 1:
        between = np.geomspace(width, last_width, branch.pulses)[1:-1]
        widths[1:] = [*(round(w / WIDTH_GRID) / round(1 / WIDTH_GRID) for w in between), last_width]
    return tuple(
        PulseShape(sign * a, w, number % recipe.read_every == 0)
        for number, (a, w) in enumerate(zip(amplitudes, widths, strict=True), start=1)
    )


def branch_of(recipe: LtpLtdRecipe, direction: Direction) -> Branch:
    """The branch of a direction."""
    return recipe.potentiation if direction is Direction.POTENTIATION else recipe.depression
