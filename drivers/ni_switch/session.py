"""Sessions of NI's client: NI's runtime on this computer, or an NI gRPC Device Server.

``niswitch`` imports without NI's runtime; only opening a session needs it, or grpc. If somebody
listens to the logger, every exchange is logged at DEBUG.
"""

import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Protocol, TypeVar, cast

from mho.errors import CommandRejected, ConnectionFailed, InstrumentTimeout, MhoError
from mho.interrupts import deferred
from mho.owner import this_process
from mho.rehearsal.in_process import connection_to

_LOG = logging.getLogger("mho.drivers.ni_switch")

_READY_TIME = 5.0
"""Seconds a server may take to accept the connection."""

_OPTIONS = (
    ("grpc.enable_http_proxy", 0),  # with a proxy set gRPC would send even loopback through it
    ("grpc.max_reconnect_backoff_ms", 1000),
)

Result = TypeVar("Result")


class SwitchSession(Protocol):
    """The members of ``niswitch.Session`` that this driver uses; one call is one exchange."""

    instrument_model: str
    serial_number: str
    instrument_firmware_revision: str
    settling_time: Any

    def connect_multiple(self, connection_list: str) -> None:
        """Make these paths, ``r0->c5,r1->c6``; ends at the first that cannot be made."""
        ...

    def disconnect_all(self) -> None:
        """Open everything."""
        ...

    def get_path(self, channel1: str, channel2: str) -> str:
        """The path between two channels; refused where there is none."""
        ...

    def close(self) -> None:
        """Close the session; relays stay as they are."""
        ...


class Connection:
    """Opens sessions on a module.

    Raises
    ------
    ConnectionFailed
        NI's client is not installed, or no server answers within 5 s.
    """

    def __init__(self, target: str, prefix: str, timeout: float) -> None:
        import_client()
        self.place = "this computer" if target == "local" else target
        self._prefix = prefix
        self._channel: Any = None if target == "local" else _channel_to(target)
        self._timed = None if self._channel is None else _Timed(self._channel, timeout)
        if self._channel is not None:
            self._wait_for_server()

    def open(self, resource: str, topology: str) -> SwitchSession:
        """A session of this process on the module; on a server, the one that it has already."""
        return self._session(resource, topology, this_process.session_suffix(), "AUTO")

    def attach(self, resource: str, topology: str, owner: str) -> SwitchSession | None:
        """The session that a process which died has left on a server, if it has."""
        if self._channel is None:
            return None
        with suppress(ConnectionFailed, CommandRejected):
            return self._session(resource, topology, owner, "ATTACH_TO_SERVER_SESSION")
        return None

    def close(self) -> None:
        """Hang up."""
        if self._channel is not None:
            self._channel.close()

    def _session(self, resource: str, topology: str, owner: str, how: str) -> SwitchSession:
        import niswitch

        options = None
        if self._timed is not None:
            behaviour = niswitch.SessionInitializationBehavior[how]
            name = f"{self._prefix}{resource} {owner}"
            options = niswitch.GrpcSessionOptions(
                cast("Any", self._timed), name, initialization_behavior=behaviour
            )
        return logged(
            f"{resource} open",
            lambda: cast(
                "SwitchSession", niswitch.Session(resource, topology, grpc_options=options)
            ),
            f"opening {resource} as {topology} at {self.place}",
        )

    def _wait_for_server(self) -> None:
        import grpc

        ready = grpc.channel_ready_future(self._channel)
        try:
            ready.result(timeout=_READY_TIME)
        except grpc.FutureTimeoutError:
            self._channel.close()
            raise ConnectionFailed(
                f"no NI gRPC Device Server answers at {self.place}. Start it, see whether its "
                "configuration allows other computers, and compare host and port (31763 unless "
                "changed)"
            ) from None
        except BaseException:
            self._channel.close()
            raise


def logged(what: str, do: Callable[[], Result], doing: str) -> Result:
    """One exchange, with a line in the log before and after it.

    Raises
    ------
    CommandRejected
        NI-SWITCH refuses; carries NI's code.
    InstrumentTimeout, ConnectionFailed
        No answer in time, or nobody is there.
    """
    import niswitch

    _LOG.debug("-> %s", what)
    try:
        result = do()
    except (niswitch.errors.Error, ValueError) as error:
        _LOG.debug("!! %s: %s", what, error)
        raise _meaning(error, doing) from error
    _LOG.debug("<- %s: %s", what, result if isinstance(result, str) else "done")
    return result


def _meaning(error: Exception, doing: str) -> MhoError:
    rpc_code = getattr(getattr(error, "rpc_code", None), "name", "")
    if rpc_code == "DEADLINE_EXCEEDED":
        return InstrumentTimeout(f"no answer in time from NI-SWITCH, {doing}")
    code = getattr(error, "code", None)
    if isinstance(code, int):
        return CommandRejected(f"NI-SWITCH refuses, {doing}: {error}", code)
    advice = "see that NI-SWITCH is installed there, and that the device server runs"
    return ConnectionFailed(f"NI-SWITCH cannot be reached, {doing}: {error}; {advice}")


def import_client() -> None:
    """Import NI's client and its messages.

    Raises
    ------
    ConnectionFailed
        It is not installed.
    """
    try:
        import grpc  # noqa: F401
        import niswitch.niswitch_pb2_grpc  # noqa: F401
    except ImportError as error:
        raise ConnectionFailed(
            f'NI\'s client for matrices is not installed ({error}): pip install "niswitch[grpc]"'
        ) from error


def _channel_to(address: str) -> Any:
    """To a server in this process, if one has the address, else over the network."""
    import grpc

    return connection_to(address) or grpc.insecure_channel(address, options=_OPTIONS)


class _Timed:
    """A gRPC channel whose calls all have a deadline, and are not interrupted half-way."""

    def __init__(self, channel: Any, timeout: float) -> None:
        self._channel, self._timeout = channel, timeout

    def unary_unary(self, *args: Any, **kwargs: Any) -> Any:
        """As ``grpc.Channel.unary_unary``."""
        call: Any = self._channel.unary_unary(*args, **kwargs)
        timeout = self._timeout

        def exchange(request: Any, metadata: Any = None) -> Any:
            with deferred():
                try:
                    answer = call(request, timeout, metadata)
                except Exception as error:  # an interrupt that came meanwhile goes before it
                    answer = error
            if isinstance(answer, Exception):
                raise answer
            return answer

        return exchange

    def __getattr__(self, name: str) -> Any:
        return getattr(self._channel, name)
