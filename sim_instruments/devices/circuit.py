"""What stands between the driven terminal and a memristor, and how the voltage divides there."""

import math
from collections.abc import Mapping
from functools import partial
from typing import NamedTuple, Protocol

import numpy as np

from mho.device.model import Response
from mho.sim_instruments.devices.elementwise import (
    Elementwise,
    Formula,
    Values,
    in_single_precision,
    narrowed,
    where_of_many,
)

Conduction = Formula
"""The conductance (S; current over voltage) of a device at each voltage across it."""

TOLERANCE = 1e-9
"""Of the whole voltage: a step this small is the last one."""

CLOSELY, ROUGHLY = 3e-5, 3e-3
"""The same, for the end of a pulse, and where the rough place is enough."""

_NEAR, _LEFT = 1e-7, 1e-10
"""So is one this small if what is left after it, as steps shrink, is that part of the result."""

_ITERATIONS = 60
_HALVINGS = range(9, _ITERATIONS, 2)
"""Iterations that halve the bracket where secants have not converged by then."""

_WORTH_LEAVING_OUT = 0.6
"""Devices that have converged are left out where no more than this part is still going."""

_BLOCK = 8192
"""So many devices at a time: their numbers stay in the cache of a processor."""


class Near(NamedTuple):
    """A voltage across the memristor near the one that is looked for."""

    voltage: Values
    slope: Values
    """About how steeply (S) the current that the memristor takes rises above what it gets."""


def tolerance_of(near: Near | None, *, roughly: bool) -> float:
    """How well a voltage is to be solved, as part of the level."""
    if roughly:
        return ROUGHLY
    return TOLERANCE if near is None else CLOSELY


class Circuit(Protocol):
    """One stretch of constant drives: sources at levels, limits, and what stands in series."""

    @property
    def level(self) -> Values:
        """Volts across the whole circuit; the memristor gets at most this."""
        ...

    def divide(
        self, conduction: Conduction, near: Near | None = None, *, roughly: bool = False
    ) -> Values:
        """The voltage (V, signed) across a memristor that takes this conductance at each voltage.

        ``near`` is about what it will be, and then `CLOSELY` is enough; ``roughly`` is to a few
        millivolts.
        """
        ...

    def near(self, conductance: Values) -> Near:
        """A first guess, if the memristor has this conductance where all of the level is on it."""
        ...

    def yielding(self, across: Values, conductance: Values) -> Values:
        """By how many e-folds the voltage across the memristor falls for one of its conductance.

        Between 0, a stiff source, and 1, a source of current; where so many volts are ``across``.
        """
        ...

    def responses(self, conduction: Conduction) -> Mapping[str, Response]:
        """What stands at the terminals that carry current, given how the memristor conducts."""
        ...


class LimitedSource:
    """A voltage source with a current limit, directly across the memristor."""

    def __init__(self, level: Values, compliance: Values, ops: Elementwise) -> None:
        self.level, self._compliance, self._ops = level, compliance, ops

    def divide(
        self, conduction: Conduction, near: Near | None = None, *, roughly: bool = False
    ) -> Values:
        """All of the level, or what the memristor takes at the limit."""
        ops, level, compliance = self._ops, self.level, self._compliance
        high = abs(level)
        current = high * conduction(level)
        if not ops.any(current > compliance):
            return level
        sign = ops.where(level < 0.0, -1.0, 1.0)
        guess, slope = self.near(current / high)
        if near is not None:
            is_near = abs(near.voltage) < high
            guess = ops.where(is_near, abs(near.voltage), guess)
            slope = ops.where(is_near, near.slope, slope)
        over = partial(_over, conduction, sign, compliance)
        tolerance = tolerance_of(near, roughly=roughly)
        return sign * crossing(over, high, current - compliance, guess, slope, ops, tolerance)

    def near(self, conductance: Values) -> Near:
        """All of the level, or what would give the limit to this conductance."""
        ops, high = self._ops, abs(self.level)
        current = high * conductance
        limited = high * self._compliance / ops.maximum(current, self._compliance)
        return Near(ops.minimum(high, limited), conductance)

    def yielding(self, across: Values, conductance: Values) -> Values:  # noqa: ARG002
        """At the limit the source gives a current."""
        ops = self._ops
        return ops.where(abs(across) < abs(self.level), ops.full(1.0), ops.full(0.0))

    def response(self, conduction: Conduction) -> Response:
        """Level and current across the memristor; where the limit holds, the level it leaves."""
        current = self.level * conduction(self.level)
        if abs(current) <= self._compliance:
            return Response(self.level, current, False)
        current = self._compliance if current > 0.0 else -self._compliance
        return Response(self.divide(conduction), current, True)

    def responses(self, conduction: Conduction) -> Mapping[str, Response]:
        """The source stands at TE."""
        return {"TE": self.response(conduction)}


def _over(conduction: Conduction, sign: Values, compliance: Values, u: Values) -> Values:
    """The current above the limit, at ``u`` volts (a magnitude) across the memristor."""
    return u * conduction(sign * u) - compliance


