"""Orders of a programming algorithm, carried out on a bench: a pulse, a wait, a look.

The reads of one look are one stimulus that the instrument times. A pulse that one read follows is
one stimulus together with that read, as long as the algorithm asks for no other looks: an
instrument that has both to play in turn may have to be set up anew each time.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from math import isfinite, nan
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mho.bench import Bench
from mho.device.profile import DeviceProfile
from mho.errors import MhoError
from mho.programming.algorithm import (
    Algorithm,
    End,
    Floats,
    Goal,
    Learning,
    Means,
    Order,
    Seen,
)
from mho.protocols.algorithms import built
from mho.protocols.approach import Verdict
from mho.protocols.contact import CONTACT_READS, contact_lost, is_silent
from mho.protocols.programming import Programming, Window, means_of
from mho.protocols.read_blocks import read_blocks
from mho.protocols.verify import verify_read
from mho.quantities import SECOND, VOLT
from mho.readings import Reading
from mho.stimuli import Hold, Pulse

LOOKS_PER_PULSE = 12
"""Looks without a pulse that an algorithm may ask for, for each pulse that it may: it must end."""

_TOGETHER = 0.1
"""Seconds that a pulse may wait for its read within one stimulus; a longer wait is slept."""

_LITTLE = 1e-9
"""Relative: sums of decimal numbers are not exact."""


class Look(NamedTuple):
    """The reads of one look; ``conductances`` (S) are NaN where a read was at its limit."""

    readings: tuple[Reading, ...]
    conductances: NDArray[np.float64]
    seconds: float

    @property
    def mean(self) -> float:
        """Of the conductances that are known (S); NaN if none is."""
        known = self._known
        return float(np.mean(known)) if len(known) else nan

    @property
    def spread(self) -> float:
        """Standard deviation of those; NaN for fewer than two."""
        known = self._known
        return float(np.std(known, ddof=1)) if len(known) > 1 else nan

    @property
    def voltage(self) -> float:
        """Mean (V)."""
        return float(np.mean([one.voltage for one in self.readings])) if self.readings else nan

    @property
    def current(self) -> float:
        """Mean (A)."""
        return float(np.mean([one.current for one in self.readings])) if self.readings else nan

    @property
    def in_compliance(self) -> bool:
        """Whether any read was at its limit."""
        return any(one.in_compliance for one in self.readings)

    @property
    def _known(self) -> NDArray[np.float64]:
        return self.conductances[np.isfinite(self.conductances)]


class Pulsed(NamedTuple):
    """A pulse as it was asked for (V at the terminal, s), sent and delivered."""

    asked: float
    width: float
    sent: float
    at_limit: bool
    reading: Reading


NO_PULSE = Pulsed(nan, nan, nan, False, Reading(nan, nan, nan, False))


class Step(NamedTuple):
    """An order that was carried out, and what the algorithm makes of it.

    ``learnt`` is empty but at the end.
    """

    pulses: int
    pulsed: Pulsed
    wait: float
    look: Look
    verdict: Verdict
    confidence: float
    learnt: Mapping[str, float]


@dataclass(slots=True, kw_only=True)
class Programmer:
    """A bench, and what steers the device on it."""

    bench: Bench
    recipe: Programming
    means: Means
    algorithm: Algorithm[Any]
    _apart: bool = False
    """Looks come without a pulse, too, or have several reads."""

    def program(self, window: Window, learnt: Mapping[str, float]) -> Iterator[Step]:
        """Bring the device to a target, order by order; the last step has an end for a verdict.

        ``learnt`` is what is known of the device before.

        Raises
        ------
        MhoError
            The algorithm orders what it may not; or of the bench.
        """
        goal = Goal(*(np.array([value]) for value in window))
        algorithm, most = self.algorithm, self.means.max_pulses
        state, order = _begun(algorithm, goal, learnt)
        pulses = looks = 0
        while True:
            one = self._checked(order)
            if one.end is not End.GOES_ON:  # before anything was looked at
                yield self._nothing(one, state, pulses)
                return
            self._apart |= one.reads > 1 or not one.amplitude
            pulses += bool(one.amplitude)
            looks += not one.amplitude
            pulsed, look = self._carry_out(one)
            lost = self._has_lost_contact(look)
            if not lost:
                state, order = algorithm.go_on(state, _seen(look, pulsed, self._sign))
            following = self._checked(order)
            end = End.CONTACT_LOST if lost else following.end
            if end is End.GOES_ON and following.amplitude and pulses >= most:
                end = End.PULSE_BUDGET
            if end is End.GOES_ON and looks > LOOKS_PER_PULSE * (most + 1):
                raise MhoError(
                    f'the algorithm "{self.recipe.algorithm}" asked for {looks} looks without a '
                    "pulse and comes to no end; see to it, or take another one"
                )
            yield Step(
                pulses,
                pulsed,
                one.wait,
                look,
                _verdict(end, look.mean, window),
                nan if lost else following.confidence,
                {} if end is End.GOES_ON else self._learnt(state),
            )
            if end is not End.GOES_ON:
                return

    def judge(self, after: float) -> Look:
        """The mean that is meant by "reached": a quiet stretch of reads, ``after`` so long (s)."""
        judge = self.recipe.judge
        self.bench.clock.sleep(after)
        return self._look(judge.reads, judge.interval)

    @property
    def _sign(self) -> int:
        return self.bench.profile.set_sign

    def _carry_out(self, one: "_Next") -> tuple[Pulsed, Look]:
        bench, recipe = self.bench, self.recipe
        if not one.amplitude:
            bench.clock.sleep(one.wait)
            return NO_PULSE, self._look(one.reads, one.interval)
        together = not self._apart and one.wait <= _TOGETHER
        pulse = pulse_of(recipe, bench.profile, self._sign * one.amplitude, one.width)
        verify = verify_read(recipe.read, bench.profile)
        if together:
            pulse = replace(pulse, rest=one.wait, verify=verify)
        trace = bench.apply(pulse)
        pulsed = Pulsed(
            pulse.amplitude,
            pulse.width,
            trace.sent(pulse.amplitude),
            trace.at_limit,
            trace[0],
        )
        if together:
            return pulsed, looked((trace[1],), verify.settle + verify.aperture)
        bench.clock.sleep(one.wait)
        return pulsed, self._look(one.reads, one.interval)

    def _look(self, reads: int, interval: float) -> Look:
        taken: list[Reading] = []
        profile = self.bench.profile
        for block in look_of(self.recipe, profile, reads, interval):
            taken += self.bench.apply(block)
        return looked(tuple(taken), reads * interval)

    def _has_lost_contact(self, look: Look) -> bool:
        """Whether the last reads, and further ones, lie below the contact floor."""
        last = look.readings[-CONTACT_READS:]
        if not last or not all(is_silent(one, self.bench.profile) for one in last):
            return False
        return contact_lost(self.bench, self.recipe.read)

    def _nothing(self, one: "_Next", state: Any, pulses: int) -> Step:
        end = Verdict(one.end.value)
        nothing = Look((), np.array([]), 0.0)
        return Step(pulses, NO_PULSE, 0.0, nothing, end, one.confidence, self._learnt(state))

    def _learnt(self, state: Any) -> dict[str, float]:
        algorithm = self.algorithm
        if not isinstance(algorithm, Learning):
            return {}
        known = {name: float(values[0]) for name, values in algorithm.learnt(state).items()}
        return {name: value for name, value in known.items() if isfinite(value)}

    def _checked(self, order: Order) -> "_Next":
        """The order of the one cell there is, held against what it may be.

        Raises
        ------
        MhoError
            It is none; says which algorithm, what it ordered and what it may.
        """
        try:
            one = _Next(
                amplitude=float(order.amplitude[0]),
                width=float(order.width[0]),
                wait=float(order.wait[0]),
                reads=int(order.reads[0]),
                interval=float(order.interval[0]),
                end=End(order.end[0]),
                confidence=float(order.confidence[0]),
            )
        except (TypeError, ValueError, IndexError) as error:
            raise self._misordered(f"something that is no order ({error})") from None
        if one.end is End.GOES_ON:
            for fault in self._faults(one):
                raise self._misordered(fault)
        return one._replace(interval=round(one.interval, 9), width=round(one.width, 9))

    def _faults(self, one: "_Next") -> Iterator[str]:
        means = self.means
        limit = means.set_limit if one.amplitude > 0 else means.reset_limit
        if not abs(one.amplitude) <= limit * (1 + _LITTLE):
            yield f"a pulse of {VOLT.show(one.amplitude)}; it may order up to {VOLT.show(limit)}"
        if one.amplitude and not (
            means.shortest * (1 - _LITTLE) <= one.width <= means.longest * (1 + _LITTLE)
        ):
            yield (
                f"a pulse of {SECOND.show(one.width)}; it may order {SECOND.show(means.shortest)} "
                f"to {SECOND.show(means.longest)}"
            )
        if not 0 <= one.wait < 1e6:
            yield f"a wait of {one.wait:g} s; that takes 0 s or more"
        if not one.reads >= 1:
            yield f"a look of {one.reads} reads; it takes 1 or more"
        elif not one.interval >= means.aperture * (1 - _LITTLE):
            yield (
                f"reads every {SECOND.show(one.interval)}; each takes "
                f"{SECOND.show(means.aperture)} (read.settle + read.aperture)"
            )
        elif one.reads * one.interval > means.longest_look * (1 + _LITTLE) + one.interval:
            yield (
                f"a look of {SECOND.show(one.reads * one.interval)}; looks for one decision may "
                f"take {SECOND.show(means.longest_look)} (longest_look)"
            )

    def _misordered(self, what: str) -> MhoError:
        return MhoError(
            f'the algorithm "{self.recipe.algorithm}" ordered {what}. Nothing of it was applied; '
            "see to the algorithm, or take another one"
        )


def programmer(bench: Bench, recipe: Programming) -> Programmer:
    """What steers the device on that bench, by the algorithm of the recipe.

    Raises
    ------
    MhoError
        There is no such algorithm.
    """
    means = means_of(recipe, bench.profile)
    algorithm = built(recipe.algorithm, recipe.settings, means, bench.profile)
    return Programmer(bench=bench, recipe=recipe, means=means, algorithm=algorithm)


class _Next(NamedTuple):
    """An order for one cell; see `mho.programming.algorithm.Order`."""

    amplitude: float
    width: float
    wait: float
    reads: int
    interval: float
    end: End
    confidence: float


def pulse_of(recipe: Programming, profile: DeviceProfile, amplitude: float, width: float) -> Pulse:
    """A pulse of that amplitude (V, signed as at the terminal)."""
    return Pulse(
        terminal=profile.write_at,
        amplitude=amplitude,
        width=width,
        compliance=recipe.pulses.compliance or profile.pulse_compliance,
    )


def look_of(
    recipe: Programming, profile: DeviceProfile, reads: int, interval: float
) -> Iterator[Hold]:
    """The reads of one look: one stimulus, unless it is so long that a stop would wait for it."""
    return read_blocks(recipe.read, profile, reads, interval)


def looked(readings: tuple[Reading, ...], seconds: float) -> Look:
    """A look from its readings."""
    conductances = [nan if one.in_compliance else one.conductance for one in readings]
    return Look(readings, np.array(conductances, dtype=np.float64), seconds)


def _begun(algorithm: Algorithm[Any], goal: Goal, learnt: Mapping[str, float]) -> tuple[Any, Order]:
    if learnt and isinstance(algorithm, Learning):
        known = {name: np.array([value]) for name, value in learnt.items()}
        return algorithm.begin_knowing(goal, known)
    return algorithm.begin(goal)


def _seen(look: Look, pulsed: Pulsed, sign: int) -> Seen:
    stood: Floats = np.array([sign * pulsed.reading.voltage])
    return Seen(conductances=look.conductances[np.newaxis, :], pulse_voltage=stood)


def _verdict(end: End, conductance: float, window: Window) -> Verdict:
    if end is not End.GOES_ON:
        return Verdict(end.value)
    return Verdict.BELOW if conductance < window.target else Verdict.ABOVE
