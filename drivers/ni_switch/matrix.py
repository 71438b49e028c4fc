"""A matrix module of NI as what selects: paths made and undone, and what NI-SWITCH says of them.

A selection is two exchanges, open all and connect a list, and one more for each path that is read
back; that the contacts have settled is waited for by NI-SWITCH's own settling time.
"""

from collections.abc import Callable, Sequence

from mho.bench import InstrumentIdentity, Points, RelayPath, Selection
from mho.clock import Clock
from mho.drivers.ni_switch.session import (
    Connection,
    Result,
    SwitchSession,
    import_client,
    logged,
)
from mho.drivers.ni_switch.settings import SIMULATED, SIMULATOR, NiSwitchSettings
from mho.errors import (
    CommandRejected,
    ConnectionFailed,
    MhoError,
    Problem,
    SettingsError,
    UnsafeStateError,
)
from mho.plugin_kinds import Rehearsal, SwitchedOff, SwitchOff

NO_SUCH_PATH = -1074126840
"""No explicit path exists between the channels (NI-SWITCH)."""

_BY_HAND = (
    "Open them by hand once every output is off: reset the module in NI MAX, or switch the "
    "chassis off"
)


def matrix(settings: NiSwitchSettings, points: Points, rehearsal: Rehearsal) -> "Matrix":
    """The matrix of ``settings``, not yet connected."""
    target = settings.target
    if target == SIMULATOR:
        everything = {**points.sources, **points.lines}
        target = rehearsal.instrument(
            SIMULATED,
            {f"{settings.resource}/{address}": what for address, what in everything.items()},
            switches={settings.resource: {"topology": settings.topology}},
        )

    def connection() -> Connection:
        return Connection(target, settings.session_name_prefix, settings.timeout)

    return Matrix(settings, rehearsal.clock, connection)


class Matrix:
    """Satisfies `mho.bench.Actuator`."""

    def __init__(
        self, settings: NiSwitchSettings, clock: Clock, connection: Callable[[], Connection]
    ) -> None:
        self.name = f"NI-SWITCH {settings.resource} ({settings.target})"
        self._settings, self._clock, self._new_connection = settings, clock, connection
        self._connection: Connection | None = None
        self._session: SwitchSession | None = None
        self._settling_time = 0.0
        self._selection: Selection | None = None
        self._is_open = True  # every relay is known to be open

    def connect(self) -> InstrumentIdentity:
        """Open a session, see that it is the model of the topology, and open every relay."""
        session = self._opened()
        model = self._ask("instrument_model", lambda: session.instrument_model)
        number = self._settings.topology.partition("/")[0]
        if number not in model:
            message = f'is "{self._settings.topology}", but {self._settings.resource} is a {model}'
            raise SettingsError([Problem("select.topology", message)])
        serial = self._ask("serial_number", lambda: session.serial_number)
        settles = self._ask("settling_time", lambda: session.settling_time)
        self._settling_time = float(getattr(settles, "total_seconds", lambda: settles)())
        self._is_open = False  # not before it is known to be the module that is meant
        self._ask("disconnect_all", session.disconnect_all)
        return InstrumentIdentity(
            terminal="select",
            model=model,
            serial=serial,
            address=f"{self._settings.resource} at {self._settings.target}",
        )

    def select(self, selection: Selection) -> None:
        """Open everything, connect these paths, wait until they have settled."""
        session = self._connected()
        self._selection, self._is_open = selection, False
        listed = ",".join(f"{one.source}->{one.line}" for one in selection.paths)
        self._ask("disconnect_all", session.disconnect_all)
        self._ask(f"connect_multiple({listed})", lambda: session.connect_multiple(listed))
        self._clock.sleep(self._settling_time)

    def selected(self) -> frozenset[RelayPath]:
        """The paths that are there; of those that no instrument drives, as ``read_back`` says."""
        if self._selection is None:
            return frozenset()
        asked, driven = self._selection.paths, set(self._selection.driven)
        is_asked = self._settings.read_back == "all"
        return frozenset(
            one for one in asked if not (is_asked or one in driven) or self._exists(one)
        )

    def off(self) -> None:
        """Open everything: two attempts, the second on a new connection."""
        if self._is_open:
            return
        self._selection = None
        try:
            self._ask("disconnect_all", self._connected().disconnect_all)
        except MhoError:
            try:
                self._hang_up()
                self._ask("disconnect_all", self._opened().disconnect_all)
            except MhoError as error:
                raise UnsafeStateError(
                    f"{self.name}: its relays may be closed: {error}. {_BY_HAND}"
                ) from error
        self._is_open = True

    def disconnect(self) -> None:
        """Close the session and the connection."""
        session, self._session = self._session, None
        try:
            if session is not None:
                self._ask("close", session.close)
        except MhoError:  # it is gone, or goes with the connection
            pass
        finally:
            self._hang_up()

    def _exists(self, path: RelayPath) -> bool:
        session = self._connected()
        what = f"get_path({path.source}, {path.line})"
        try:
            return bool(self._ask(what, lambda: session.get_path(path.source, path.line)))
        except CommandRejected as error:
            if error.code == NO_SUCH_PATH:
                return False
            raise

    def _opened(self) -> SwitchSession:
        settings = self._settings
        self._connection = self._new_connection()
        self._session = self._connection.open(settings.resource, settings.topology)
        return self._session

    def _hang_up(self) -> None:
        connection, self._connection, self._session = self._connection, None, None
        if connection is not None:
            connection.close()

    def _ask(self, what: str, do: Callable[[], Result]) -> Result:
        return logged(f"{self._settings.resource} {what}", do, f"asked for {what}")

    def _connected(self) -> SwitchSession:
        if self._session is None:
            raise ConnectionFailed(f"the session on {self.name} is closed; open the bench again")
        return self._session


def switching_off(settings: NiSwitchSettings) -> SwitchOff:
    """See `mho.plugin_kinds.ActuatorKind`."""
    import_client()

    def open_all(sessions: Sequence[str], look: bool) -> list[SwitchedOff]:  # noqa: ARG001
        connection = Connection(settings.target, settings.session_name_prefix, settings.timeout)
        failure = ""
        try:
            left = [
                one
                for owner in sessions
                if (one := connection.attach(settings.resource, settings.topology, owner))
            ]
            for session in left or [connection.open(settings.resource, settings.topology)]:
                logged(f"{settings.resource} disconnect_all", session.disconnect_all, "opening all")
                logged(f"{settings.resource} close", session.close, "closing a session")
        except MhoError as error:
            failure = f"{error}. {_BY_HAND}"
        finally:
            connection.close()
        return [
            SwitchedOff(
                terminal="relays",
                channel=settings.resource,
                before="could not be told",
                failure=failure,
            )
        ]

    return open_all
