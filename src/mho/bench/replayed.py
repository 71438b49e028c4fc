"""A bench that answers as it did before, as long as it knows, and then measures.

A protocol that is asked again with the answers of the run that broke off comes to the point where
that was, and goes on from there: nothing is applied, and no time passes, before.
"""

from collections import deque
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TypeVar

from mho.bench.around import AroundBench
from mho.bench.bench import Bench
from mho.bench.exchanges import exchanges_of
from mho.clock import Clock
from mho.errors import InstrumentError
from mho.quantities import SIEMENS
from mho.readings import Answer, Played, Trace
from mho.stimuli import Hold, Stimulus

_APERTURE = 20e-3

Given = TypeVar("Given", float, Played)

Keep = Callable[[Answer], None]
"""Told of each answer that is new, before the protocol has it."""


class ReplayedBench(AroundBench):
    """Around a bench that measures; the protocol is to have `protocol_clock`.

    Parameters
    ----------
    bench
        What measures.
    answers
        What it answered before, in order.
    keep
        Told of every answer that it gives now.
    """

    def __init__(self, bench: Bench, answers: Iterable[Answer], keep: Keep) -> None:
        super().__init__(bench)
        self._left, self._keep = deque(answers), keep
        self._held: dict[str, tuple[float | None, float]] = {}
        self._known_until: float | None = None
        self._goes_on = bool(self._left)
        self.protocol_clock: Clock = _ProtocolClock(self)

    @property
    def exchanges(self) -> int | None:
        """With instruments; None of a run that goes on: nobody knows those before."""
        return None if self._goes_on else exchanges_of([self._bench])

    def bias(self, terminal: str, level: float | None, compliance: float = 0.0) -> None:
        """Hold a terminal; what was held before is held again once it measures."""
        if self._left:
            self._held[terminal] = (level, compliance)
            return
        self._begin()
        self._bench.bias(terminal, level, compliance)

    def apply(self, stimulus: Stimulus) -> Trace:
        """What came of it before, or what comes of it now.

        Raises
        ------
        InstrumentError
            The protocol asks for something else than it did in that run; or as the bench.
        """
        if self._left:
            trace, self._known_until = self._given(Played)
            for terminal in stimulus.terminals:
                self._held.pop(terminal, None)  # a stimulus ends what was held there
            return trace
        self._begin()
        trace = self._bench.apply(stimulus)
        self._keep(Played(trace, self._bench.clock.now()))
        return trace

    def require_contact(self) -> None:
        """Read the device once before anything is pulsed.

        Raises
        ------
        InstrumentError
            It reads below the contact floor of its profile: nothing is pulsed through that.
        """
        profile = self.profile
        (read,) = self._bench.apply(
            Hold(
                terminal=profile.read_terminal,
                level=profile.read_voltage,
                count=1,
                interval=2 * _APERTURE,
                aperture=_APERTURE,
                compliance=profile.read_compliance,
            )
        )
        if abs(read.conductance) < profile.contact_floor and not read.in_compliance:
            raise InstrumentError(
                f"the device reads {SIEMENS.show(float(f'{read.conductance:.3g}'))}, below the "
                f"contact floor of {SIEMENS.show(profile.contact_floor)}: see to the probes of "
                f"{profile.read_terminal}, then start again. Nothing was pulsed"
            )

    def now(self) -> float:
        """What the clock showed before, or shows now."""
        if self._left:
            self._known_until = self._given(float)
            return self._known_until
        time = self._bench.clock.now()
        self._keep(time)
        return time

    def sleep(self, duration: float) -> None:
        """Let time pass, but for what has passed since the run broke off."""
        if self._left:
            return
        if self._known_until is not None:
            duration -= self._bench.clock.now() - self._known_until
        self._bench.clock.sleep(duration)

    def _given(self, kind: type[Given]) -> Given:
        """The next answer of before, which must be of that kind."""
        answer = self._left.popleft()
        if not isinstance(answer, kind):
            raise InstrumentError(
                "the protocol asks for other things than it did in the run that is to go on; it, "
                "or a file of the run, is not what it was. Nothing was applied"
            )
        return answer

    def _begin(self) -> None:
        """Let every terminal stand as it stood when the run broke off."""
        self._known_until = None
        while self._held:
            terminal, (level, compliance) = self._held.popitem()
            self._bench.bias(terminal, level, compliance)


class _ProtocolClock:
    """The clock that goes with it: no time passes while it answers as before."""

    def __init__(self, bench: ReplayedBench) -> None:
        self._bench = bench

    def now(self) -> float:
        """Seconds since the run began."""
        return self._bench.now()

    def sleep(self, duration: float) -> None:
        """Let time pass, unless it has passed before."""
        self._bench.sleep(duration)

    def wall_time(self) -> datetime:
        """The date and time of day now, in UTC."""
        return self._bench.clock.wall_time()
