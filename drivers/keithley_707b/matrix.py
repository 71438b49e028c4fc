"""A 707B as what selects: relays of a matrix, opened and closed by name, and what it reports.

A selection is four exchanges: open all, close, wait until settled, ask what is closed.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress

from mho.bench import InstrumentIdentity, Points, RelayPath, Selection
from mho.drivers.keithley_707b import tsp
from mho.drivers.keithley_707b.line import Line, import_library
from mho.drivers.keithley_707b.settings import (
    SIMULATED,
    SIMULATOR,
    Keithley707BSettings,
    channel,
    path,
)
from mho.errors import (
    CommandRejected,
    ConnectionFailed,
    InstrumentTimeout,
    MhoError,
    Problem,
    SettingsError,
    UnsafeStateError,
)
from mho.plugin_kinds import Rehearsal, SwitchedOff, SwitchOff

_BY_HAND = (
    "Open them by hand once every output is off: OPEN ALL on the front panel, or switch the "
    "mainframe off"
)


def matrix(settings: Keithley707BSettings, points: Points, rehearsal: Rehearsal) -> "Matrix":
    """The matrix of ``settings``, not yet connected."""
    connection = settings.connection
    if connection == SIMULATOR:
        slots = sorted({int(address[0]) for address in points.lines})
        connection = rehearsal.instrument(
            SIMULATED, {**points.sources, **points.lines}, model=settings.model, slots=slots
        )
    return Matrix(settings, points, lambda: Line(connection, settings.timeout))


class Matrix:
    """Satisfies `mho.bench.Actuator`."""

    def __init__(
        self, settings: Keithley707BSettings, points: Points, line: Callable[[], Line]
    ) -> None:
        self.name = f"Keithley {settings.model} ({settings.connection})"
        self._settings, self._points, self._new_line = settings, points, line
        self._line: Line | None = None
        self._asked: frozenset[str] = frozenset()
        self._is_open = True  # every relay is known to be open

    def connect(self) -> InstrumentIdentity:
        """See that it is a matrix that has these channels, and open everything."""
        self._line = self._new_line()
        try:
            identity = self._line.query(tsp.IDENTIFY)
        except InstrumentTimeout as error:
            raise ConnectionFailed(
                f"{error}. See that a {self._settings.model} is there"
            ) from error
        if self._settings.model not in identity:
            message = f'is "{self._settings.model}", but it calls itself "{identity.strip()}"'
            raise SettingsError([Problem("select.model", message)])
        self._is_open = False  # not before it is known to be the matrix that is meant
        self._line.write(tsp.FORGET_ERRORS)
        self._line.write(tsp.OPEN_ALL)
        self._see_channels(self._line)
        maker, model, serial, firmware, *_ = (*identity.strip().split(","), "", "", "", "")
        return InstrumentIdentity(
            terminal="select",
            model=f"{maker.strip()} {model.strip()}",
            serial=serial.strip(),
            address=self._settings.connection,
            firmware=firmware.strip(),
        )

    def select(self, selection: Selection) -> None:
        """Open everything, close these relays, wait until they have settled."""
        line = self._connected()
        self._asked = frozenset(map(channel, selection.paths))
        self._is_open = False
        line.write(tsp.OPEN_ALL)
        line.write(tsp.close(sorted(self._asked)))
        tsp.settled(line.query(tsp.SETTLED))

    def selected(self) -> frozenset[RelayPath]:
        """What it reports to be closed.

        Raises
        ------
        CommandRejected
            It did not do what was asked for, and says why.
        """
        line = self._connected()
        found = frozenset(tsp.closed(line.query(tsp.CLOSED)))
        if not found >= self._asked:
            why = tsp.error(line.query(tsp.NEXT_ERROR))
            if why:
                asked = tsp.close(sorted(self._asked))
                raise CommandRejected(f"{self.name} refused {asked}: it said {why}")
        return frozenset(map(path, found))

    def off(self) -> None:
        """Open everything and see that it is open: two attempts, the second on a new line."""
        if self._is_open:
            return
        self._asked = frozenset()
        try:
            self._open_all(self._connected())
        except MhoError:
            try:
                self.disconnect()
                self._line = self._new_line()
                self._open_all(self._line)
            except MhoError as error:
                raise UnsafeStateError(
                    f"{self.name}: its relays may be closed: {error}. {_BY_HAND}"
                ) from error
        self._is_open = True

    def disconnect(self) -> None:
        """Hang up."""
        line, self._line = self._line, None
        if line is not None:
            line.close()

    def _see_channels(self, line: Line) -> None:
        """See that every row meets every column of the bench file in a relay."""
        channels = [
            channel(RelayPath(source, column))
            for source in self._points.sources
            for column in self._points.lines
        ]
        line.write(tsp.states(channels))
        reply = line.query(tsp.ERRORS)
        if not tsp.is_error_count(reply):
            reply = line.read()
        if tsp.error_count(reply):
            why = tsp.error(line.query(tsp.NEXT_ERROR))
            message = (
                f"the matrix lacks a channel between these rows and columns ({why}); it was asked "
                f"for {channels[0]} ... {channels[-1]}. Compare them with the cards in its slots"
            )
            raise SettingsError([Problem("select.lines", message)])

    def _open_all(self, line: Line) -> None:
        line.write(tsp.OPEN_ALL)
        left = tsp.closed(line.query(tsp.CLOSED))
        if left:
            raise CommandRejected(f"it was told to open all, and reports {', '.join(left)} closed")

    def _connected(self) -> Line:
        if self._line is None:
            raise ConnectionFailed(f"the connection to {self.name} is closed; open the bench again")
        return self._line


def switching_off(settings: Keithley707BSettings) -> SwitchOff:
    """See `mho.plugin_kinds.ActuatorKind`."""
    import_library(settings.connection)

    def open_all(_sessions: Sequence[str], look: bool) -> list[SwitchedOff]:
        line, before, failure = Line(settings.connection, settings.timeout), "", ""
        try:
            if look:
                with suppress(MhoError):
                    closed = ", ".join(tsp.closed(line.query(tsp.CLOSED)))
                    before = f"closed: {closed}" if closed else "open"
            line.write(tsp.OPEN_ALL)
            left = tsp.closed(line.query(tsp.CLOSED))
            failure = f"{', '.join(left)} still closed. {_BY_HAND}" if left else ""
        except MhoError as error:
            failure = f"{error}. {_BY_HAND}"
        finally:
            line.close()
        return [
            SwitchedOff(
                terminal="relays",
                channel=settings.connection,
                before=before or "could not be told",
                failure=failure,
            )
        ]

    return open_all
