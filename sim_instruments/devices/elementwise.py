"""Element-wise mathematics for one device (plain floats) or for N of them (arrays of N).

Every formula of the device models is written once against these functions. A single cell in a
closed loop then runs on Python floats, some twenty times faster than numpy on one-element arrays.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Values: TypeAlias = Any
"""A float where there is one device, else an array of shape (N,)."""


@dataclass(frozen=True, slots=True)
class Elementwise:
    """The functions of one kind of `Values`; ``size`` is what a numpy Generator takes."""

    size: int | None
    exp: Callable[[Values], Values]
    log: Callable[[Values], Values]
    log10: Callable[[Values], Values]
    sqrt: Callable[[Values], Values]
    sinh: Callable[[Values], Values]
    maximum: Callable[[Values, Values], Values]
    minimum: Callable[[Values, Values], Values]
    where: Callable[[Values, Values, Values], Values]
    any: Callable[[Values], bool]
    logaddexp: Callable[[Values, Values], Values]

    def full(self, value: float) -> Values:
        """``value`` for every device."""
        return value if self.size is None else np.full(self.size, value)

    def values(self, array: NDArray[np.generic]) -> Values:
        """What an array of a state holds: a number (or truth value), or a copy of the array."""
        return array.item() if self.size is None else array.copy()


def _where(condition: bool, yes: Any, no: Any) -> Any:
    return yes if condition else no


def _logaddexp(a: float, b: float) -> float:
    if a < b:
        a, b = b, a
    return a + math.log1p(math.exp(b - a))


_ONE = Elementwise(
    None, math.exp, math.log, math.log10, math.sqrt, math.sinh, max, min, _where, bool, _logaddexp
)


def elementwise(n: int) -> Elementwise:
    """The functions for ``n`` devices."""
    if n == 1:
        return _ONE
    return Elementwise(
        n, np.exp, np.log, np.log10, np.sqrt, np.sinh, np.maximum, np.minimum, np.where,
        lambda condition: bool(np.any(condition)), np.logaddexp,
    )  # fmt: skip
