"""The operator's choices for an open-circuit potential."""

from typing import Self

from pydantic import Field, model_validator

from mho.frozen import Frozen
from mho.protocols.charge import ChargeSettings, refuse_undeliverable
from mho.protocols.preparation import PreparationPulse
from mho.protocols.verify import ReadSettings
from mho.quantities import SECOND, Coulombs, Seconds, Volts


class PotentialSettings(Frozen):
    """How a potential is read: by a source of 0 A at the terminal that is written."""

    voltage_limit: Volts = Field(
        gt=0, description="of the source of 0 A: a potential beyond it is held there"
    )
    settle: Seconds = Field(default=0.1, ge=0, description="after a charge, before the readings")
    reads: int = Field(default=10, ge=1, le=100_000, description="averaged for one potential")
    interval: Seconds = Field(default=20e-3, gt=0, description="from reading to reading")
    aperture: Seconds = Field(default=10e-3, gt=0, description="a reading is averaged over this")

    @model_validator(mode="after")
    def _room_for_the_reading(self) -> Self:
        if self.aperture > self.interval:
            raise ValueError(
                f"interval {SECOND.show(self.interval)} is shorter than aperture "
                f"{SECOND.show(self.aperture)}; lengthen it, or average over less"
            )
        return self


class OcpRecipe(Frozen):
    """A recipe for an open-circuit potential. Units in files, SI floats in code."""

    step: Coulombs = Field(description="charge from state to state; its sign is the way out")
    steps: int = Field(ge=2, le=100_000, description="states on the way out, the start not counted")
    back: bool = Field(default=True, description="the same states on the way back")
    charge: ChargeSettings = Field(description="how a charge is written")
    potential: PotentialSettings = Field(description="how a potential is read")
    preparation: tuple[PreparationPulse, ...] = Field(
        default=(), description="pulses to the start state"
    )
    read: ReadSettings = Field(default=ReadSettings(), description="how the conductance is read")

    @model_validator(mode="after")
    def _deliverable(self) -> Self:
        if self.step == 0:
            raise ValueError("a step of 0 C leads to no other state; give it a size and a sign")
        refuse_undeliverable(self.charge, (self.step,))
        return self

    @property
    def states(self) -> int:
        """How many states are measured, the start state included."""
        return 1 + self.steps * (2 if self.back else 1)
