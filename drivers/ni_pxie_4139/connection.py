"""Where sessions come from: NI's runtime on this computer, or an NI gRPC Device Server."""

from typing import Any, Protocol

from mho.drivers.ni_grpc_channel import TimedChannel, channel_to, rpc_status
from mho.drivers.ni_pxie_4139.logged_session import logged, open_logged
from mho.drivers.ni_pxie_4139.reservations import Reservations
from mho.drivers.ni_pxie_4139.session import (
    FAULTS,
    SmuSession,
    is_taken,
    is_unavailable,
    opening_failure,
)
from mho.errors import ConnectionFailed
from mho.owner import this_process

_READY_TIME = 5.0
"""Seconds a server may take to accept the connection, be it at first or once it was lost."""

_READY_TIME_IF_LOST = 0.5
"""The same for one that has been waited for in vain, and is asked again to switch off more."""


class Connection(Protocol):
    """Opens sessions at one place."""

    @property
    def place(self) -> str:
        """Where that is, for people."""
        ...

    @property
    def exchanges(self) -> int | None:
        """With the server so far; None where there is none."""
        ...

    def open(self, resource: str) -> SmuSession:
        """A new session on ``resource``; `ConnectionFailed` says why there is none."""
        ...

    def close(self) -> None:
        """Hang up; the sessions must be closed before."""
        ...


class LocalRuntime:
    """NI-DCPower on this computer."""

    place = "this computer"
    exchanges = None

    def open(self, resource: str) -> SmuSession:
        """A new session on ``resource``; `ConnectionFailed` says why there is none."""
        from nidcpower import Session

        try:
            return open_logged(resource, "local", lambda: Session(resource))
        except FAULTS as error:
            raise opening_failure(error, resource, self.place) from error

    def close(self) -> None:
        """Nothing to hang up."""


class DeviceServer:
    """An NI gRPC Device Server, real or simulated, at ``host:port``.

    Sessions are named after their resource and this process, so that no other process attaches to
    one by accident. Where the server keeps reservations, each resource is reserved as well: that
    is seen by other computers, too.

    Raises
    ------
    ConnectionFailed
        grpc is not installed, or no server answers within 5 s.
    """

    def __init__(self, address: str, session_name_prefix: str, timeout: float) -> None:
        try:
            import grpc
        except ModuleNotFoundError as error:
            raise ConnectionFailed(
                "NI's client needs its gRPC part to reach a device server: "
                "pip install nidcpower[grpc]"
            ) from error
        self.place = address
        self._prefix = session_name_prefix
        self._owner = this_process.session_suffix()
        self._channel = channel_to(address)
        self._timed_channel = TimedChannel(self._channel, timeout)
        self._reservations = Reservations(self._channel, address, self._owner)
        self._was_lost = False
        try:
            ready = grpc.channel_ready_future(self._channel)
            logged(f"{address} connect", "", lambda: ready.result(timeout=_READY_TIME))
        except grpc.FutureTimeoutError:
            self._channel.close()
            raise self._no_answer() from None
        except BaseException:
            self._channel.close()
            raise

    def open(self, resource: str) -> SmuSession:
        """A new session on ``resource``; `ConnectionFailed` says why there is none."""
        from nidcpower import SessionInitializationBehavior as Behaviour

        try:
            self._reservations.reserve(resource)
            try:
                return self._session(resource, self._owner, Behaviour.INITIALIZE_SERVER_SESSION)
            except FAULTS as error:
                if is_unavailable(error):
                    self._wait_for_server()
                elif not is_taken(error):
                    raise
                leftover = self.attach(resource, self._owner)  # ours, once the connection was lost
                if leftover is not None:
                    leftover.reset()
                    leftover.close()
            return self._session(resource, self._owner, Behaviour.INITIALIZE_SERVER_SESSION)
        except FAULTS as error:
            raise opening_failure(error, resource, self.place) from error

    @property
    def exchanges(self) -> int:
        """With the server so far."""
        return self._timed_channel.exchanges

    def attach(self, resource: str, owner: str) -> SmuSession | None:
        """The session that a process left on ``resource``, by the end of its name, if it did."""
        from nidcpower import SessionInitializationBehavior as Behaviour
        from nidcpower.errors import RpcError

        try:
            return self._session(resource, owner, Behaviour.ATTACH_TO_SERVER_SESSION)
        except RpcError as error:
            if rpc_status(error) == "FAILED_PRECONDITION":  # there is none
                return None
            raise

    def forget(self, resource: str, owner: str) -> None:
        """Give back what a process that died has reserved."""
        self._reservations.give_back(resource, owner)

    def close(self) -> None:
        """Give back what is reserved and close the channel to the server."""
        self._reservations.close()
        self._channel.close()

    def _wait_for_server(self) -> None:
        """Until a server that was lost is there again; any answer of it will do."""
        import grpc

        hello = TimedChannel(
            self._channel,
            _READY_TIME_IF_LOST if self._was_lost else _READY_TIME,
            waits_for_server=True,
        )
        self._was_lost = False
        try:
            exchange = hello.unary_unary("/mho/hello")
            logged(f"{self.place} hello", "", lambda: exchange(b""))
        except grpc.RpcError as error:
            if error.code() is grpc.StatusCode.DEADLINE_EXCEEDED:
                self._was_lost = True
                raise self._no_answer() from None

    def _no_answer(self) -> ConnectionFailed:
        return ConnectionFailed(
            f"no NI gRPC Device Server answers at {self.place}. Start it, see whether its "
            "configuration allows other computers, and compare host and port (31763 "
            "unless changed)"
        )

    def _session(self, resource: str, owner: str, behaviour: Any) -> SmuSession:
        from nidcpower import GrpcSessionOptions, Session

        name = f"{self._prefix}{resource} {owner}"
        options = GrpcSessionOptions(self._timed_channel, name, initialization_behavior=behaviour)
        how = f"{behaviour.name} at {self.place}"
        return open_logged(resource, how, lambda: Session(resource, grpc_options=options))
