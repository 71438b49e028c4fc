"""A scenario on a bench to which things happen: no reading may be lost or shifted, nothing stay on.

What every driver's fault tests share. A running simulated instrument is known by its ``world``.
"""

import signal
from dataclasses import dataclass, field
from math import isclose, isnan

from mho.clock import VirtualClock
from mho.device.model import Response
from mho.errors import (
    CommandRejected,
    ConnectionFailed,
    InstrumentTimeout,
    ReplyError,
    UnsafeStateError,
)
from mho.stimuli import OPEN

RIGHT_KINDS = (InstrumentTimeout, ReplyError, CommandRejected, ConnectionFailed, UnsafeStateError)
"""What a bench may raise when exchanges fail."""


@dataclass
class Resistors:
    """A resistor from each terminal to ground."""

    resistance: dict = field(default_factory=lambda: {"TE": 10e3, "gate": 1e6})
    terminals: tuple = ("TE", "gate")

    def advance(self, drives, duration):
        pass

    def respond(self, drives):
        found = {}
        for terminal in self.terminals:
            level, limit, _ = drives.get(terminal, OPEN)
            wanted = level / self.resistance[terminal]
            current = max(-limit, min(limit, wanted))
            found[terminal] = Response(
                current * self.resistance[terminal], current, abs(wanted) > limit
            )
        return found


def is_dark(instrument):
    """True if every terminal is open or at 0 V."""
    return not any(drive.level for drive in instrument.world.drives().values())


def assert_dark(instrument, error):
    """Nothing is energised, unless ``error`` says so."""
    if not isinstance(error, UnsafeStateError):
        assert is_dark(instrument), f"{instrument.world.drives()} after {error!r}"


def facts(trace):
    """Everything of the readings but their times, to the digits that are sent."""
    return [(round(r.voltage, 9), float(f"{r.current:.5g}"), *r[3:]) for r in trace]


@dataclass
class Outcome:
    """What became of a scenario: of each stimulus its facts, or its error."""

    opening: BaseException | None = None
    played: list = field(default_factory=list)
    closing: BaseException | None = None

    @property
    def errors(self):
        everything = [self.opening, *self.played, self.closing]
        return [what for what in everything if isinstance(what, BaseException)]


def play(bench, instrument, stimuli, kinds=RIGHT_KINDS):
    """Open, play one stimulus after the other whatever became of the one before, and close.

    Only errors of these ``kinds`` are caught. After each of them nothing is energised, unless an
    `UnsafeStateError` says so; nor is anything in the end.
    """
    outcome = Outcome()
    try:
        bench.__enter__()
    except kinds as error:
        outcome.opening = error
        assert_dark(instrument, error)
        return outcome
    try:
        for stimulus in stimuli:
            start = bench.clock.now()
            try:
                trace = bench.apply(stimulus)
            except kinds as error:
                outcome.played.append(error)
                assert_dark(instrument, error)
            else:
                times = [reading.time for reading in trace]
                assert times == sorted(times)
                assert start <= times[0] and times[-1] <= bench.clock.now()
                outcome.played.append(facts(trace))
    finally:
        try:
            bench.__exit__(None, None, None)
        except kinds as error:
            outcome.closing = error
    assert_dark(instrument, outcome.closing)
    return outcome


def assert_right(outcome, wanted, tolerance=0.0):
    """Each stimulus gave all of its own readings, or an error; nothing in between.

    ``tolerance`` is relative, for instruments that are noisy.
    """
    if outcome.opening is not None:
        return
    for found, right in zip(outcome.played, wanted, strict=True):
        if isinstance(found, BaseException):
            continue
        assert len(found) == len(right), (found, right)
        for a, b in zip(found, right, strict=True):
            assert _alike(a, b, tolerance), (found, right)


def _alike(a, b, tolerance):
    close = (isclose(x, y, rel_tol=tolerance) for x, y in zip(a[:2], b[:2], strict=True))
    return a[2:] == b[2:] and (all(close) or (isnan(a[0]) and isnan(b[0]) and a[1] == b[1]))


class Trap:
    """Raises a signal at one of the moments that it is told of."""

    def __init__(self, moment, number=signal.SIGINT):
        self.left = moment
        self.passed = 0
        self._number = number

    def spring(self):
        self.passed += 1
        self.left -= 1
        if self.left == 0:
            signal.raise_signal(self._number)


class TrappedClock(VirtualClock):
    """The clock of the instrument, with a moment in the middle of every wait of the driver."""

    def __init__(self, clock, trap):
        super().__init__()
        self._clock, self._trap = clock, trap

    def now(self):
        return self._clock.now()

    def sleep(self, duration):
        self._clock.sleep(duration / 2)
        self._trap.spring()
        self._clock.sleep(duration / 2)
