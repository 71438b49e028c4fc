"""The seam between a guarded bench and whoever records what is done with it."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from mho.clock import Clock
from mho.readings import Trace
from mho.stimuli import Stimulus

SHORT = 0.1
"""Seconds up to which a stimulus of one row needs no note: a closed loop has no time for one."""


class Recorder(Protocol):
    """Told by the guard what was judged and is about to reach the bench.

    Attributes
    ----------
    attends
        Whether it has to be told of a short stimulus, too; set once one was applied.
    """

    attends: bool

    def before(self, stimulus: Stimulus, *, short: bool) -> None:
        """A stimulus is about to be applied; a short one gives one row and lasts up to `SHORT`.

        Raises
        ------
        RecordingError
            It cannot be recorded; it must not be applied.
        """
        ...

    def before_holding(self, terminal: str, level: float | None, compliance: float) -> None:
        """A terminal is about to be held at another level (V), or opened (None); as `before`."""
        ...

    def refused(self) -> None:
        """The bench refused it; nothing was energised."""
        ...

    def after(self, trace: Trace) -> None:
        """What a stimulus, of which it was told before, gave."""
        ...

    def paused(self, *, goes_on: bool) -> None:
        """Everything is about to be switched off for a while, or somebody wants it to go on."""
        ...

    def flush(self) -> None:
        """Time is about to pass without a stimulus: nothing may wait to be written."""
        ...


class Pausing(Protocol):
    """Whether somebody wants a run to pause; see `mho.pausing`."""

    def asked(self) -> bool:
        """Whether it is to pause now; asked before each stimulus."""
        ...

    def wait(self) -> None:
        """Return when it is to go on."""
        ...


class RecordedClock:
    """A clock that lets a recorder write what waits before time passes."""

    def __init__(self, clock: Clock, flush: Callable[[], None]) -> None:
        self._clock, self._flush = clock, flush

    def now(self) -> float:
        """Seconds since the clock was made."""
        return self._clock.now()

    def sleep(self, duration: float) -> None:
        """Let ``duration`` seconds pass."""
        self._flush()
        self._clock.sleep(duration)

    def wall_time(self) -> datetime:
        """The date and time of day now, in UTC."""
        return self._clock.wall_time()
