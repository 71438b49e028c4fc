"""What every protocol that programs by an algorithm asks of the operator, and what follows from it.

`Programming` is the part of a recipe that they share; `means_of` what the algorithm may do by it.
"""

from collections.abc import Iterator
from math import hypot, inf
from typing import Any, Literal, NamedTuple, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from mho.device.profile import DeviceProfile
from mho.errors import Problem, SettingsError
from mho.frozen import Frozen
from mho.programming.algorithm import Means
from mho.protocols.algorithms import checked_settings, known_algorithm
from mho.protocols.approach import on_curve, unreadable
from mho.protocols.verify import ReadSettings, refuse_short, verify_read
from mho.quantities import (
    FRACTION,
    SECOND,
    SIEMENS,
    VOLT,
    Amperes,
    Fraction,
    Seconds,
    Siemens,
    Volts,
)

_WHOLE = 1e-6


class Pulses(Frozen):
    """The pulses that an algorithm may choose from. Amplitudes are magnitudes."""

    set_limit: Volts | None = Field(
        default=None, gt=0, description="largest SET; left out: what the device allows"
    )
    reset_limit: Volts | None = Field(
        default=None, gt=0, description="largest RESET; left out: what the device allows"
    )
    step: Volts = Field(default=0.01, gt=0, description="amplitudes are told apart by this")
    width: Seconds | None = Field(
        default=None, gt=0, description="of a pulse; left out: pulse_width of the device"
    )
    shortest: Seconds | None = Field(
        default=None, gt=0, description="that an algorithm may choose; left out: width"
    )
    longest: Seconds | None = Field(
        default=None, gt=0, description="that an algorithm may choose; left out: width"
    )
    compliance: Amperes | None = Field(
        default=None, gt=0, description="current limit; left out: pulse_compliance of the device"
    )
    most: int = Field(default=200, ge=1, le=100_000, description="pulses for one target")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.shortest and self.longest and self.shortest > self.longest:
            raise ValueError("shortest is longer than longest")
        if self.width and not (self.shortest or 0.0) <= self.width <= (self.longest or inf):
            raise ValueError("width lies outside shortest ... longest")
        return self


class Noise(Frozen):
    """Noise of one read by the instrument alone, as standard deviations."""

    relative: Fraction = Field(default=3e-4, ge=0, lt=1, description="of the current that is read")
    current: Amperes = Field(default=1e-10, ge=0, description="whatever the current is")


class Judge(Frozen):
    """The honest measure of a programmed state: a mean over many reads, some time later."""

    after: Seconds = Field(default=1.0, ge=0, description="the end of the loop, at 0 V")
    lasts: Seconds = Field(default=10.0, gt=0, description="the mean is over so long")
    interval: Seconds = Field(default=10e-3, gt=0, description="from read to read")

    @property
    def reads(self) -> int:
        """How many are averaged."""
        return max(1, int(self.lasts / self.interval + _WHOLE))


class Window(NamedTuple):
    """A target, and from where to where it counts as reached (S)."""

    target: float
    low: float
    high: float


