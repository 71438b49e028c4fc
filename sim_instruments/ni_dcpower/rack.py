"""All modules around one device, the timeline they share, and waiting for it."""

import math
import threading
from collections.abc import Callable, Mapping

from mho.clock import Clock, VirtualClock
from mho.sim_instruments.fixture import Fixture
from mho.sim_instruments.ni_dcpower.errors import INVALID_VALUE, NOT_RUNNING, NiError
from mho.sim_instruments.ni_dcpower.module import Module
from mho.sim_instruments.ni_dcpower.timeline import Timeline

LONGEST_WAIT = 0.1
"""Longest wait on the real clock before looking again (s)."""


class Rack:
    """Modules by slot, in lower case. Everything happens under its lock ``changed``."""

    def __init__(self, fixture: Fixture, modules: Mapping[str, Module], clock: Clock) -> None:
        self.fixture = fixture
        self.modules = modules
        self.clock = clock
        self.timeline = Timeline()
        self.changed = threading.Condition()
        self._closed = False

    def play(self) -> float:
        """Play what is due; gives the moment it is now (s)."""
        now = self.clock.now()
        self.timeline.play(now)
        return now

    def wait(self, ready: Callable[[], bool], timeout: float, error: NiError) -> None:
        """Let time pass until ``ready``; raise ``error`` if that takes more than ``timeout`` s.

        A virtual clock jumps from action to action and, if nothing comes of it, to the end of the
        timeout. A real clock passes by itself; meanwhile the lock is free, so another session
        may abort. (The real driver executes the calls of one session one at a time.)
        """
        if not math.isfinite(timeout):
            raise NiError(INVALID_VALUE, f"Timeout: {timeout}.")
        deadline = self.clock.now() + timeout
        while True:
            now = self.play()
            if ready():
                return
            if now >= deadline:
                raise error
            if self._closed:
                raise NiError(NOT_RUNNING, "The server is stopping.")
            due = self.timeline.next_moment()
            self._pass_time(now, deadline if due is None else min(due, deadline))

    def close(self) -> None:
        """Wake everything that waits; it is told that nothing runs any more."""
        self._closed = True  # before the lock: a virtual wait holds it to its end
        with self.changed:
            self.changed.notify_all()

    def _pass_time(self, now: float, moment: float) -> None:
        if isinstance(self.clock, VirtualClock):
            self.clock.advance_to(moment)
            return
        self.changed.wait(min(moment - now, LONGEST_WAIT))
