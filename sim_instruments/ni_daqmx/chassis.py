"""All cards around one device: their tasks, the time they share, and waiting for it."""

import math
import threading
from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from mho.clock import VirtualClock
from mho.device.arrays import generator_state, restore_generator
from mho.device.model import State
from mho.rehearsal import World
from mho.sim_instruments.ni_daqmx import task as task_
from mho.sim_instruments.ni_daqmx.card import Card
from mho.sim_instruments.ni_daqmx.errors import INVALID_TASK, DaqError
from mho.sim_instruments.ni_daqmx.player import BLOCK, Player
from mho.sim_instruments.ni_daqmx.runs import ClockRun, InputRun, OutputRun
from mho.sim_instruments.ni_daqmx.scale import Scale
from mho.sim_instruments.ni_daqmx.signals import Signals
from mho.sim_instruments.ni_daqmx.task import Task
from mho.sim_instruments.ni_device_server.named_sessions import NamedSessions
from mho.stimuli import Drive

KIND = "ni-daqmx"
"""What it is called in the state of its world."""
NOISE_KEY = 6363
"""Sets the cards' random numbers apart from the device's, which come from the same seed."""
PAUSE = 1e-3
"""A wait that nothing ends lets others in for so long (s of the real clock)."""
WATCH = 5e-3
"""How often events are looked for while nobody calls (s of the real clock)."""
LONGEST_WAIT = 0.1
"""Longest wait on the real clock before looking again (s)."""


