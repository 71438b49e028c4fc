"""A scenario on a bench to which things happen: no reading may be lost or shifted, nothing stay on.

Play it undisturbed, then once for every exchange with a fault put there (a lost answer, an error,
Ctrl-C): each stimulus gives all of its own readings, or an error that says so.
"""

import signal
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import isclose, isnan
from typing import Protocol, TypeAlias

from mho.bench import Bench
from mho.clock import Clock, VirtualClock
from mho.device.model import Response, State
from mho.errors import (
    CommandRejected,
    ConnectionFailed,
    InstrumentTimeout,
    ReplyError,
    UnsafeStateError,
)
from mho.readings import Trace
from mho.stimuli import OPEN, Drive, Stimulus

RIGHT_KINDS: tuple[type[BaseException], ...] = (
    InstrumentTimeout,
    ReplyError,
    CommandRejected,
    ConnectionFailed,
    UnsafeStateError,
)
"""What a bench may raise when exchanges fail."""

Fact: TypeAlias = tuple[float, float, bool, str, str]
"""Of a reading: voltage (V), current (A), in compliance, status, terminal."""


class Driven(Protocol):
    """What drives the terminals of a device, as `mho.rehearsal.World` tells it."""

    def drives(self) -> Mapping[str, Drive]:
        """What drives each terminal now; open terminals are left out."""
        ...


class AtTheFixture(Protocol):
    """Somebody who can look at the device: a simulated instrument, or a rehearsal."""

    @property
    def world(self) -> Driven:
        """Where the device stands."""
        ...


@dataclass
class Resistors:
    """A resistor (ohms) from each terminal to ground; satisfies `mho.device.model.DeviceModel`."""

    resistance: dict[str, float] = field(default_factory=lambda: {"TE": 10e3, "gate": 1e6})
    terminals: tuple[str, ...] = ("TE", "gate")

    def advance(self, drives: Mapping[str, Drive], duration: float) -> None:
        """Nothing changes with time."""

    def respond(self, drives: Mapping[str, Drive]) -> Mapping[str, Response]:
        """Ohm's law, up to the limit of the source."""
        found = {}
        for terminal in self.terminals:
            level, limit, _ = drives.get(terminal, OPEN)
            wanted = level / self.resistance[terminal]
            current = max(-limit, min(limit, wanted))
            found[terminal] = Response(
                current * self.resistance[terminal], current, abs(wanted) > limit
            )
        return found

    def state(self) -> State:
        """A resistor has no memory."""
        return {}

    def restore(self, state: State) -> None:
        """Nothing to take over."""


def is_off(instrument: AtTheFixture) -> bool:
    """True if every terminal is open or at 0 V."""
    return not any(drive.level for drive in instrument.world.drives().values())


def assert_off(instrument: AtTheFixture, error: BaseException | None) -> None:
    """Nothing is energised, unless ``error`` says so."""
    if not isinstance(error, UnsafeStateError):
        assert is_off(instrument), f"{instrument.world.drives()} after {error!r}"


def facts(trace: Trace) -> list[Fact]:
    """Everything of the readings but their times, to the digits that are sent."""
    return [
        (round(r.voltage, 9), float(f"{r.current:.5g}"), r.in_compliance, r.status, r.terminal)
        for r in trace
    ]


@dataclass
class Outcome:
    """What became of a scenario: of each stimulus its facts, or its error."""

    opening: BaseException | None = None
    played: list[list[Fact] | BaseException] = field(default_factory=list)
    closing: BaseException | None = None

    @property
    def errors(self) -> list[BaseException]:
        """All that was raised, in order."""
        everything = [self.opening, *self.played, self.closing]
        return [what for what in everything if isinstance(what, BaseException)]


def play(
    bench: Bench,
    instrument: AtTheFixture,
    stimuli: Iterable[Stimulus],
    kinds: tuple[type[BaseException], ...] = RIGHT_KINDS,
) -> Outcome:
    """Open, play one stimulus after the other whatever became of the one before, and close.

    Only errors of these ``kinds`` are caught. After each of them nothing is energised, unless an
    `UnsafeStateError` says so; nor is anything in the end.
    """
    outcome = Outcome()
    try:
        bench.__enter__()
    except kinds as error:
        outcome.opening = error
        assert_off(instrument, error)
        return outcome
    try:
        for stimulus in stimuli:
            start = bench.clock.now()
            try:
                trace = bench.apply(stimulus)
            except kinds as error:
                outcome.played.append(error)
                assert_off(instrument, error)
            else:
                times = [reading.time for reading in trace]
                assert times == sorted(times), f"readings out of order: {times}"
                assert start <= times[0] and times[-1] <= bench.clock.now(), (
                    f"readings from {times[0]} s to {times[-1]} s of a stimulus that was played "
                    f"from {start} s to {bench.clock.now()} s"
                )
                outcome.played.append(facts(trace))
    finally:
        try:
            bench.__exit__(None, None, None)
        except kinds as error:
            outcome.closing = error
    assert_off(instrument, outcome.closing)
    return outcome


def assert_right(
    outcome: Outcome, wanted: Sequence[list[Fact] | BaseException], tolerance: float = 0.0
) -> None:
    """Each stimulus gave all of its own readings, or an error; nothing in between.

    ``wanted`` is what was played undisturbed. ``tolerance`` is relative, for instruments that are
    noisy.
    """
    if outcome.opening is not None:
        return
    for found, right in zip(outcome.played, wanted, strict=True):
        if isinstance(found, BaseException):
            continue
        assert not isinstance(right, BaseException), f"undisturbed, it raised {right!r}"
        assert len(found) == len(right), f"{found} instead of {right}"
        for a, b in zip(found, right, strict=True):
            assert _alike(a, b, tolerance), f"{found} instead of {right}"


def _alike(a: Fact, b: Fact, tolerance: float) -> bool:
    close = (isclose(x, y, rel_tol=tolerance) for x, y in zip(a[:2], b[:2], strict=True))
    return a[2:] == b[2:] and (all(close) or (isnan(a[0]) and isnan(b[0]) and a[1] == b[1]))


class Trap:
    """Raises a signal (Ctrl-C, unless told otherwise) at the ``moment``-th time that it is sprung.

    At 0 it never does; ``passed`` counts how often it was sprung.
    """

    def __init__(self, moment: int, number: signal.Signals = signal.SIGINT) -> None:
        self.left = moment
        self.passed = 0
        self._number = number

    def spring(self) -> None:
        """Come by once more."""
        self.passed += 1
        self.left -= 1
        if self.left == 0:
            signal.raise_signal(self._number)


class TrappedClock(VirtualClock):
    """The clock of the instrument, with a moment in the middle of every wait of the driver."""

    def __init__(self, clock: Clock, trap: Trap) -> None:
        super().__init__()
        self._clock, self._trap = clock, trap

    def now(self) -> float:
        """Seconds on the clock of the instrument."""
        return self._clock.now()

    def sleep(self, duration: float) -> None:
        """Let ``duration`` seconds pass, one half before the trap and one behind it."""
        self._clock.sleep(duration / 2)
        self._trap.spring()
        self._clock.sleep(duration / 2)

    def advance_to(self, moment: float) -> None:
        """As the clock of the instrument: it is the instrument that waits."""
        if isinstance(self._clock, VirtualClock):
            self._clock.advance_to(moment)
