"""The operator's choices for a response to charge, and the charges that they mean.

It is writing by charge, so many equal charges up and as many down; its rows are the same.
"""

from collections.abc import Iterator
from typing import Self

from pydantic import Field, model_validator

from mho.bench import Bench, Plan
from mho.device.profile import DeviceProfile
from mho.frozen import Frozen
from mho.protocols.charge import ChargeSettings, refuse_undeliverable
from mho.protocols.preparation import PreparationPulse
from mho.protocols.verify import ReadSettings
from mho.protocols.write_charge import loop
from mho.protocols.write_charge.recipe import ChargeSeries, WriteChargeRecipe
from mho.protocols.write_charge.row import ChargeRow
from mho.quantities import Coulombs, Seconds


class ChargeResponseRecipe(Frozen):
    """A recipe for a response to charge. Units in files, SI floats in code."""

    step: Coulombs = Field(
        gt=0, description="one charge, its magnitude; the profile says which sign goes up"
    )
    steps: int = Field(ge=3, le=100_000, description="charges up, and as many down")
    cycles: int = Field(default=1, ge=1, le=10_000, description="how often up and down")
    charge: ChargeSettings = Field(description="how a charge is written")
    rest: Seconds = Field(
        default=0.0, ge=0, description="after a charge, before its read: the channel settles"
    )
    preparation: tuple[PreparationPulse, ...] = Field(
        default=(), description="pulses to the start state, the low end"
    )
    read: ReadSettings = Field(default=ReadSettings(), description="how the conductance is read")

    @model_validator(mode="after")
    def _deliverable(self) -> Self:
        refuse_undeliverable(self.charge, (self.step,))
        return self

    def writing(self, profile: DeviceProfile) -> WriteChargeRecipe:
        """The same as writing by charge."""
        up = profile.set_sign * self.step
        return WriteChargeRecipe(
            series=tuple(ChargeSeries(charge=one, count=self.steps) for one in (up, -up)),
            cycles=self.cycles,
            charge=self.charge,
            rest=self.rest,
            preparation=self.preparation,
            read=self.read,
        )


def charge_response(bench: Bench, recipe: ChargeResponseRecipe) -> Iterator[ChargeRow]:
    """Read the start state, then write each charge and read; one row a charge.

    Raises
    ------
    LimitError, UnsupportedError, InstrumentError
        From the bench. Rows yielded before are valid.
    """
    return loop.write_charges(bench, recipe.writing(bench.profile))


def plan(recipe: ChargeResponseRecipe, profile: DeviceProfile) -> Plan:
    """Every charge with its corrections, and the reads."""
    return loop.plan(recipe.writing(profile), profile)


def progress(row: ChargeRow, recipe: ChargeResponseRecipe) -> tuple[float, str]:
    """Share of charges that are written, and where the device stands."""
    per_cycle = 2 * recipe.steps
    done = ((row.cycle - 1) * per_cycle + row.write) / (recipe.cycles * per_cycle)
    way = "up" if row.write <= recipe.steps else "down"
    return done, f"charge {row.write} of cycle {row.cycle}, {way}"
