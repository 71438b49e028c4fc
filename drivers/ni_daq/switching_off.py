"""Bringing the outputs of cards to 0 V that another process left on; without a bench."""

from collections.abc import Sequence
from contextlib import suppress

from mho.clock import RealClock
from mho.drivers.ni_daq.client import FAULTS, is_not_there, meaning
from mho.drivers.ni_daq.connection import Connection, DeviceServer, LocalRuntime
from mho.drivers.ni_daq.settings import LOCAL, NiDaqSettings
from mho.drivers.ni_daq.tasks import Names, Tasks
from mho.plugin_kinds import SwitchedOff, SwitchOff


def switching_off(settings: NiDaqSettings) -> SwitchOff:
    """See `mho.plugin_kinds.Driver`."""
    _import_client()

    def switch_all_off(sessions: Sequence[str], look: bool) -> list[SwitchedOff]:  # noqa: ARG001
        connection: Connection
        if settings.target == LOCAL:
            connection = LocalRuntime()
        else:
            connection = DeviceServer(settings.target, settings.timeout)
        try:
            before, failure = _all_to_zero(connection, settings, sessions)
        finally:
            connection.close()
        return [
            SwitchedOff(
                terminal=name,
                channel="/".join(settings.place(terminal)),
                before=before,
                failure=failure,
            )
            for name, terminal in settings.driven.items()
        ]

    return switch_all_off


def _all_to_zero(
    connection: Connection, settings: NiDaqSettings, sessions: Sequence[str]
) -> tuple[str, str]:
    """How the outputs were, and why they may not be at 0 V. An output cannot be read back."""
    names = Names.of(settings, settings.driven)
    try:
        for owner in sessions:
            for name in names.tasks:
                with suppress(*FAULTS):  # what counts is whether the outputs go to 0 V
                    connection.clear_left(name, owner)
        Tasks(connection, names, tuple(settings.driven), RealClock()).to_zero()
    except FAULTS as error:
        if is_not_there(error):
            return "not there", ""
        return "could not be told", str(meaning(error, settings.card, "switching off"))
    return "could not be told", ""


def _import_client() -> None:
    """What NI's client would import with its first task."""
    with suppress(ImportError):
        import grpc  # noqa: F401
        import nidaqmx._grpc_interpreter
        import nidaqmx.stream_writers
        import nidaqmx.system.device  # noqa: F401
