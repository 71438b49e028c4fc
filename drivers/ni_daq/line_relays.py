"""Relays as what selects a cell, each driven by a digital line of a card.

A selection is three exchanges: open all, close, read the lines back. What is read is what the lines
are driven to; that a contact follows its line is not seen.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress

from mho.bench import InstrumentIdentity, Points, RelayPath, Selection
from mho.clock import Clock
from mho.drivers.ni_daq.client import FAULTS, logged, meaning
from mho.drivers.ni_daq.connection import Connection, DeviceServer, LocalRuntime
from mho.drivers.ni_daq.digital_lines import DigitalLines, task_name
from mho.drivers.ni_daq.line_settings import NiDaqLinesSettings, by_path, is_local
from mho.drivers.ni_daq.settings import SIMULATED, SIMULATOR
from mho.errors import (
    CommandRejected,
    ConnectionFailed,
    MhoError,
    Problem,
    SettingsError,
    UnsafeStateError,
)
from mho.plugin_kinds import Rehearsal, SwitchedOff, SwitchOff

_BY_HAND = (
    "Open them by hand once every output is off: take the supply off the relays, or reset the card "
    "in NI MAX if its lines rest at what opens them"
)


def line_relays(settings: NiDaqLinesSettings, points: Points, rehearsal: Rehearsal) -> "LineRelays":
    """The relays of ``settings``, not yet connected."""
    target = settings.target
    if target == SIMULATOR:
        cards = {settings.card: {"product": settings.model}}
        target = rehearsal.instrument(SIMULATED, {}, slots=[], cards=cards)
    return LineRelays(
        settings, by_path(settings, points), rehearsal, lambda: _connection(settings, target)
    )


class LineRelays:
    """Satisfies `mho.bench.Actuator`."""

    def __init__(
        self,
        settings: NiDaqLinesSettings,
        line_of: Mapping[RelayPath, str],
        rehearsal: Rehearsal,
        connection: Callable[[], Connection],
    ) -> None:
        self.name = f"relays at {settings.card} ({settings.target})"
        self._settings, self._line_of = settings, dict(line_of)
        self._rehearsal, self._new_connection = rehearsal, connection
        self._clock: Clock = rehearsal.clock
        self._connection: Connection | None = None
        self._lines: DigitalLines | None = None
        self._is_open = True  # every relay is known to be open

    def connect(self) -> InstrumentIdentity:
        """See that the card is there and is the model, take its lines, and open every relay."""
        self._connection = connection = self._new_connection()
        settings = self._settings
        try:
            card = connection.card(settings.card)
            model = logged(f"{settings.card} model", "", lambda: str(card.product_type))
            serial = logged(f"{settings.card} serial", "", lambda: int(card.serial_num))
        except FAULTS as error:
            raise meaning(error, settings.card, "opening the bench") from error
        if model != settings.model:
            message = f'is "{settings.model}", but {settings.card} calls itself "{model}"'
            raise SettingsError([Problem("select.model", message)])
        self._lines = _taken(connection, settings)
        self._is_open = False
        self._open_all(self._lines)
        return InstrumentIdentity(
            terminal="select",
            model=f"NI {model}",
            serial=f"{serial:X}",
            address=f"{len(settings.lines)} lines of {settings.card} at {settings.target}",
        )

    def select(self, selection: Selection) -> None:
        """Open everything and wait until it is open, then close these relays and wait again."""
        lines, settings = self._taken_lines(), self._settings
        closing = {self._line_of[path]: settings.is_high for path in selection.paths}
        self._is_open = False
        self._set(lines, settings.all_open, ())
        self._set(lines, closing, selection.paths)

    def selected(self) -> frozenset[RelayPath]:
        """The paths whose lines are at the level that closes a relay."""
        return self._closed(self._taken_lines())

    def off(self) -> None:
        """Open everything and see that it is open: two attempts, the second on a new connection."""
        if self._is_open:
            return
        try:
            self._open_all(self._taken_lines())
        except MhoError:
            try:
                self.disconnect()
                self._connection = connection = self._new_connection()
                _clear(connection, self._settings, connection.owner)
                self._lines = _taken(connection, self._settings)
                self._open_all(self._lines)
            except MhoError as error:
                raise UnsafeStateError(
                    f"{self.name}: its relays may be closed: {error}. {_BY_HAND}"
                ) from error
        self._is_open = True

    def disconnect(self) -> None:
        """Release the lines, which keep their states, and hang up."""
        lines, self._lines = self._lines, None
        connection, self._connection = self._connection, None
        try:
            if lines is not None:
                lines.release()
        finally:
            if connection is not None:
                connection.close()

    def _open_all(self, lines: DigitalLines) -> None:
        self._set(lines, self._settings.all_open, ())
        left = _not_open(lines.read(), self._settings)
        if left:
            raise CommandRejected(f"lines were told to open all, and {left} did not change")

    def _set(
        self, lines: DigitalLines, states: Mapping[str, bool], closed: Iterable[RelayPath]
    ) -> None:
        lines.set(states)
        self._rehearsal.place(closed)
        self._clock.sleep(self._settings.settling_time)

    def _closed(self, lines: DigitalLines) -> frozenset[RelayPath]:
        states = lines.read()
        return frozenset(
            path for path, line in self._line_of.items() if states[line] is self._settings.is_high
        )

    def _taken_lines(self) -> DigitalLines:
        if self._lines is None:
            raise ConnectionFailed(f"the connection to {self.name} is closed; open the bench again")
        return self._lines


def switching_off(settings: NiDaqLinesSettings) -> SwitchOff:
    """See `mho.plugin_kinds.ActuatorKind`."""
    with suppress(ImportError):  # what NI's client would import with its first task
        import grpc  # noqa: F401
        import nidaqmx._grpc_interpreter
        import nidaqmx.stream_readers
        import nidaqmx.stream_writers
        import nidaqmx.system.device  # noqa: F401

    def open_all(sessions: Sequence[str], look: bool) -> list[SwitchedOff]:
        connection, before, failure = _connection(settings, settings.target), "", ""
        try:
            for owner in sessions:
                with suppress(MhoError):  # what counts is whether the relays open
                    _clear(connection, settings, owner)
            with _taken(connection, settings) as lines:
                if look:
                    with suppress(MhoError):
                        left = _not_open(lines.read(), settings)
                        before = f"closed: {left}" if left else "open"
                lines.set(settings.all_open)
                left = _not_open(lines.read(), settings)
                failure = f"{left} did not change. {_BY_HAND}" if left else ""
        except MhoError as error:
            failure = f"{error}. {_BY_HAND}"
        finally:
            connection.close()
        return [
            SwitchedOff(
                terminal="relays",
                channel=settings.card,
                before=before or "could not be told",
                failure=failure,
            )
        ]

    return open_all


def _connection(settings: NiDaqLinesSettings, target: str) -> Connection:
    return LocalRuntime() if is_local(settings) else DeviceServer(target, settings.timeout)


def _taken(connection: Connection, settings: NiDaqLinesSettings) -> DigitalLines:
    return DigitalLines(connection, settings.card, settings.lines, settings.task_name_prefix)


def _clear(connection: Connection, settings: NiDaqLinesSettings, owner: str) -> None:
    """Clear the task that a process left with these lines; nothing if there is none."""
    name = task_name(settings.card, settings.lines, settings.task_name_prefix)
    try:
        connection.clear_left(name, owner)
    except FAULTS as error:
        raise meaning(error, settings.card, "clearing a task that was left") from error


def _not_open(states: Mapping[str, bool], settings: NiDaqLinesSettings) -> str:
    """The relays whose lines are at the level that closes them, for people."""
    closed = [name for name, line in settings.relays.items() if states[line] is settings.is_high]
    return ", ".join(closed)
