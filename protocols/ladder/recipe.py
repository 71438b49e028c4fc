"""The operator's choices for a ladder of levels, gone through again and again."""

from typing import Annotated, Literal, NamedTuple, Self

import numpy as np
from pydantic import Field, model_validator

from mho.protocols.program.recipe import Ladder
from mho.protocols.programming import Programming
from mho.quantities import Seconds, Siemens

Target = Annotated[Siemens, Field(gt=0)]
OrderName = Literal["up", "down", "shuffled"]


class Visit(NamedTuple):
    """One level to be programmed: the order and the round (from 1) it belongs to."""

    order: OrderName
    round: int
    level: int
    target: float


class LadderRecipe(Programming):
    """A recipe for a ladder: every level, in every order, again and again."""

    targets: tuple[Target, ...] = Field(default=(), description="the levels")
    ladder: Ladder | None = Field(default=None, description="levels in equal steps, instead")
    orders: tuple[OrderName, ...] = Field(
        default=("up", "down", "shuffled"),
        min_length=1,
        description="in which the levels are gone through, one after another",
    )
    repeats: int = Field(
        default=3, ge=1, le=100_000, description="how often in each order; shuffled anew each time"
    )
    shuffle_seed: int = Field(default=0, ge=0, description="draws the shuffled orders")
    later: Seconds = Field(
        default=60.0, ge=0, description="at 0 V between the first and the second judging of a level"
    )
    again: int = Field(
        default=0,
        ge=0,
        le=100,
        description="how often a level that is outside at the second judging is programmed again",
    )

    @model_validator(mode="after")
    def _levels_apart(self) -> Self:
        if bool(self.targets) is (self.ladder is not None):
            raise ValueError("give targets or a ladder; one of the two")
        if len(self.levels) < 2:
            raise ValueError("a ladder has two levels or more")
        if len(set(self.levels)) < len(self.levels):
            raise ValueError("two levels are the same")
        if len(set(self.orders)) < len(self.orders):
            raise ValueError("an order stands there twice; repeats says how often")
        return self

    @property
    def levels(self) -> tuple[float, ...]:
        """The levels (S), from low to high."""
        return tuple(sorted(self.targets if self.ladder is None else self.ladder.targets))

    def visits(self) -> tuple[Visit, ...]:
        """Every level to be programmed, in its order."""
        chance = np.random.default_rng(self.shuffle_seed)
        count, found = len(self.levels), list[Visit]()
        for order in self.orders:
            for turn in range(1, self.repeats + 1):
                numbers = list(range(count))
                if order == "down":
                    numbers.reverse()
                elif order == "shuffled":
                    numbers = [int(n) for n in chance.permutation(count)]
                found += (Visit(order, turn, n, self.levels[n]) for n in numbers)
        return tuple(found)
