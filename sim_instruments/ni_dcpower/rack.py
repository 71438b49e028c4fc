"""All modules around one device, the timeline they share, and waiting for it."""

import math
import threading
from collections.abc import Callable, Mapping
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from mho.clock import VirtualClock
from mho.device.model import State
from mho.rehearsal import World
from mho.sim_instruments.ni_dcpower.errors import INVALID_VALUE, NOT_RUNNING, NiError
from mho.sim_instruments.ni_dcpower.lines import Lines
from mho.sim_instruments.ni_dcpower.module import Module
from mho.sim_instruments.ni_dcpower.noise import NOISE_KEY, Meter
from mho.sim_instruments.ni_dcpower.specifications import Version
from mho.sim_instruments.ni_dcpower.timeline import Timeline

KIND = "ni-dcpower"
"""What it is called in the state of its world."""
PAUSE = 1e-3
"""Now and then a long wait on a virtual clock lets others in for so long (s of the real one)."""
LONGEST_WAIT = 0.1
"""Longest wait on the real clock before looking again (s)."""


class Rack:
    """Modules by slot, in lower case. Everything happens under ``changed``, the world's lock.

    Satisfies `mho.rehearsal.Member`.
    """

    def __init__(self, world: World, modules: Mapping[str, Module]) -> None:
        self.world = world
        self.modules = modules
        self.clock = world.clock
        self.timeline = Timeline()
        self.lines = Lines()
        self.changed = threading.Condition(world.lock)
        self._closed = False
        self._asking = threading.local()
        world.join(KIND, self)

    def play(self) -> float:
        """Play what is due; gives the moment it is now (s)."""
        now = self.clock.now()
        self.timeline.play(now)
        return now

    def catch_up(self, moment: float) -> None:
        """Play what is due up to ``moment``."""
        self.timeline.play(moment)

    def state(self) -> dict[str, NDArray[np.generic]]:
        """The noise of each module's meter, by slot."""
        return {slot: module.meter.state() for slot, module in self.modules.items()}

    def restore(self, state: State) -> None:
        """Take over what `state` gave, for the slots that are here."""
        for slot in self.modules.keys() & state.keys():
            self.modules[slot].meter.restore(state[slot])

    def simulated(self, slot: str, version: Version) -> Module:
        """A module that is in no slot and wired to nothing, for a session opened with Simulate.

        Its noise is that of its name, whoever opened sessions before.
        """
        entropy = [self.world.seed, NOISE_KEY, crc32(slot.lower().encode())]
        return Module(
            slot=slot,
            rank=len(self.modules),
            version=version,
            terminal=None,
            world=self.world,
            meter=Meter(np.random.SeedSequence(entropy)),
        )

    def asked_by(self, is_there: Callable[[], bool]) -> None:
        """Whether the client is still there whose call this thread now carries out."""
        self._asking.is_there = is_there

    def _check_asker(self) -> None:
        if self._closed:
            raise NiError(NOT_RUNNING, "The server is stopping.")
        is_there = getattr(self._asking, "is_there", None)
        if is_there is not None and not is_there():
            raise NiError(NOT_RUNNING, "The client is gone.")

    def wait(self, ready: Callable[[], bool], timeout: float, error: NiError) -> None:
        """Let time pass until ``ready``; raise ``error`` if that takes more than ``timeout`` s.

        A virtual clock jumps from action to action and, if nothing comes of it, to the end of the
        timeout. A real clock passes by itself. Meanwhile the lock is free, on a virtual clock now
        and then, so another session may abort. (The real driver executes the calls of one session
        one at a time.)
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
            self._check_asker()
            if isinstance(self.clock, VirtualClock):
                if not self.timeline.run(deadline, self.clock.advance_to, ready):
                    self.changed.wait(PAUSE)
            else:
                due = self.timeline.next_moment()
                moment = deadline if due is None else min(due, deadline)
                self.changed.wait(min(moment - now, LONGEST_WAIT))

    def close(self) -> None:
        """Wake everything that waits; it is told that nothing runs any more."""
        self._closed = True  # before the lock: a virtual wait holds it to its end
        with self.changed:
            self.changed.notify_all()
