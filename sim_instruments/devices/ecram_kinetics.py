"""How a gate at a constant potential moves the ions of a three-terminal cell: exact in time.

The state is q, the ion content of the channel in 0...1. The gate is an electrochemical junction
with the open-circuit potential U(q) and an ionic current that is sinh-like in the overpotential::

    U = U_middle + E (q - 1/2)      eta = V - U      i = i0 sinh(eta/v), at most i_max
    dq/dt = (i/Q) e(q),    e = 1 - gu (2q - 1) for charge in, 1 + gd (2q - 1) for charge out

with V the gate against the middle of the channel. Where the current is constant (at a limit, or
because E is 0) q relaxes exponentially, leakage included. Else, with k = E i0/(Q v)::

    y = -ln tanh(|eta|/2v)          dy/dt = k e(q)

in which all the stiffness is gone: y grows in proportion to time as far as e is constant, and
otherwise in Runge-Kutta steps over which y changes by a 25th at most, and e by a fiftieth. A
stretch that is cut into pieces ends where the whole one does, to better than 1e-8 of the range.

What happens on the way is passed on: a small deviation is drawn to the end as f(q_end)/f(q), with
f = dq/dt, so that of chance on the way the share f(q_end)^2 integral dq/f(q)^2 is left, in closed
form where e(q) is constant. Nothing is left of it where a cell has come to rest.

The sinh is Butler-Volmer kinetics with equal transfer coefficients; the rest is assumed.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

_SETTLED = 40.0
"""y from which on the cell has come to its open-circuit potential, to the last digit."""
_STEP = 1.04
"""Largest ratio of y before and after a Runge-Kutta step."""
_EDGE = 1e-12
"""A cell this close to empty or full moves no further."""
_LARGEST_EXPONENT = 700.0


class Driven(NamedTuple):
    """Where a stretch ends, and what is left there of chance before it and on the way."""

    state: float
    left: float
    """Of a small deviation before it."""
    motion: float
    """So much motion by which nothing is drawn back has as much chance in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Junction:
    """The gate of one cell. Volts, amperes, coulombs, seconds; softness as above."""

    exchange: float
    largest: float
    slope: float
    capacity: float
    middle: float
    swing: float
    softness_up: float
    softness_down: float
    retention: float
    resting_state: float

    def potential(self, q: float) -> float:
        """Open-circuit potential U (V) of the gate against the channel."""
        return self.middle + self.swing * (q - 0.5)

    def current(self, q: float, volts: float) -> float:
        """Ionic current (A) into the gate at ``volts`` against the channel.

        None flows out of an empty cell, nor into a full one.
        """
        over = volts - self.potential(q)
        if (over > 0.0 and q >= 1.0) or (over < 0.0 and q <= 0.0):
            return 0.0
        return self._unblocked(over)

    def _unblocked(self, over: float) -> float:
        exponent = min(abs(over) / self.slope, _LARGEST_EXPONENT)
        return math.copysign(min(self.exchange * math.sinh(exponent), self.largest), over)

    def overpotential(self, current: float) -> float:
        """Overpotential (V) that ``current`` amperes need."""
        return self.slope * math.asinh(current / self.exchange)

    def leaked(self, q: float, duration: float) -> float:
        """The state of a cell whose gate was open for ``duration`` seconds."""
        return self._at_constant_current(q, 0.0, duration).state

    def driven(self, q: float, volts: float, limit: float, duration: float) -> Driven:
        """The state after ``volts``, limited to ``limit`` amperes, for ``duration`` seconds.

        While a cell with a swing is driven, its leakage is left out: it is much the weaker.
        """
        over = volts - self.potential(q)
        bound = min(limit, self.largest)
        if self.swing == 0.0:
            current = max(-bound, min(bound, self._unblocked(over)))
            return self._at_constant_current(q, current, duration)
        sign, over = math.copysign(1.0, over), abs(over)
        if over == 0.0 or q == (1.0 if sign > 0.0 else 0.0):
            return Driven(q, 1.0, 0.0)
        first, most = Driven(q, 1.0, 0.0), self.overpotential(bound)
        if over > most:
            until = q + sign * (over - most) / self.swing
            at_limit = self._time_to(q, until, sign * bound)
            if at_limit >= duration:
                return self._at_constant_current(q, sign * bound, duration, leaks=False)
            first = self._at_constant_current(q, sign * bound, at_limit, leaks=False)
            q, over, duration = until, most, duration - at_limit
        last = self._approach(q, sign, over, duration)
        return Driven(last.state, first.left * last.left, first.motion * last.left**2 + last.motion)

    def _efficiency(self, q: float, sign: float) -> float:
        if sign > 0.0:
            return 1.0 - self.softness_up * (2.0 * q - 1.0)
        return 1.0 + self.softness_down * (2.0 * q - 1.0)

    def _rates(self, current: float, *, leaks: bool = True) -> tuple[float, float]:
        """``a`` and ``b`` of dq/dt = a - b q at a constant current."""
        rate = current / self.capacity
        soft = self.softness_up if rate > 0.0 else self.softness_down
        a, b = rate + abs(rate) * soft, 2.0 * abs(rate) * soft
        if leaks:
            a, b = a + self.resting_state / self.retention, b + 1.0 / self.retention
        return a, b

    def _at_constant_current(
        self, q: float, current: float, duration: float, *, leaks: bool = True
    ) -> Driven:
        a, b = self._rates(current, leaks=leaks)
        progress = duration if b == 0.0 else -math.expm1(-b * duration) / b
        end, left = q + (a - b * q) * progress, math.exp(-b * duration)
        return _within(Driven(end, left, abs(end - q) * left))

    def _time_to(self, q: float, until: float, current: float) -> float:
        """Seconds from ``q`` to ``until`` at a constant current; infinity if it gets nowhere."""
        if not 0.0 <= until <= 1.0:
            return math.inf
        a, b = self._rates(current, leaks=False)
        if a - b * q == 0.0:
            return math.inf
        left = 1.0 - (until - q) * b / (a - b * q)
        if left <= 0.0:
            return math.inf
        return (until - q) / (a - b * q) if b == 0.0 else -math.log(left) / b

    def _approach(self, q: float, sign: float, over: float, duration: float) -> Driven:
        """Towards the open-circuit potential, with no limit in the way."""
        rest = q + sign * over / self.swing  # where the cell would come to rest

        def state(y: float) -> float:
            return rest - sign * self.slope * _conjugate(y) / self.swing

        def efficiency(y: float) -> float:
            return self._efficiency(min(max(state(y), 0.0), 1.0), sign)

        def speed(y: float) -> float:
            return rate * efficiency(y)

        def steady(y: float) -> float:
            """Seconds in which the efficiency changes by a fiftieth."""
            moves = self.exchange * math.sinh(_conjugate(y)) / self.capacity
            return math.inf if soft * moves == 0.0 else 0.02 / (2.0 * soft * moves)

        soft = self.softness_up if sign > 0.0 else self.softness_down
        rate = self.swing * self.exchange / (self.capacity * self.slope)
        y, time = _conjugate(over / self.slope), duration
        left, motion = 1.0, 0.0
        while time > 0.0 and y < _SETTLED:
            first = speed(y)
            if first <= 0.0:
                break
            before, step = y, time
            if soft == 0.0:
                y += rate * time
            else:
                step = min(time, (_STEP - 1.0) * y / first, steady(y))
                second = speed(y + 0.5 * step * first)
                third = speed(y + 0.5 * step * second)
                fourth = speed(y + step * third)
                y += step * (first + 2.0 * (second + third) + fourth) / 6.0
            time -= step
            if y >= _SETTLED:
                break
            # dq/dt goes as e(q)/sinh(y)
            ratio = math.sinh(before) / math.sinh(y) * rate * efficiency(y) / first
            sines = 2.0 * math.sinh(0.5 * (y + before)) * math.sinh(0.5 * (y - before))
            motion = ratio**2 * motion + self.slope / self.swing * sines / math.sinh(y) ** 2
            left *= ratio
            if not _EDGE < state(y) < 1.0 - _EDGE:
                break
        if y >= _SETTLED:
            return _within(Driven(rest, 0.0, 0.0))
        return _within(Driven(state(y), left, motion))


def _within(driven: Driven) -> Driven:
    """A cell that has come to its end has left chance behind."""
    if 0.0 < driven.state < 1.0:
        return driven
    return Driven(min(max(driven.state, 0.0), 1.0), 0.0, 0.0)


def _conjugate(x: float) -> float:
    """-ln tanh(x/2), which is its own inverse."""
    return math.inf if x == 0.0 else math.log1p(2.0 / math.expm1(min(x, _LARGEST_EXPONENT)))