class Programming(Frozen):
    """How a device is brought to conductances by an algorithm."""

    tolerance: Fraction | None = Field(
        default=None, gt=0, lt=1, description="what counts as the target, either side of it"
    )
    tolerance_of: Literal["target", "range"] = Field(
        default="target", description="what tolerance is a fraction of"
    )
    absolute_tolerance: Siemens | None = Field(
        default=None, gt=0, description="the same as a conductance, instead of tolerance"
    )
    range: tuple[Siemens, Siemens] | None = Field(
        default=None,
        description="lowest and highest conductance; left out: the ends of the reset_curve of "
        "the device",
    )
    confidence: Fraction = Field(
        default=0.9, ge=0.5, lt=1, description="of those declared reached, the share that is to be"
    )
    algorithm: str = Field(
        default="adaptive", description="name of a programming algorithm: mho list algorithms"
    )
    settings: dict[str, Any] = Field(
        default_factory=dict,
        validate_default=True,
        description="keys of that algorithm; mho describe NAME shows them",
    )
    learnt: dict[str, float] = Field(
        default_factory=dict,
        description="what the algorithm knows of this cell before; a run on a cell of a sample "
        "takes it from the last run there",
    )
    longest_look: Seconds = Field(
        default=10.24, gt=0, description="the reads for one decision may take so long"
    )
    pulses: Pulses = Field(default=Pulses(), description="what may be applied")
    read: ReadSettings = Field(default=ReadSettings(), description="how the device is read")
    noise: Noise = Field(default=Noise(), description="what the instrument adds to a read")
    judge: Judge = Field(default=Judge(), description="how it is found out what was reached")

    @field_validator("algorithm")
    @classmethod
    def _is_known(cls, name: str) -> str:
        return known_algorithm(name)

    @field_validator("settings")
    @classmethod
    def _are_its(cls, settings: dict[str, Any], info: ValidationInfo) -> dict[str, Any]:
        return checked_settings(settings, info)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (self.tolerance is None) is (self.absolute_tolerance is None):
            raise ValueError(
                'give tolerance (for example "1 %") or absolute_tolerance; one of the two'
            )
        if self.range is not None and not 0 < self.range[0] < self.range[1]:
            raise ValueError("range goes from a conductance above 0 to a higher one")
        refuse_short(self.read, self.judge.interval, "judge.interval")
        if self.longest_look < spacing(self) * (1 - _WHOLE):
            raise ValueError("longest_look is shorter than one read (read.settle + read.aperture)")
        return self


def window(recipe: Programming, profile: DeviceProfile, target: float) -> Window:
    """From where to where a conductance counts as ``target`` (S).

    Raises
    ------
    SettingsError
        The tolerance is one of a range that nobody gives.
    """
    if recipe.absolute_tolerance is not None:
        half = recipe.absolute_tolerance
    elif recipe.tolerance_of == "target":
        half = (recipe.tolerance or 0.0) * target
    else:
        low, high = range_of(recipe.range, profile)
        half = (recipe.tolerance or 0.0) * (high - low)
    return Window(target, target - half, target + half)


def range_of(given: tuple[float, float] | None, profile: DeviceProfile) -> tuple[float, float]:
    """Lowest and highest conductance (S) that the device is used at: as ``given``, or its curve's.

    Raises
    ------
    SettingsError
        Neither recipe nor device gives it.
    """
    if given is not None:
        return given
    if profile.reset_curve is None:
        message = (
            f"is missing, and the device {profile.name} has no reset_curve to take it from; write "
            'for example range = ["5 uS", "200 uS"]'
        )
        raise SettingsError([Problem("recipe: range", message)])
    conductances = [point.conductance for point in profile.reset_curve]
    return min(conductances), max(conductances)


def means_of(recipe: Programming, profile: DeviceProfile) -> Means:
    """What the algorithm may do on this type of device."""
    pulses, width = recipe.pulses, recipe.pulses.width or profile.pulse_width
    terminal = profile.terminals[profile.write_at]
    ends = (terminal.max_voltage, -terminal.min_voltage)
    up, down = ends if profile.set_sign > 0 else reversed(ends)
    return Means(
        set_limit=up if pulses.set_limit is None else pulses.set_limit,
        reset_limit=down if pulses.reset_limit is None else pulses.reset_limit,
        amplitude_step=pulses.step,
        width=width,
        shortest=pulses.shortest or width,
        longest=pulses.longest or width,
        max_pulses=pulses.most,
        read_voltage=abs(verify_read(recipe.read, profile).voltage),
        aperture=spacing(recipe),
        longest_look=recipe.longest_look,
        read_noise=recipe.noise.relative,
        read_offset=recipe.noise.current,
        confidence=recipe.confidence,
        judged_after=recipe.judge.after,
        judged_for=recipe.judge.reads * recipe.judge.interval,
    )


def spacing(recipe: Programming) -> float:
    """Seconds from read to read at the least: each settles, then is measured."""
    return round(recipe.read.settle + recipe.read.aperture, 12)


