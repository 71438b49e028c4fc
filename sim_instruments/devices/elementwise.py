"""Element-wise mathematics for one device (plain floats) or for N of them (arrays of N).

Every formula of the device models is written once against these functions. A single cell in a
closed loop then runs on Python floats, some twenty times faster than numpy on one-element arrays.

A formula that is to be solved for is a ``functools.partial``: a function and what is known of the
devices, the unknown last. It can then be worked out for some of the devices only; see `narrowed`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from math import exp, log, log1p, log10, sinh, sqrt
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Values: TypeAlias = Any
"""A float where there is one device, else an array of shape (N,)."""

Formula: TypeAlias = Callable[[Values], Values]
"""A quantity of each device as a function of another one."""


@dataclass(frozen=True, slots=True)
class Elementwise:
    """The functions of one kind of `Values`; ``size`` is what a numpy Generator takes.

    ``softplus`` is ln(1 + exp(x)); it does not overflow. ``moment`` is a time (s) on a grid of
    1 ns, on which an age is the same number however the time was cut into pieces.
    """

    size: int | None
    exp: Formula
    log: Formula
    log10: Formula
    sqrt: Formula
    sinh: Formula
    softplus: Formula
    moment: Formula
    maximum: Callable[[Values, Values], Values]
    minimum: Callable[[Values, Values], Values]
    where: Callable[[Values, Values, Values], Values]
    any: Callable[[Values], bool]
    all: Callable[[Values], bool]

    def full(self, value: float) -> Values:
        """``value`` for every device."""
        return value if self.size is None else np.full(self.size, value)

    def values(self, array: NDArray[np.generic]) -> Values:
        """What an array of a state holds: a number (or truth value), or a copy of the array."""
        return array.item() if self.size is None else array.copy()

    def rows(self, draw: Callable[[Any], NDArray[np.float64]], count: int) -> Sequence[Values]:
        """``count`` values of every device by a method of a Generator.

        They are those that ``count`` calls, one after another, would give.
        """
        if self.size is None:
            return draw(count).tolist()  # type: ignore[no-any-return]
        return list(draw((count, self.size)))


def narrowed(value: Values, at: Any) -> Values:
    """``value`` (an array, a formula, or what is the same for all) for the devices ``at`` only.

    Raises
    ------
    TypeError
        A formula is not a ``functools.partial``, so that what it knows of the devices is hidden.
    """
    if isinstance(value, np.ndarray):
        return value[at] if value.ndim else value
    if isinstance(value, partial):
        return partial(value.func, *(narrowed(known, at) for known in value.args))
    return _known(value)


def in_single_precision(value: Values) -> Values:
    """``value`` (as above) with numbers of 32 bits in its arrays.

    Raises
    ------
    TypeError
        As above.
    """
    if isinstance(value, np.ndarray):
        return value.astype(np.float32) if value.dtype == np.float64 else value
    if isinstance(value, np.float64):
        return float(value)  # numpy's own would make doubles of all
    if isinstance(value, partial):
        return partial(value.func, *map(in_single_precision, value.args))
    return _known(value)


def _known(value: Values) -> Values:
    if callable(value):
        raise TypeError(f"{value} is no functools.partial, which a formula of many devices must be")
    return value


def constant(value: Values) -> Formula:
    """The formula of what is always the same."""
    return partial(_constant, value)


def _constant(value: Values, x: Values) -> Values:  # noqa: ARG001
    return value


def _where(condition: bool, yes: Any, no: Any) -> Any:
    return yes if condition else no


_LARGE = 37.0  # ln(1 + exp(x)) is x from here on, to the last digit


def _softplus(x: float) -> float:
    if x > _LARGE:
        return x
    return x + log1p(exp(-x)) if x > 0.0 else log1p(exp(x))


def _softplus_of_many(x: Values) -> Values:
    # numpy's own logaddexp goes element by element; exp and log1p take several at a time
    return np.maximum(x, 0.0) + np.log1p(np.exp(-np.abs(x)))


_BITS = {np.dtype(np.float32): np.int32, np.dtype(np.float64): np.int64}
_WORTH_ITS_CALLS = 4096  # values at least: each call costs as much as some hundred of them


def where_of_many(condition: Values, yes: Values, no: Values) -> Values:
    """What ``np.where`` gives for a ``condition`` of each device, by arithmetic on bits.

    A processor guesses which way ``np.where`` goes next. Where that is chance, half of the guesses
    are wrong, and a value costs as much as twenty additions.
    """
    size = condition.size
    if size < _WORTH_ITS_CALLS or not 0 < np.count_nonzero(condition) < size:
        return np.where(condition, yes, no)
    kind = np.result_type(yes, no)
    if (bits := _BITS.get(kind)) is None:
        return np.where(condition, yes, no)
    one, other = np.asarray(yes, kind).view(bits), np.asarray(no, kind).view(bits)
    chosen = condition.astype(bits)
    chosen *= one ^ other
    chosen ^= other
    return chosen.view(kind)


_A_SECOND = 1e9  # in steps of the grid


def _moment(time: float) -> float:
    return round(time * _A_SECOND) / _A_SECOND


def _moment_of_many(time: Values) -> Values:
    """Of all devices, or of each."""
    return np.rint(time * _A_SECOND) / _A_SECOND


def _any_of_many(condition: Values) -> bool:
    return bool(np.any(condition))


def _all_of_many(condition: Values) -> bool:
    return bool(np.all(condition))


_ONE = Elementwise(
    None,
    exp,
    log,
    log10,
    sqrt,
    sinh,
    _softplus,
    _moment,
    max,
    min,
    _where,
    bool,
    bool,
)


def elementwise(n: int, *, arrays: bool = False) -> Elementwise:
    """The functions for ``n`` devices; of one they are floats, unless ``arrays`` says otherwise."""
    if n == 1 and not arrays:
        return _ONE
    _keep_freed_memory()
    return Elementwise(
        n, np.exp, np.log, np.log10, np.sqrt, np.sinh, _softplus_of_many, _moment_of_many,
        np.maximum, np.minimum, where_of_many, _any_of_many, _all_of_many,
    )  # fmt: skip


_FREED = 2**24
"""Bytes."""


@cache
def _keep_freed_memory() -> None:
    """Keep so much for the next pulse, which takes arrays as large as those this one has freed.

    Else the C library of Linux gives them back to the system, and a seventh of a pulse of 10,000
    devices goes into getting them again. What it keeps grows with the largest array ever freed;
    this one is not touched, so it takes no memory. Elsewhere that does nothing.
    """
    np.empty(_FREED, np.uint8)
