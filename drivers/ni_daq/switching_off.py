"""Bringing the outputs of cards to 0 V that another process left on; without a bench."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from mho.clock import RealClock
from mho.drivers.ni_daq.client import FAULTS, is_not_there, meaning
from mho.drivers.ni_daq.connection import Connection, DeviceServer, LocalRuntime
from mho.drivers.ni_daq.settings import LOCAL, NiDaqSettings
from mho.drivers.ni_daq.task_names import Names, Outputs
from mho.drivers.ni_daq.tasks import Tasks
from mho.plugin_kinds import SwitchedOff, SwitchOff


def switching_off(settings: NiDaqSettings) -> SwitchOff:
    """See `mho.plugin_kinds.Driver`."""
    _import_client()

    def switch_all_off(sessions: Sequence[str], look: bool) -> list[SwitchedOff]:  # noqa: ARG001
        names = Names.of(settings, settings.driven)
        connection: Connection
        if settings.target == LOCAL:
            connection = LocalRuntime()
        else:
            connection = DeviceServer(settings.target, settings.timeout)
        try:
            for owner in sessions:
                for name in names.tasks:
                    with suppress(*FAULTS):  # what counts is whether the outputs go to 0 V
                        connection.clear_left(name, owner)
            found = {one.card: _to_zero(connection, names, one) for one in names.outputs}
        finally:
            connection.close()
        return [
            SwitchedOff(
                terminal=terminal,
                channel=channel,
                before=found[one.card][0],
                failure=found[one.card][1],
            )
            for one in names.outputs
            for terminal, channel in zip(one.terminals, one.channels, strict=True)
        ]

    return switch_all_off


def _to_zero(connection: Connection, names: Names, outputs: Outputs) -> tuple[str, str]:
    """How the outputs of a card were, and why they may not be at 0 V; none can be read back."""
    own = replace(names, outputs=(outputs,))
    try:
        Tasks(connection, own, outputs.terminals, RealClock()).to_zero()
    except FAULTS as error:
        if is_not_there(error):
            return "not there", ""
        return "could not be told", str(meaning(error, outputs.card, "switching off"))
    return "could not be told", ""


def _import_client() -> None:
    """What NI's client would import with its first task."""
    with suppress(ImportError):
        import grpc  # noqa: F401
        import nidaqmx._grpc_interpreter
        import nidaqmx.stream_writers
        import nidaqmx.system.device  # noqa: F401
