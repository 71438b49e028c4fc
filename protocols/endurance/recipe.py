"""The operator's choices for endurance cycling, and the cycles at which the states are read."""

from typing import Literal, Self

from pydantic import Field, model_validator

from mho.frozen import Frozen
from mho.protocols.preparation import PreparationPulse
from mho.protocols.verify import ReadSettings
from mho.quantities import Amperes, Seconds, Siemens, Volts

MOST_CHECKS = 100_000


class CyclePulse(Frozen):
    """The SET or the RESET pulse of every cycle. The profile gives the polarity."""

    amplitude: Volts = Field(gt=0, description="of the pulse, its magnitude")
    width: Seconds | None = Field(
        default=None, gt=0, description="of the pulse; left out: pulse_width of the device"
    )
    compliance: Amperes | None = Field(
        default=None,
        gt=0,
        description="current limit of the pulse; left out: pulse_compliance of the device",
    )


class Checks(Frozen):
    """At which cycles both states are read; the first and the last cycle always are."""

    spacing: Literal["every", "logarithmic"] = Field(
        default="logarithmic",
        description='"every": a check each so many cycles; "logarithmic": at evenly spaced '
        "logarithms of the cycle number",
    )
    every: int = Field(
        default=1, ge=1, description='cycles from check to check, for spacing = "every"'
    )
    per_decade: int = Field(
        default=10,
        ge=1,
        le=1000,
        description='checks a decade of cycles, for spacing = "logarithmic"',
    )


class Failure(Frozen):
    """When a check has failed, and how often it may.

    A failed check is followed by a check in every cycle, until one passes or too many have failed
    in a row; so a single bad read does not end a run, and a dead cell is not cycled on.
    """

    window: float = Field(
        default=2.0,
        gt=1,
        description="a check has failed if the LRS conductance over the HRS conductance is "
        "below this",
    )
    lowest_on: Siemens | None = Field(
        default=None,
        gt=0,
        description="or if the LRS conductance is below this; left out: not looked at",
    )
    highest_off: Siemens | None = Field(
        default=None,
        gt=0,
        description="or if the HRS conductance is above this; left out: not looked at",
    )
    in_a_row: int = Field(default=3, ge=1, description="failed checks in a row that end the run")


class EnduranceRecipe(Frozen):
    """A recipe for endurance cycling. Units in files, SI floats in code."""

    cycles: int = Field(ge=1, le=100_000_000, description="how many, of one SET and one RESET each")
    set: CyclePulse = Field(description="the SET pulse of every cycle")
    reset: CyclePulse = Field(description="the RESET pulse of every cycle")
    rest: Seconds = Field(default=1e-3, gt=0, description="at 0 V after each pulse")
    between_checks: Literal["train", "single pulses"] = Field(
        default="train",
        description='"train": cycles without a check are trains of alternating polarity, one '
        'exchange series for hundreds of cycles; "single pulses": one pulse after the other, for '
        "pulses of different width or compliance",
    )
    checks: Checks = Field(default=Checks(), description="at which cycles both states are read")
    failure: Failure = Field(
        default=Failure(), description="when a check has failed, and how often it may"
    )
    preparation: tuple[PreparationPulse, ...] = Field(
        default=(), description="pulses before the first cycle (forming)"
    )
    read: ReadSettings = Field(default=ReadSettings(), description="how the states are read")

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        alike = (self.set.width, self.set.compliance) == (self.reset.width, self.reset.compliance)
        found = []
        if self.between_checks == "train" and not alike:
            found.append(
                "a train has one width and one compliance, but set and reset differ in them; make "
                'them equal or write between_checks = "single pulses"'
            )
        if self.checks.spacing == "every" and self.cycles // self.checks.every > MOST_CHECKS:
            found.append(
                f"{self.cycles} cycles with a check every {self.checks.every} are more than "
                f"{MOST_CHECKS} checks; raise checks.every"
            )
        if found:
            raise ValueError("; ".join(found))
        return self


def schedule(recipe: EnduranceRecipe) -> tuple[int, ...]:
    """The cycles at which both states are read, in ascending order, if no check fails."""
    checks, last = recipe.checks, recipe.cycles
    if checks.spacing == "every":
        return tuple(sorted({1, last, *range(checks.every, last, checks.every)}))
    found, decade = {1, last}, 0
    while (cycle := round(10 ** (decade / checks.per_decade))) < last:
        found.add(cycle)
        decade += 1
    return tuple(sorted(found))
