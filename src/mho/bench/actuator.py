"""The actuator: what is set and read beside terminals. Here, what brings a cell to the sources."""

from collections.abc import Collection
from typing import NamedTuple, Protocol

from mho.bench.bench import InstrumentIdentity
from mho.bench.selection import RelayPath, Selection


class Actuator(Protocol):
    """Connects sources to lines of an array: relays, switches of a chip, somebody's hands.

    The bench does the rest, once for all of them: every output is off whenever one is told
    anything, what it reports is held against what was asked, and relays open after the outputs
    came to 0 V, on every way out. It raises errors of `mho.errors` only.
    """

    @property
    def name(self) -> str:
        """What it is and where, for people."""
        ...

    def connect(self) -> InstrumentIdentity:
        """Connect, see that it is what the bench file says, and open everything.

        Raises
        ------
        ConnectionFailed
            It cannot be reached; says how to mend it.
        SettingsError
            It lacks an address of the bench file, or is another model.
        InstrumentError
            It refused, or its answer cannot be read.
        """
        ...

    def select(self, selection: Selection) -> None:
        """Open everything, then connect these paths; returns when they have settled."""
        ...

    def selected(self) -> frozenset[RelayPath]:
        """The paths that it reports to be connected now, all of them.

        It asks what moves, and repeats nothing that it was told.
        """
        ...

    def off(self) -> None:
        """Open everything; over a new connection if need be. May be called again and again.

        Raises
        ------
        UnsafeStateError
            It could not; says what to do by hand.
        """
        ...

    def disconnect(self) -> None:
        """Hang up; may be called again and again."""
        ...


class Points(NamedTuple):
    """What the bench file says is connected to a selector, by the selector's own addresses."""

    sources: dict[str, str]
    """Which terminal of the bench is at this address; `mho.device.layout.GROUND` for ground."""
    lines: dict[str, str]
    """Which line of the array is at this address, as `mho.device.layout.line_name` calls it."""
    paths: Collection[RelayPath] = ()
    """Every path that a selection may ask for."""