def require_programmable(
    recipe: Programming, profile: DeviceProfile, targets: tuple[float, ...]
) -> tuple[Window, ...]:
    """The windows of these targets (S), if device, read and instrument permit them.

    Raises
    ------
    SettingsError
        Everything against them, at once.
    """
    windows = [window(recipe, profile, target) for target in targets]
    means = means_of(recipe, profile)
    found = [
        Problem("recipe: targets", why)
        for one in windows
        for why in _against(one, recipe, profile, means)
    ]
    for name, most in (("set_limit", means.set_limit), ("reset_limit", means.reset_limit)):
        if not most > 0:
            message = (
                f"{profile.name} allows no pulse of that polarity at {profile.write_at}; it cannot "
                "be programmed there"
            )
            found.append(Problem(f"recipe: pulses.{name}", message))
    if not means.shortest <= means.width <= means.longest:
        message = (
            f"{SECOND.show(means.width)} (pulse_width of {profile.name}, unless the recipe says) "
            f"is shorter than shortest, {SECOND.show(means.shortest)}, or longer than longest, "
            f"{SECOND.show(means.longest)}"
        )
        found.append(Problem("recipe: pulses.width", message))
    if profile.prior is not None and profile.prior.device != profile.name:
        message = (
            f"was measured on devices of the type {profile.prior.device}, not on {profile.name}; "
            "characterise these, or take the table [prior] out"
        )
        found.append(Problem("device: prior", message))
    if found:
        raise SettingsError(dict.fromkeys(found))
    return tuple(windows)


def _against(
    one: Window, recipe: Programming, profile: DeviceProfile, means: Means
) -> Iterator[str]:
    """Why a target cannot be programmed."""
    if not one.low > 0:
        yield (
            f"{SIEMENS.show(one.target)} less its tolerance is no conductance above 0; take a "
            "narrower tolerance or a higher target"
        )
        return
    yield from unreadable(*one, recipe.read, profile)
    noise = hypot(means.read_noise * one.target, means.read_offset / means.read_voltage)
    half = (one.high - one.low) / 2
    if half < noise:
        yield (
            f"the tolerance at {SIEMENS.show(one.target)}, {_rounded(half)}, is below the noise of "
            f"one read by the instrument alone, {_rounded(noise)} "
            f"({FRACTION.show(float(f'{noise / one.target:.3g}'))}); take a wider tolerance, or a "
            "longer read.aperture and say what noise is then"
        )
    for amplitude, limit, where, curve, pulse in _needed(one, profile, means):
        if amplitude > limit:
            yield (
                f"{SIEMENS.show(one.target)} is {where} than {profile.name} reaches: by its "
                f"{curve} that takes a {pulse} of {VOLT.show(float(f'{amplitude:.3g}'))}, and "
                f"{VOLT.show(limit)} is the largest allowed"
            )
    if recipe.range is not None and not recipe.range[0] <= one.target <= recipe.range[1]:
        yield (
            f"{SIEMENS.show(one.target)} lies outside range, {SIEMENS.show(recipe.range[0])} to "
            f"{SIEMENS.show(recipe.range[1])}"
        )


def _needed(
    one: Window, profile: DeviceProfile, means: Means
) -> Iterator[tuple[float, float, str, str, str]]:
    """Amplitudes (V) that known curves of the device say a target takes, and what is allowed."""
    if profile.reset_curve is not None:
        down = on_curve(profile.reset_curve, one.high)
        yield down, means.reset_limit, "lower", "reset_curve", "RESET"
    elif profile.prior is not None:
        down = on_curve(profile.prior.reset.points, one.high)
        yield down, means.reset_limit, "lower", "prior", "RESET"
    if profile.prior is not None:
        up = on_curve(profile.prior.set.points, one.low)
        yield up, means.set_limit, "higher", "prior", "SET"


def _rounded(conductance: float) -> str:
    return SIEMENS.show(float(f"{conductance:.3g}"))
