"""The operator's choices for ISPP, and what they take from the device profile."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from mho.device.profile import DeviceProfile
from mho.errors import Problem, SettingsError
from mho.frozen import Frozen
from mho.protocols.approach import on_reset_curve, unreadable
from mho.protocols.verify import ReadSettings, refuse_short
from mho.quantities import VOLT, Amperes, Fraction, Seconds, Siemens, Volts

Target = Annotated[Siemens, Field(gt=0)]


def _refuse_beyond(amplitude: float, limit: float) -> None:
    if amplitude > limit:
        raise ValueError(f"amplitude {VOLT.show(amplitude)} is above limit {VOLT.show(limit)}")


class SetPulses(Frozen):
    """SET (potentiation) pulses. Amplitudes are magnitudes; the profile gives the polarity."""

    amplitude: Volts = Field(
        default=2.0, gt=0, description="of the full SET, and of the first pulse up"
    )
    limit: Volts = Field(default=2.3, gt=0, description="amplitudes grow no further than this")

    @model_validator(mode="after")
    def _within_limit(self) -> Self:
        _refuse_beyond(self.amplitude, self.limit)
        return self


class ResetPulses(Frozen):
    """RESET (depression) pulses. Amplitudes are magnitudes."""

    amplitude: Volts | Literal["from profile"] = Field(
        default="from profile",
        description='of the first pulse down; "from profile": that of the reset_curve of the '
        "device at the target",
    )
    margin: Volts = Field(
        default=0.25, ge=0, description="how far below the RESET curve the first amplitude starts"
    )
    limit: Volts = Field(default=2.4, gt=0, description="amplitudes grow no further than this")

    @model_validator(mode="after")
    def _within_limit(self) -> Self:
        if self.amplitude != "from profile":
            _refuse_beyond(self.amplitude, self.limit)
        return self


class Check(Frozen):
    """The honest measure of a tuned state: a mean over many reads, some time later."""

    delay: Seconds = Field(
        default=1.0, ge=0, description="at 0 V after the last pulse, before the first read"
    )
    interval: Seconds = Field(default=10e-3, gt=0, description="from read to read")
    reads: int = Field(default=1000, gt=0, description="how many are averaged")


class IsppRecipe(Frozen):
    """A recipe for ISPP. Every field has a unit in files and is an SI float in code."""

    targets: tuple[Target, ...] = Field(
        min_length=1, description="conductances to bring the device to, one after another"
    )
    tolerance: Fraction = Field(
        default=0.03,
        gt=0,
        lt=1,
        description="how far from the target counts as reached, either side",
    )
    step: Volts = Field(
        default=0.01, gt=0, description="growth of the amplitude from pulse to pulse"
    )
    max_pulses: int = Field(
        default=200, ge=2, description="most pulses for one target, the full SET included"
    )
    width: Seconds | None = Field(
        default=None, gt=0, description="of all pulses; left out: pulse_width of the device"
    )
    compliance: Amperes | None = Field(
        default=None,
        gt=0,
        description="current limit of all pulses; left out: pulse_compliance of the device",
    )
    rest: Seconds = Field(default=0.0, ge=0, description="at 0 V between a pulse and its read")
    after_set: Literal["continue", "step back", "restart"] = Field(
        default="continue",
        description="RESET amplitude after a SET that followed it: goes on growing, goes back by "
        "step_back steps, or starts again. The paper does not state it.",
    )
    step_back: int = Field(default=5, ge=1, description='steps that "step back" goes back by')
    stuck_after: int = Field(
        default=40,
        ge=4,
        description="pulses of one polarity without any change of conductance that count as stuck",
    )
    set: SetPulses = Field(default=SetPulses(), description="the pulses up")
    reset: ResetPulses = Field(default=ResetPulses(), description="the pulses down")
    read: ReadSettings = Field(
        default=ReadSettings(), description="how the device is read after each pulse"
    )
    check: Check | None = Field(
        default=None,
        description="an honest look at each tuned state, some time later; left out: none",
    )

    @model_validator(mode="after")
    def _check_fits(self) -> Self:
        if self.check is not None:
            refuse_short(self.read, self.check.interval, "check.interval")
        return self


def require_readable(recipe: IsppRecipe, profile: DeviceProfile) -> None:
    """Refuse targets whose reads would pass for a lost contact, or that the read's limit hides.

    Raises
    ------
    SettingsError
        Names each such target.
    """
    found = [
        why
        for target in recipe.targets
        for why in unreadable(target, *window(recipe, target), recipe.read, profile)
    ]
    if found:
        raise SettingsError([Problem("recipe: targets", message) for message in found])


def first_reset_amplitude(recipe: IsppRecipe, profile: DeviceProfile, target: float) -> float:
    """Magnitude of the first RESET pulse towards ``target`` (S), in volts.

    From the profile: its RESET curve, read at the target (linear in ln G between its points,
    carried on beyond its ends), less the margin. Never below one step.

    Raises
    ------
    SettingsError
        The recipe relies on the profile and the profile has no RESET curve.
    """
    if recipe.reset.amplitude != "from profile":
        return recipe.reset.amplitude
    on_curve = on_reset_curve(profile, target)
    if on_curve is None:
        message = (
            f'is "from profile", but the device {profile.name} has no reset_curve; '
            f"give an amplitude, {VOLT.advice()}"
        )
        raise SettingsError([Problem("recipe: reset.amplitude", message)])
    return min(max(on_curve - recipe.reset.margin, recipe.step), recipe.reset.limit)


def window(recipe: IsppRecipe, target: float) -> tuple[float, float]:
    """Lowest and highest conductance (S) that counts as ``target``."""
    return target * (1 - recipe.tolerance), target * (1 + recipe.tolerance)
