"""The operator's choices for characterising a type of device."""

from math import exp, log
from typing import Self

from pydantic import Field, model_validator

from mho.device.profile import DeviceProfile
from mho.errors import Problem, SettingsError
from mho.frozen import Frozen
from mho.protocols.programming import range_of
from mho.protocols.verify import ReadSettings, refuse_short
from mho.quantities import VOLT, Amperes, Seconds, Siemens, Volts

_FIRST = 0.25
"""Where a staircase begins, as a part of its limit."""


class Staircase(Frozen):
    """Amplitudes of one polarity, magnitudes."""

    first: Volts | None = Field(
        default=None, gt=0, description="of the first pulses; left out: a quarter of the limit"
    )
    limit: Volts | None = Field(
        default=None, gt=0, description="of the last pulses; left out: what the device allows"
    )


class Watch(Frozen):
    """Reads of a level that was just made, and then left alone."""

    lasts: Seconds = Field(default=60.0, gt=0, description="of the reads of one level")
    interval: Seconds = Field(default=10e-3, gt=0, description="from read to read")

    @property
    def reads(self) -> int:
        """How many there are of one level."""
        return max(1, int(self.lasts / self.interval + 1e-6))


class CharacteriseRecipe(Frozen):
    """A recipe for characterising: staircases up and down, then levels that are watched."""

    range: tuple[Siemens, Siemens] | None = Field(
        default=None,
        description="lowest and highest conductance, at which staircases end; left out: the ends "
        "of the reset_curve of the device",
    )
    rounds: int = Field(default=3, ge=1, le=1000, description="staircases up and down")
    step: Volts = Field(default=0.05, gt=0, description="from stair to stair")
    pulses: int = Field(
        default=3,
        ge=2,
        le=1000,
        description="equal ones on each stair: they tell time from voltage",
    )
    set: Staircase = Field(default=Staircase(), description="the stairs up")
    reset: Staircase = Field(default=Staircase(), description="the stairs down")
    width: Seconds | None = Field(
        default=None, gt=0, description="of a pulse; left out: pulse_width of the device"
    )
    compliance: Amperes | None = Field(
        default=None, gt=0, description="current limit; left out: pulse_compliance of the device"
    )
    rest: Seconds = Field(default=5e-3, ge=0, description="at 0 V after each pulse")
    levels: int = Field(
        default=4, ge=1, le=100, description="watched on a last way down, evenly spaced in ln G"
    )
    watch: Watch = Field(default=Watch(), description="how a level is watched")
    read: ReadSettings = Field(default=ReadSettings(), description="how the device is read")

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.range is not None and not 0 < self.range[0] < self.range[1]:
            raise ValueError("range goes from a conductance above 0 to a higher one")
        refuse_short(self.read, self.watch.interval, "watch.interval")
        return self


class Stairs:
    """The amplitudes of one polarity on a type of device, magnitudes in volts."""

    def __init__(
        self, recipe: CharacteriseRecipe, profile: DeviceProfile, *, raising: bool
    ) -> None:
        chosen = recipe.set if raising else recipe.reset
        terminal = profile.terminals[profile.write_at]
        positive = raising is (profile.set_sign > 0)
        allowed = terminal.max_voltage if positive else -terminal.min_voltage
        self.name = "set" if raising else "reset"
        self.sign = 1 if positive else -1
        self.limit = allowed if chosen.limit is None else chosen.limit
        self.first = _FIRST * self.limit if chosen.first is None else chosen.first
        count = 1 + int((self.limit - self.first) / recipe.step + 1e-6)
        last = (self.limit,) if self.limit - self.first > (count - 1 + 1e-6) * recipe.step else ()
        stairs = (round(self.first + n * recipe.step, 9) for n in range(count))
        self.amplitudes = (*stairs, *last)

    def problems(self) -> list[Problem]:
        """Why there are none."""
        place = f"recipe: {self.name}"
        if not self.limit > 0:
            message = "the device allows no pulse of that polarity at the terminal that is written"
            return [Problem(f"{place}.limit", message)]
        if self.first > self.limit:
            message = f"{VOLT.show(self.first)} is above the limit, {VOLT.show(self.limit)}"
            return [Problem(f"{place}.first", message)]
        return []


def stairs_of(recipe: CharacteriseRecipe, profile: DeviceProfile) -> tuple[Stairs, Stairs]:
    """Those up and those down.

    Raises
    ------
    SettingsError
        The device allows none, or the range is not known or cannot be read.
    """
    up, down = (Stairs(recipe, profile, raising=raising) for raising in (True, False))
    problems = [*up.problems(), *down.problems()]
    low, high = range_of(recipe.range, profile)
    voltage = abs(profile.read_voltage if recipe.read.voltage is None else recipe.read.voltage)
    if low < profile.contact_floor:
        message = f"begins below the contact floor of {profile.name}; its reads say nothing there"
        problems.append(Problem("recipe: range", message))
    if high * voltage > profile.read_compliance:
        message = f"ends where a read draws more than the read_compliance of {profile.name}"
        problems.append(Problem("recipe: range", message))
    if problems:
        raise SettingsError(problems)
    return up, down


def level_conductances(recipe: CharacteriseRecipe, profile: DeviceProfile) -> tuple[float, ...]:
    """The levels (S) that are watched, from high to low: in the middle of equal parts of ln G."""
    low, high = (log(end) for end in range_of(recipe.range, profile))
    parts = recipe.levels
    return tuple(exp(high - (high - low) * (n + 0.5) / parts) for n in range(parts))
