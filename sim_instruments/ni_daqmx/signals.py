"""Who gives the edges at which terminal, and which tasks wait for them.

A clock at a terminal is a train of edges, told of when its task starts. What is exported to a line
(``/Dev1/PFI0``) is there as well, and lines of the backplane are the same for all cards.
"""

import re
from collections.abc import Callable
from typing import NamedTuple

from mho.sim_instruments.ni_daqmx.ticks import Train

_BACKPLANE = re.compile(r"/[^/]+/(pxi_trig[0-7]|rtsi[0-7])", re.IGNORECASE)


def place(terminal: str) -> str:
    """A terminal as signals are kept under: a line of the backplane without its card."""
    match = _BACKPLANE.fullmatch(terminal)
    return (match[1] if match else terminal).lower()


class Listener(NamedTuple):
    """A task that waits at a terminal: for trains as its clock, for an edge, or for a level.

    ``falls``: of the edges of a line that is set by hand it waits for the falling ones. What else
    comes at a terminal are pulses, too short to tell both edges apart.
    """

    task: str
    clock: Callable[[Train], None] | None = None
    stopped: Callable[[float], None] | None = None
    edge: Callable[[float], None] | None = None
    level: Callable[[bool, float], None] | None = None
    falls: bool = False


class Signals:
    """The routes of one chassis."""

    def __init__(self) -> None:
        self._routes: dict[str, dict[str, list[str]]] = {}  # task -> terminal -> exported to
        self._trains: dict[str, tuple[str, Train]] = {}
        self._listeners: dict[str, list[Listener]] = {}
        self._high: set[str] = set()

    def export(self, task: str, source: str, destinations: list[str]) -> None:
        """While it runs, what a task gives at ``source`` is at these terminals, too."""
        routes = self._routes.setdefault(task, {})
        routes[place(source)] = [place(one) for one in destinations]

    def listen(self, terminal: str, listener: Listener) -> None:
        """Tell a task about what comes at a terminal; a train that is on already is told of."""
        self._listeners.setdefault(place(terminal), []).append(listener)

    def train(self, task: str, terminal: str, train: Train) -> None:
        """A clock has started at a terminal, and with it the first edge."""
        for where in self._all(task, terminal):
            self._trains[where] = (task, train)
            for listener in list(self._listeners.get(where, ())):
                if listener.clock is not None:
                    listener.clock(train)
                if listener.edge is not None:
                    listener.edge(train.start)

    def edge(self, task: str, terminal: str, moment: float) -> None:
        """A single edge at a terminal."""
        for where in self._all(task, terminal):
            for listener in list(self._listeners.get(where, ())):
                if listener.edge is not None:
                    listener.edge(moment)

    def level(self, terminal: str, high: bool, moment: float) -> None:
        """A line was set by hand, to another level than before."""
        where = place(terminal)
        (self._high.add if high else self._high.discard)(where)
        for listener in list(self._listeners.get(where, ())):
            if listener.level is not None:
                listener.level(high, moment)
            if listener.edge is not None and listener.falls != high:
                listener.edge(moment)

    def is_high(self, terminal: str) -> bool:
        """Whether a line is at its high level; low, unless somebody has set it."""
        return place(terminal) in self._high

    def running(self, terminal: str, moment: float) -> Train | None:
        """What is left at ``moment`` of the train that is on at a terminal."""
        found = self._trains.get(place(terminal))
        if found is None:
            return None
        train = found[1]
        left = train.after(train.before(moment))
        return left if left.edges > 0 else None

    def stop(self, task: str, moment: float) -> None:
        """A task was stopped: its clocks end, it exports nothing and waits for nothing."""
        self.silence(task)
        self.halt(task, moment)
        self._routes.pop(task, None)

    def halt(self, task: str, moment: float) -> None:
        """The clocks of a task give no more edges, until it gives a train again."""
        for where, (giver, _) in list(self._trains.items()):
            if giver == task:
                del self._trains[where]
                for listener in list(self._listeners.get(where, ())):
                    if listener.stopped is not None:
                        listener.stopped(moment)

    def silence(self, task: str) -> None:
        """A task waits for nothing any more."""
        for where, listeners in list(self._listeners.items()):
            self._listeners[where] = [one for one in listeners if one.task != task]

    def _all(self, task: str, terminal: str) -> list[str]:
        source = place(terminal)
        return [source, *self._routes.get(task, {}).get(source, ())]
