"""Sessions of the device server: named, shared between clients, until somebody closes them.

The names of one service are not those of another.
"""

from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

from mho.sim_instruments.ni_device_server.refusals import SessionRefused

AUTO, INITIALIZE, ATTACH = 0, 1, 2

S = TypeVar("S")


class NamedSessions(Generic[S]):
    """What is open, by name. A session without a name is given one: ``session1``, and so on."""

    def __init__(self) -> None:
        self._open: dict[str, S] = {}
        self._count = 0

    def open(self, name: str, behaviour: int, build: Callable[[str], S]) -> tuple[str, bool]:
        """Make a session or attach to one; gives its name, and whether it is new.

        ``build`` is told the name.
        """
        known = name in self._open
        if known and behaviour == INITIALIZE:
            raise SessionRefused("ALREADY_EXISTS", f"Session '{name}' already exists.")
        if not known and behaviour == ATTACH:
            raise SessionRefused("FAILED_PRECONDITION", f"Session '{name}' does not exist.")
        if known:
            return name, False
        count = self._count
        while not name or name in self._open:
            count += 1
            name = f"session{count}"
        self._open[name] = build(name)
        self._count = count
        return name, True

    def get(self, name: str) -> S | None:
        """A session, if it is open."""
        return self._open.get(name)

    def pop(self, name: str) -> S | None:
        """Take a session out, if it is open."""
        return self._open.pop(name, None)

    def names(self) -> list[str]:
        """Those that are open, oldest first."""
        return list(self._open)

    def __iter__(self) -> Iterator[tuple[str, S]]:
        return iter(list(self._open.items()))
