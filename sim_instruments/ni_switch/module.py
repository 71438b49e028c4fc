"""One matrix module: its relays, where each is, and what they connect in the world."""

import logging
import re
from collections.abc import Callable, Iterable, Mapping
from itertools import pairwise

from mho.rehearsal import World
from mho.sim_instruments.ni_switch.errors import (
    BAD_LIST,
    BAD_RELAY,
    CONFIGURATION_CHANNEL,
    EXISTS,
    INVALID_PATH,
    NO_PATH,
    NO_SUCH_PATH,
    TO_ITSELF,
    TWO_SOURCES,
    UNKNOWN_CHANNEL,
    SwitchError,
)
from mho.sim_instruments.ni_switch.settings import SwitchSettings
from mho.sim_instruments.ni_switch.topologies import TOPOLOGIES

_LOG = logging.getLogger("mho.sim_instruments.ni_switch")

Crosspoint = tuple[int, int]
"""Row and column."""

AVAILABLE, PATH_EXISTS, UNSUPPORTED, SOURCE_CONFLICT, NOT_AVAILABLE = 1, 2, 3, 5, 6
OPEN, CLOSED = 10, 11
OPEN_IT, CLOSE_IT = 20, 21


class MatrixModule:
    """Satisfies what the service asks of a module.

    ``sources`` and ``configuration`` are the channels that a client has marked so.
    """

    def __init__(
        self, resource: str, world: World, wiring: Mapping[str, str], settings: SwitchSettings
    ) -> None:
        self.resource, self.settings = resource, settings
        self.rows, self.columns = TOPOLOGIES[settings.topology]
        self.sources: set[str] = set()
        self.configuration: set[str] = set()
        self._world, self._wiring = world, dict(wiring)
        self._closed: set[Crosspoint] = set()
        self._explicit: set[Crosspoint] = set()
        self._cycles: dict[Crosspoint, int] = {}
        self._settled_at = 0.0

    @property
    def channels(self) -> list[str]:
        """Rows, then columns."""
        return [f"r{n}" for n in range(self.rows)] + [f"c{n}" for n in range(self.columns)]

    @property
    def relays(self) -> list[str]:
        """Row by row."""
        return [f"kr{r}c{c}" for r in range(self.rows) for c in range(self.columns)]

    @property
    def unsettled(self) -> float:
        """Seconds until every contact is at rest."""
        return max(0.0, self._settled_at - self._world.clock.now())

    @property
    def closed(self) -> tuple[str, ...]:
        """The relays that are closed, as they are called."""
        return tuple(f"kr{r}c{c}" for r, c in sorted(self._closed))

    # ---- paths

    def connect(self, one: str, other: str) -> None:
        """Make a path between a row and a column."""
        point = self._to_connect(one, other)
        self._explicit.add(point)
        self._move(self._closed | {point})

    def disconnect(self, one: str, other: str) -> None:
        """Undo a path that was made."""
        point = self._crosspoint(one, other)
        if point not in self._explicit:
            raise SwitchError(NO_SUCH_PATH, f"{one}, {other}.")
        self._explicit.discard(point)
        self._move(self._closed - {point})

    def open_all(self) -> None:
        """Every path undone, every relay open."""
        self._explicit.clear()
        self._move(set())

    def each(self, text: str, do: Callable[[str, str], None]) -> None:
        """Do something with every pair of a list, ``r0->c5,r1->c6``; the first error ends it."""
        for one, other in pairs_in(text):
            do(one, other)

    def path(self, one: str, other: str) -> str:
        """The path between two channels, as text."""
        if self._crosspoint(one, other) not in self._explicit & self._closed:
            raise SwitchError(NO_SUCH_PATH, f"{one}, {other}.")
        return f"{one}->{other}"

    def set_path(self, text: str) -> None:
        """Make a path through named channels, ``[c2->r2->c3]`` or ``r0->c0``."""
        for part in re.split("[,;]", text):
            ends = [end.strip() for end in part.strip().strip("[]").split("->")]
            if len(ends) < 2:
                raise SwitchError(INVALID_PATH, f"{text}.")
            points = [self._crosspoint(*pair) for pair in pairwise(ends)]
            self._explicit.update(points)
            self._move(self._closed | set(points))

    def can_connect(self, one: str, other: str) -> int:
        """How it stands with a path between two channels."""
        try:
            point = self._crosspoint(one, other)
        except SwitchError as error:
            if error.code == UNKNOWN_CHANNEL:
                raise
            return UNSUPPORTED
        if {one, other} & self.configuration:
            return NOT_AVAILABLE
        if point in self._closed:
            return PATH_EXISTS
        return SOURCE_CONFLICT if self._meet(point) else AVAILABLE

    # ---- relays

    def relay(self, name: str) -> Crosspoint:
        """The crosspoint of a relay."""
        match = re.fullmatch(r"kr(\d+)c(\d+)", name.strip())
        if match is None or not self._is_here((int(match[1]), int(match[2]))):
            raise SwitchError(BAD_RELAY, f"{name}.")
        return int(match[1]), int(match[2])

    def move(self, name: str, action: int) -> None:
        """Move one relay, whatever paths there are."""
        point = self.relay(name)
        if action == CLOSE_IT:
            self._move(self._closed | {point})
        else:
            self._explicit.discard(point)
            self._move(self._closed - {point})

    def position(self, name: str) -> int:
        """Where a relay is."""
        return CLOSED if self.relay(name) in self._closed else OPEN

    def cycles(self, name: str) -> int:
        """How often a relay has closed and opened again."""
        return self._cycles.get(self.relay(name), 0)

    # ---- inside

    def _to_connect(self, one: str, other: str) -> Crosspoint:
        if one == other:
            self._see(one)
            raise SwitchError(TO_ITSELF, f"{one}.")
        point = self._crosspoint(one, other)
        if {one, other} & self.configuration:
            raise SwitchError(CONFIGURATION_CHANNEL, f"{one}, {other}.")
        if point in self._explicit:
            raise SwitchError(EXISTS, f"{one}, {other}.")
        if self._meet(point):
            raise SwitchError(TWO_SOURCES, f"{one}, {other}.")
        return point

    def _crosspoint(self, one: str, other: str) -> Crosspoint:
        self._see(one)
        self._see(other)
        if one[0] == other[0]:
            raise SwitchError(NO_PATH, f"{one}, {other}.")
        row, column = (one, other) if one[0] == "r" else (other, one)
        return int(row[1:]), int(column[1:])

    def _see(self, channel: str) -> None:
        match = re.fullmatch(r"([rc])(\d{1,4})", channel)
        most = self.rows if channel[:1] == "r" else self.columns
        if match is None or int(match[2]) >= most:
            raise SwitchError(UNKNOWN_CHANNEL, f"Name: {channel}.")

    def _is_here(self, point: Crosspoint) -> bool:
        return point[0] < self.rows and point[1] < self.columns

    def _meet(self, point: Crosspoint) -> bool:
        """Whether two channels that are marked as sources would be connected by this relay."""
        together = {f"r{point[0]}", f"c{point[1]}"}
        grown = True
        while grown:
            more = {
                name
                for r, c in self._closed
                if {f"r{r}", f"c{c}"} & together
                for name in (f"r{r}", f"c{c}")
            }
            grown = not more <= together
            together |= more
        return len(together & self.sources) > 1

    def _move(self, closed: Iterable[Crosspoint]) -> None:
        stuck_closed = {self.relay(name) for name in self.settings.stuck_closed}
        stuck_open = {self.relay(name) for name in self.settings.stuck_open}
        wanted = (set(closed) | (self._closed & stuck_closed)) - stuck_open
        for point in self._closed - wanted:
            self._cycles[point] = self._cycles.get(point, 0) + 1
        now = self._world.clock.now()
        if wanted != self._closed:
            self._settled_at = now + self.settings.settling_time
        self._closed = wanted
        if not self._wiring:
            return
        paths = [
            (self._wiring[f"r{r}"], self._wiring[f"c{c}"])
            for r, c in sorted(wanted)
            if f"r{r}" in self._wiring and f"c{c}" in self._wiring
        ]
        if self._world.switch(now, paths, self.resource):
            _LOG.warning("%s: a relay moved under voltage: this may weld it", self.resource)


def pairs_in(text: str) -> list[tuple[str, str]]:
    """The pairs of a list; refused as a whole if one part of it is none."""
    found = []
    for part in text.split(","):
        ends = [end.strip() for end in part.split("->")]
        if len(ends) != 2 or not all(ends):
            raise SwitchError(BAD_LIST, f"{text}.")
        found.append((ends[0], ends[1]))
    return found
