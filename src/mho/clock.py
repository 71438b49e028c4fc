"""Time, injected: the real clock for instruments, a virtual one for rehearsals."""

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol

SLICE = 0.1
"""The real clock sleeps at most so long (s) at a time, so that an interrupt is honoured."""


class Clock(Protocol):
    """Seconds since the clock was made, and a way to let time pass."""

    def now(self) -> float:
        """Seconds since this clock was made."""
        ...

    def sleep(self, duration: float) -> None:
        """Let ``duration`` seconds pass."""
        ...

    def wall_time(self) -> datetime:
        """The date and time of day now, in UTC."""
        ...


class RealClock:
    """The computer's monotonic clock; it begins at ``passed`` seconds."""

    def __init__(self, passed: float = 0.0) -> None:
        self._start = time.monotonic() - passed

    def now(self) -> float:
        """Seconds since this clock was made."""
        return time.monotonic() - self._start

    def sleep(self, duration: float) -> None:
        """Block for ``duration`` seconds, at most `SLICE` at a time."""
        end = self.now() + duration
        while (left := end - self.now()) > 0:
            time.sleep(min(left, SLICE))

    def wall_time(self) -> datetime:
        """The computer's date and time of day, in UTC."""
        return datetime.now(UTC)


class VirtualClock:
    """A clock that moves only when told to; safe to share between threads.

    Rehearsals share one of these between bench and simulated instruments, so that an hour of
    measurement passes in milliseconds and the same seed gives the same file.
    """

    def __init__(self) -> None:
        self._now = 0.0
        self._lock = threading.Lock()
        self._start = datetime.now(UTC)

    def now(self) -> float:
        """Virtual seconds since this clock was made."""
        return self._now

    def sleep(self, duration: float) -> None:
        """Move time forward by ``duration`` seconds, at once."""
        if duration > 0:
            with self._lock:
                self._now += duration

    def advance_to(self, moment: float) -> None:
        """Move time forward to ``moment`` (seconds); a moment already past changes nothing."""
        with self._lock:
            self._now = max(self._now, moment)

    def wall_time(self) -> datetime:
        """The date at which the clock was made, plus the virtual time passed.

        The last date that there is where that is later.
        """
        try:
            return self._start + timedelta(seconds=self._now)
        except OverflowError:
            return datetime.max.replace(tzinfo=self._start.tzinfo)
