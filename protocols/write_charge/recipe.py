"""The operator's choices for writing by charge."""

from collections.abc import Iterator
from typing import Annotated, Self

from pydantic import Field, model_validator

from mho.frozen import Frozen
from mho.protocols.charge import ChargeSettings, refuse_undeliverable
from mho.protocols.preparation import PreparationPulse
from mho.protocols.verify import ReadSettings
from mho.quantities import Coulombs, Seconds


class ChargeSeries(Frozen):
    """One charge, written again and again; positive into the terminal that is written."""

    charge: Coulombs = Field(
        description="written each time; positive into the terminal that is written"
    )
    count: int = Field(ge=1, le=1_000_000, description="how many times")

    @model_validator(mode="after")
    def _not_nothing(self) -> Self:
        if self.charge == 0:
            raise ValueError("a charge of 0 C writes nothing; give it a size and a sign")
        return self


class WriteChargeRecipe(Frozen):
    """A recipe for writing by charge. Units in files, SI floats in code."""

    series: Annotated[tuple[ChargeSeries, ...], Field(min_length=1, max_length=1000)] = Field(
        description="charges to write, one after another"
    )
    cycles: int = Field(
        default=1, ge=1, le=100_000, description="how often the whole list is written"
    )
    charge: ChargeSettings = Field(description="how a charge is written")
    rest: Seconds = Field(default=0.0, ge=0, description="after a charge, before its read")
    preparation: tuple[PreparationPulse, ...] = Field(
        default=(), description="pulses to the start state, before the first charge"
    )
    read: ReadSettings = Field(
        default=ReadSettings(), description="how the device is read after a charge"
    )

    @model_validator(mode="after")
    def _deliverable(self) -> Self:
        refuse_undeliverable(self.charge, (one.charge for one in self.series))
        return self

    @property
    def charges(self) -> Iterator[float]:
        """The charges of one cycle (C), one after the other."""
        for one in self.series:
            for _ in range(one.count):
                yield one.charge

    @property
    def writes(self) -> int:
        """How many charges are written in all."""
        return self.cycles * sum(one.count for one in self.series)
