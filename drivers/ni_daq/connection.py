"""Where tasks come from: NI's runtime on this computer, or an NI gRPC Device Server."""

from contextlib import suppress
from typing import Any, Protocol

from mho.drivers.ni_daq.client import FAULTS, Task, logged
from mho.drivers.ni_grpc_channel import TimedChannel, channel_to, rpc_status
from mho.errors import ConnectionFailed
from mho.owner import this_process

_READY_TIME = 5.0
"""Seconds a server may take to accept the connection."""


class Connection(Protocol):
    """Opens tasks at one place. Faults of NI's client pass through as they come (`FAULTS`)."""

    @property
    def place(self) -> str:
        """Where that is, for people."""
        ...

    @property
    def owner(self) -> str:
        """What the names of the tasks of this process end with."""
        ...

    def task(self, name: str) -> Task:
        """A new task; names are those of this process alone."""
        ...

    def clear_left(self, name: str, owner: str) -> None:
        """Clear the task of that name that ``owner`` left on a server; nothing if there is none."""
        ...

    def card(self, name: str) -> Any:
        """The card (``nidaqmx.system.Device``)."""
        ...

    def close(self) -> None:
        """Hang up; the tasks must be closed before."""
        ...


class LocalRuntime:
    """NI-DAQmx on this computer."""

    place = "this computer"
    owner = ""

    def task(self, name: str) -> Task:
        """A new task."""
        import nidaqmx

        made: Task = logged(f"{name} create", " (local)", lambda: nidaqmx.Task(name))
        return made

    def clear_left(self, name: str, owner: str) -> None:
        """Nothing: the tasks of a process die with it."""

    def card(self, name: str) -> Any:
        """The card."""
        from nidaqmx.system.device import Device

        return Device(name)

    def close(self) -> None:
        """Nothing to hang up."""


class DeviceServer:
    """An NI gRPC Device Server, real or simulated, at ``host:port``.

    Tasks are named after what they do and this process, so that one that was left is found again.

    Raises
    ------
    ConnectionFailed
        grpc is not installed, or no server answers within 5 s.
    """

    def __init__(self, address: str, timeout: float) -> None:
        try:
            import grpc
        except ModuleNotFoundError as error:
            raise ConnectionFailed(
                "NI's client needs its gRPC part to reach a device server: "
                "pip install nidaqmx[grpc]"
            ) from error
        self.place = address
        self.owner = this_process.session_suffix()
        self._channel = channel_to(address)
        self._timed_channel = TimedChannel(self._channel, timeout)
        try:
            ready = grpc.channel_ready_future(self._channel)
            logged(f"{address} connect", "", lambda: ready.result(timeout=_READY_TIME))
        except grpc.FutureTimeoutError:
            self._channel.close()
            raise ConnectionFailed(
                f"no NI gRPC Device Server answers at {address}. Start it, see whether its "
                "configuration allows other computers, and compare host and port (31763 unless "
                'changed); or set target = "local" or "simulator" in the bench file'
            ) from None
        except BaseException:
            self._channel.close()
            raise

    def task(self, name: str) -> Task:
        """A new task."""
        from nidaqmx import SessionInitializationBehavior as Behaviour

        try:
            return self._task(f"{name} {self.owner}", Behaviour.INITIALIZE_SERVER_SESSION)
        except FAULTS:
            with suppress(*FAULTS):  # it may have come to be all the same
                self.clear_left(name, self.owner)
            raise

    def clear_left(self, name: str, owner: str) -> None:
        """Clear the task of that name that ``owner`` left; nothing if there is none."""
        from nidaqmx import SessionInitializationBehavior as Behaviour
        from nidaqmx.errors import RpcError

        try:
            left = self._task(f"{name} {owner}", Behaviour.ATTACH_TO_SERVER_SESSION)
        except RpcError as error:
            if rpc_status(error) == "FAILED_PRECONDITION":  # there is none
                return
            raise
        logged(f"{name} clear", "", left.close)

    def card(self, name: str) -> Any:
        """The card."""
        from nidaqmx import GrpcSessionOptions
        from nidaqmx.system.device import Device

        options = GrpcSessionOptions(self._timed_channel, "")
        return logged(f"{name} find", "", lambda: Device(name, grpc_options=options))

    def close(self) -> None:
        """Close the channel to the server."""
        self._channel.close()

    def _task(self, name: str, behaviour: Any) -> Task:
        import nidaqmx

        options = nidaqmx.GrpcSessionOptions(
            self._timed_channel,
            name,
            initialization_behavior=behaviour,
        )
        how = f" ({behaviour.name} at {self.place})"
        made: Task = logged(f"{name} create", how, lambda: nidaqmx.Task(name, grpc_options=options))
        return made
