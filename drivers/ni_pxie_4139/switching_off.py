"""Switching SMUs off that another process left on; without the device, and without a bench."""

from collections.abc import Sequence
from contextlib import suppress

from mho.drivers.ni_pxie_4139.connection import Connection, DeviceServer, LocalRuntime
from mho.drivers.ni_pxie_4139.session import (
    FAULTS,
    SmuSession,
    is_not_there,
    meaning,
    switch_off,
)
from mho.drivers.ni_pxie_4139.settings import LOCAL, NiSettings
from mho.errors import MhoError
from mho.plugin_kinds import SwitchedOff, SwitchOff
from mho.quantities import VOLT


def switching_off(settings: NiSettings) -> SwitchOff:
    """See `mho.plugin_kinds.Driver`."""
    _import_client()

    def switch_all_off(sessions: Sequence[str], look: bool) -> list[SwitchedOff]:
        connection: Connection
        if settings.target == LOCAL:
            connection = LocalRuntime()
        else:
            connection = DeviceServer(
                settings.target, settings.session_name_prefix, settings.timeout
            )
        try:
            found = [
                _switched_off(connection, name, smu.resource, sessions, look)
                for name, smu in settings.terminals.items()
            ]
            for smu in settings.terminals.values():  # after what matters
                _give_back(connection, smu.resource, sessions)
            return found
        finally:
            connection.close()

    return switch_all_off


def _switched_off(
    connection: Connection, terminal: str, resource: str, sessions: Sequence[str], look: bool
) -> SwitchedOff:
    before, failure, was_left = "", "", False
    try:
        for owner in sessions:
            session = _left(connection, resource, owner)
            if session is not None:
                was_left = True
                before = before or (_state(session) if look else "")
                switch_off(session)
                session.close()
        if not was_left:  # what nobody holds any more may be on as well
            _give_back(connection, resource, sessions)
            session = connection.open(resource)
            switch_off(session)
            session.close()
    except FAULTS as error:
        failure = str(meaning(error, resource, "switching off"))
    except MhoError as error:
        if is_not_there(error.__cause__):
            before = "not there"
        else:
            failure = str(error)
    return SwitchedOff(
        terminal=terminal,
        channel=resource,
        before=before or "could not be told",
        failure=failure,
    )


def _left(connection: Connection, resource: str, owner: str) -> SmuSession | None:
    """The session that a process which died left on a server; a local one dies with it."""
    if not isinstance(connection, DeviceServer):
        return None
    return connection.attach(resource, owner)


def _give_back(connection: Connection, resource: str, sessions: Sequence[str]) -> None:
    """What processes that died have reserved on a server."""
    if isinstance(connection, DeviceServer):
        for owner in sessions:
            connection.forget(resource, owner)


def _state(session: SmuSession) -> str:
    """How an output is, as far as its session says."""
    with suppress(*FAULTS):
        if not session.output_enabled:
            return "off"
        return f"on, level {VOLT.show(session.voltage_level)}"
    return ""


def _import_client() -> None:
    """What NI's client would import with its first session."""
    with suppress(ImportError):
        import grpc  # noqa: F401
        import nidcpower.nidcpower_pb2_grpc  # noqa: F401