class Chassis:
    """Cards by name. Everything happens under ``changed``, the world's lock.

    Satisfies `mho.rehearsal.Member`.
    """

    def __init__(self, world: World, cards: Mapping[str, Card]) -> None:
        self.world = world
        self.cards = dict(cards)
        self.clock = world.clock
        self.signals = Signals()
        self.tasks: NamedSessions[Task] = NamedSessions()
        self.scales: dict[str, Scale] = {}
        self.saved: dict[str, Task] = {}
        self.changed = threading.Condition(world.lock)
        number = world.count(KIND)
        self.noise = np.random.default_rng([world.seed, NOISE_KEY, number])
        self.player = Player(world, self.noise)
        self.moment = self.clock.now()
        self.closed = False
        self._playing = False
        self._watcher: threading.Thread | None = None
        self._asking = threading.local()
        world.join(KIND, self)
        self._power_up()

    def _power_up(self) -> None:
        """Outputs at 0 V, and amplifiers that hold what no output is wired to at 0 V."""
        for card in self.cards.values():
            driven = {line.terminal for line in card.outputs.values()}
            for line in card.outputs.values():
                self.player.wire(line, card.settings.ao_current)
                self.player.drive(self.moment, line, line.code)
            for one in card.inputs.values():
                holds = one.terminal is not None and one.terminal not in driven
                if holds and one.terminal is not None and one.amplifier.measures == "current":
                    largest = one.amplifier.saturation / max(abs(one.amplifier.gain), 1e-12)
                    self.world.drive(
                        self.moment, one.terminal, Drive(0.0, largest), one.amplifier.shunt
                    )

    # ---- for the world

    def catch_up(self, moment: float) -> None:
        """Play what is due up to ``moment``."""
        self.play(moment)

    def state(self) -> dict[str, NDArray[np.generic]]:
        """The noise of the cards."""
        return {"noise": generator_state(self.noise)}

    def restore(self, state: State) -> None:
        """Take over what `state` gave."""
        restore_generator(self.noise, state["noise"])

    # ---- tasks

    def task(self, name: str) -> Task:
        """A task by its name.

        Raises
        ------
        DaqError
            There is none.
        """
        found = self.tasks.get(name)
        if found is None:
            raise DaqError(INVALID_TASK, f"Task: {name}.")
        return found

    def running(self) -> list[Task]:
        """Tasks that have something to do."""
        return [task for _, task in self.tasks if task.state == task_.RUNNING]

    # ---- time

    def now(self) -> float:
        """The moment it is, everything that is due being played (s)."""
        now = self.clock.now()
        self.play(now)
        return now

    def play(self, until: float) -> None:
        """Play everything that is due up to ``until``; nothing while it is at that already."""
        if self._playing:
            return
        self._playing = True
        try:
            self._play(until)
        finally:
            self._playing = False
        self.moment = max(self.moment, until)
        self._tell(until)

    def _play(self, until: float) -> None:
        while True:
            runs = [task.run for task in self.running() if task.run is not None]
            live = [run for run in runs if run.ended is None]
            due = [run for run in live if run.ticks.next() <= until]
            if not due:
                return
            end = min(until, *(run.ticks.next() + (BLOCK - 1) * run.ticks.period for run in due))
            end = max(end, min(run.ticks.next() for run in due))
            for run in live:
                if isinstance(run, ClockRun):
                    run.ticks.take(end, BLOCK)
            self.player.play(
                [run for run in live if isinstance(run, OutputRun)],
                [run for run in live if isinstance(run, InputRun)],
                self.moment,
                end,
            )
            self.moment = max(self.moment, end)
            self._tell(end)

    def _tell(self, moment: float) -> None:
        """Tell of events, and stop the clocks of what has failed."""
        for task in self.running():
            run = task.run
            if run is None:
                continue
            if run.ended is not None:
                self.signals.stop(task.name, run.ended)
            if task.events.any:
                if isinstance(run, InputRun):
                    task.events.counted(run.buffer.acquired)
                elif isinstance(run, OutputRun):
                    task.events.counted(run.ticks.taken)
                if task.is_done(moment):
                    task.events.is_over(0 if run.error is None else run.error.code)
        self.changed.notify_all()

    # ---- waiting

    def asked_by(self, is_there: Callable[[], bool]) -> None:
        """Whether the client is still there whose call this thread now carries out."""
        self._asking.is_there = is_there

    def _asker_is_gone(self) -> bool:
        is_there = getattr(self._asking, "is_there", None)
        return self.closed or (is_there is not None and not is_there())

    def wait(self, ready: Callable[[], bool], when: Callable[[], float], timeout: float) -> bool:
        """Let time pass until ``ready``; gives whether it came to that within ``timeout`` s.

        ``when`` foresees the moment, infinite where nothing is in sight; a virtual clock jumps
        there. A negative timeout has no end. Meanwhile the lock is free on a real clock, so that
        other tasks can be looked after.
        """
        deadline = math.inf if timeout < 0 else self.clock.now() + timeout
        while True:
            now = self.now()
            if ready():
                return True
            if now >= deadline or self._asker_is_gone():
                return False
            moment = min(when(), deadline)
            if isinstance(self.clock, VirtualClock):
                if math.isinf(moment):
                    self.changed.wait(PAUSE)
                else:
                    self.clock.advance_to(max(moment, math.nextafter(now, math.inf)))
            else:
                self.changed.wait(min(max(moment - now, 0.0) + PAUSE, LONGEST_WAIT))

    # ---- events

    def watch(self) -> None:
        """Have time pass by itself as long as somebody is to be told of events."""
        if self._watcher is None or not self._watcher.is_alive():
            self._watcher = threading.Thread(
                target=self._watch, name="ni-daqmx events", daemon=True
            )
            self._watcher.start()

    def _watch(self) -> None:
        while True:
            with self.changed:
                told = [task for _, task in self.tasks if task.events.any]
                if self.closed or not told:
                    self._watcher = None
                    return
                self.play(self.clock.now())
                if isinstance(self.clock, VirtualClock):
                    moment = min((_next_event(task) for task in told), default=math.inf)
                    if moment < math.inf:
                        self.clock.advance_to(moment)
                        self.play(self.clock.now())
                self.changed.wait(WATCH)

    def close(self) -> None:
        """Wake everything that waits, end all streams."""
        self.closed = True
        with self.changed:
            for _, task in self.tasks:
                task.events.end()
            self.changed.notify_all()


def _next_event(task: Task) -> float:
    """When a task that runs has something to tell; on a virtual clock time goes there by itself.

    Not before an unread sample would be overwritten, or a sample be missing to put out: a virtual
    clock waits for the client.
    """
    run = task.run
    if task.state != task_.RUNNING or run is None or run.ended is not None:
        return math.inf
    left = math.inf if run.ticks.limit is None else run.ticks.limit - run.ticks.taken
    if not left:
        return math.inf if task.events.is_told_done else run.ticks.over()
    step = left
    if task.events.every is not None:
        every = task.events.every.every
        step = min(step, every - run.ticks.taken % every)
    if task.events.signal is not None:
        step = 1
    if math.isinf(step):
        return math.inf
    if isinstance(run, InputRun) and not run.overwrites and step > run.buffer.room():
        return math.inf
    if isinstance(run, OutputRun):
        there = run.buffer.available()
        if there is not None and step > there:
            return math.inf
    return run.ticks.when(run.ticks.taken + int(step))
