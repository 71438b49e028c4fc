"""Channels to an NI gRPC Device Server, for every client of NI's that goes through one.

And what it means where such a server does not answer.
"""

from typing import TYPE_CHECKING, Any, cast

from mho.errors import (
    CommandRejected,
    ConnectionFailed,
    InstrumentTimeout,
    MhoError,
    ReplyError,
)
from mho.interrupts import deferred
from mho.rehearsal.in_process import connection_to

if TYPE_CHECKING:
    import grpc

OPTIONS = (
    # With a proxy variable set, gRPC would send even loopback through the proxy.
    ("grpc.enable_http_proxy", 0),
    # The default of 4 MB stops long fetches; NI's server is unlimited.
    ("grpc.max_receive_message_length", -1),
    ("grpc.max_send_message_length", -1),
    # A server that is lost is tried again every second; gRPC would come to every two minutes.
    ("grpc.max_reconnect_backoff_ms", 1000),
)
"""Of every channel over the network."""


def channel_to(address: str) -> "grpc.Channel":
    """To a server in this process, if one has the address, else over the network."""
    import grpc

    within = connection_to(address)
    if within is not None:
        return cast("grpc.Channel", within)
    return grpc.insecure_channel(address, options=OPTIONS)


class TimedChannel:
    """A gRPC channel whose unary calls all have a deadline, as NI's clients set none.

    An interrupt waits for the answer. Raised within gRPC it may leave a lock of the channel held,
    on which every other thread that comes across the channel waits for ever (seen on a busy
    computer); nor could it be told whether the call is still to be carried out. With
    ``waits_for_server`` a server that is not there is waited for. ``exchanges`` counts the calls.
    """

    def __init__(
        self, channel: "grpc.Channel", timeout: float, *, waits_for_server: bool = False
    ) -> None:
        self._channel = channel
        self._timeout = timeout
        self._waits_for_server = waits_for_server
        self._calls: dict[str, Any] = {}
        self.exchanges = 0

    def unary_unary(self, method: str, *args: Any, **kwargs: Any) -> Any:
        """As ``grpc.Channel.unary_unary``; the callable it gives never waits longer.

        Each is made once: NI-DAQmx's client asks for all of its 451 with every task.
        """
        if method not in self._calls:
            self._calls[method] = self._timed(self._channel.unary_unary(method, *args, **kwargs))
        return self._calls[method]

    def _timed(self, call: Any) -> Any:
        timeout, waits_for_server = self._timeout, self._waits_for_server

        def exchange(request: Any, metadata: Any = None) -> Any:
            self.exchanges += 1
            with deferred():
                try:
                    answer = call(request, timeout, metadata, None, waits_for_server)
                except Exception as error:  # an interrupt that came meanwhile goes before it
                    answer = error
            if isinstance(answer, Exception):
                raise answer
            return answer

        return exchange

    def unary_stream(self, *args: Any, **kwargs: Any) -> Any:
        """As ``grpc.Channel.unary_stream``; a connection within the process need not have any.

        NI's client makes those of its events beforehand, whether or not somebody asks for events.
        """
        streams = getattr(self._channel, "unary_stream", None)
        return None if streams is None else streams(*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._channel, name)


def rpc_status(error: Any) -> str:
    """The gRPC status of an ``RpcError`` of NI's clients, by name."""
    return getattr(error.rpc_code, "name", "")


def rpc_meaning(error: Any, where: str, asked: str) -> MhoError:
    """The error of ours for an ``RpcError`` of NI's clients.

    ``where`` names instrument and place, ``asked`` what was to be done.
    """
    match rpc_status(error):
        case "UNAVAILABLE":
            return ConnectionFailed(
                f"{where}: the NI gRPC Device Server is gone ({asked}). See whether it still "
                "runs and whether the network is up"
            )
        case "DEADLINE_EXCEEDED":
            return InstrumentTimeout(
                f"{where}: the NI gRPC Device Server did not answer in time ({asked})"
            )
        case "UNIMPLEMENTED":
            return CommandRejected(
                f"{where}: this NI gRPC Device Server cannot do it ({asked}); upgrade it"
            )
    return ReplyError(f"{where}: unexpected answer ({asked}): {error}")
