"""The operator's choices for programming to conductances."""

from math import exp, log
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from mho.frozen import Frozen
from mho.protocols.programming import Programming
from mho.quantities import Siemens

Target = Annotated[Siemens, Field(gt=0)]


class Ladder(Frozen):
    """Targets from one conductance to another, both included."""

    first: Siemens = Field(gt=0, description="the first target")
    last: Siemens = Field(gt=0, description="the last target")
    count: int = Field(ge=2, le=10_000, description="how many there are")
    spacing: Literal["linear", "log"] = Field(
        default="log", description="equal steps of the conductance, or of its logarithm"
    )

    @property
    def targets(self) -> tuple[float, ...]:
        """The targets (S), in their order."""
        last = self.count - 1
        if self.spacing == "linear":
            return tuple(
                self.first + (self.last - self.first) * n / last for n in range(self.count)
            )
        a, b = log(self.first), log(self.last)
        return tuple(float(f"{exp(a + (b - a) * n / last):.12g}") for n in range(self.count))


class Composite(Frozen):
    """One value on several cells: each next one takes what is left (`mho.programming.composite`).

    ``number`` and ``measured`` are filled in for the cell of a run.
    """

    cells: tuple[str, ...] = Field(
        min_length=2, max_length=8, description="cells of a value, in the order they are programmed"
    )
    factor: float = Field(
        default=0.1, gt=0, lt=1, description="what each next cell counts, of the one before"
    )
    number: int | None = Field(
        default=None, ge=0, description="of the cell of this run among them, from 0"
    )
    values: tuple[Siemens, ...] = Field(default=(), description="the values asked for")
    measured: tuple[tuple[Siemens, ...], ...] = Field(
        default=(), description="what the cells before it came to, cell by cell"
    )

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        if len(set(self.cells)) < len(self.cells):
            raise ValueError("a cell stands there twice")
        return self


class ProgramRecipe(Programming):
    """A recipe for programming to conductances."""

    targets: tuple[Target, ...] = Field(
        default=(), description="conductances to bring the device to, one after another"
    )
    ladder: Ladder | None = Field(default=None, description="targets in equal steps, instead")
    file: str = Field(
        default="",
        description="CSV file with the column target and, for a sample, cell: this cell's targets "
        "in the order of its lines, instead",
    )
    repeats: int = Field(
        default=1, ge=1, le=100_000, description="how often all targets are gone through"
    )

    composite: Composite | None = Field(
        default=None,
        description="targets are values on several cells of a sample, each correcting those before",
    )

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if self.composite is not None and self.repeats > 1:
            raise ValueError("a composite value is written once: take repeats or composite out")
        given = [name for name in ("ladder", "file") if getattr(self, name)]
        if self.composite is not None and self.composite.values:
            given = []  # for a cell of a run they have become targets
            if self.targets:
                return self
        if len(given) + (bool(self.targets) and "file" not in given) != 1:
            raise ValueError("give targets, a ladder or a file; one of the three")
        return self

    @property
    def wanted(self) -> tuple[float, ...]:
        """The targets (S) of one round."""
        if self.composite is not None and self.composite.values:
            return self.targets
        return self.targets if self.ladder is None else self.ladder.targets