def crossing(
    residual: Formula,
    high: Values,
    at_high: Values,
    guess: Values,
    slope: Values,
    ops: Elementwise,
    tolerance: float = TOLERANCE,
) -> Values:
    """Where ``residual`` crosses zero on its way up between 0 and ``high``.

    ``high`` itself where ``at_high``, what it is there, is not above zero. ``slope`` is about how
    steeply it rises at ``guess``. A secant kept in its bracket; halving takes over where secants do
    not converge. Of many devices, those that have converged are left out, which takes a residual
    that can be `narrowed`.
    """
    if ops.size is None:
        return _crossing(residual, high, guess, slope, tolerance) if at_high > 0.0 else high
    known = [_of_each(value, ops.size) for value in (high, at_high, guess, slope)]
    blocks = max(1, round(ops.size / _BLOCK))
    if blocks == 1:
        return _crossings_of_block(residual, known, tolerance)
    borders = [number * ops.size // blocks for number in range(blocks + 1)]
    found = np.empty(ops.size)
    for block in map(slice, borders, borders[1:]):
        here = [value[block] for value in known]
        found[block] = _crossings_of_block(narrowed(residual, block), here, tolerance)
    return found


def _crossings_of_block(residual: Formula, known: list[Values], tolerance: float) -> Values:
    """In single precision, which is twice as fast, if it is enough and nothing overflows there."""
    if tolerance >= CLOSELY:
        with np.errstate(over="ignore"):
            light = in_single_precision(residual)
            each = [in_single_precision(value) for value in known]
        try:
            return _crossings(light, each, tolerance)
        except FloatingPointError:
            pass
    return _crossings(residual, known, tolerance)


def _of_each(value: Values, size: int) -> Values:
    return value if isinstance(value, np.ndarray) and value.ndim else np.full(size, value)


def _crossing(
    residual: Formula, high: float, guess: float, slope: float, tolerance: float
) -> float:
    """`crossing` of one device that has one."""
    low, top, now = 0.0, high, guess
    last = last_residual = 0.0
    enough = tolerance * high
    for iteration in range(_ITERATIONS):
        here = residual(now)
        if here > 0.0:
            top = now
        else:
            low = now
        step = now - last
        if iteration:
            slope = (here - last_residual) / step
        last, last_residual = now, here
        now = now - here / slope if slope else math.inf
        if not low <= now <= top or (iteration in _HALVINGS and abs(step) > enough):
            now = 0.5 * (low + top)
        move = abs(now - last)
        if not move or (
            (iteration or tolerance >= ROUGHLY)  # a slope that was only guessed ends little
            and (
                move <= enough
                or (  # by a first secant, a step is also small where the guess fell beside a kink
                    iteration > 1
                    and move <= _NEAR * high
                    and move * move <= _LEFT * now * abs(step)
                )
            )
        ):
            break
    return now


@np.errstate(all="ignore")
def _crossings(residual: Formula, known: list[Values], tolerance: float) -> Values:
    """`crossing` of many devices, the same steps for each of them.

    Raises
    ------
    FloatingPointError
        The residual has overflown.
    """
    high, at_high, guess, slope = known
    found, at = high.astype(float), np.flatnonzero(at_high > 0.0)
    low, top, now, enough = np.zeros_like(high), high, guess, tolerance * high
    step = residue = low
    stands: Values = None
    if at.size < high.size:
        residual = narrowed(residual, at)
        low, top, now, enough, slope = (each[at] for each in (low, top, now, enough, slope))
    for iteration in range(_ITERATIONS):
        if not now.size:
            break
        last_step, last_residue, residue = step, residue, residual(now)
        if not np.isfinite(residue).all():
            raise FloatingPointError("a residual is no number")
        is_above = residue > 0.0
        top, low = where_of_many(is_above, now, top), where_of_many(is_above, low, now)
        if iteration:
            slope = (residue - last_residue) / last_step
        then = now - residue / slope
        fits = (low <= then) & (then <= top)
        if iteration in _HALVINGS:
            fits &= np.abs(last_step) <= enough
        if not fits.all():
            then = np.where(fits, then, 0.5 * (low + top))
        if stands is not None:  # those that have converged
            then = np.where(stands, now, then)
        now, step = then, then - now
        move = np.abs(step)
        if not iteration and tolerance < ROUGHLY:
            going = move != 0.0
        else:
            going = move > enough
            if tolerance < _NEAR and iteration > 1:
                nearly = move * move <= _LEFT * now * np.abs(last_step)
                going &= (move > _NEAR / tolerance * enough) | ~nearly
        count = np.count_nonzero(going)
        if not count:
            break
        if count >= _WORTH_LEAVING_OUT * going.size:
            stands = ~going if count < going.size else None
            continue
        found[at] = now
        left, stands = np.flatnonzero(going), None
        residual = narrowed(residual, left)
        at, low, top, now, enough, step, residue = (
            each[left] for each in (at, low, top, now, enough, step, residue)
        )
    found[at] = now
    return found
