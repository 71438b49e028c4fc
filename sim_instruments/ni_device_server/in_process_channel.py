"""A gRPC channel to a server in the same process, for clients that make unary calls.

A request is serialised, handed to the handler that a socket would hand it to, and the reply is
deserialised; what goes wrong is told with the status, details and trailing metadata that it has
over a socket. Nothing of gRPC's machinery is needed for it, which costs several times what a
simulated instrument does.
"""

import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple, Never

import grpc

Handlers = Sequence[grpc.GenericRpcHandler]
Metadata = Iterable[tuple[str, str | bytes]]
Listener = Callable[[grpc.ChannelConnectivity], None]

_LOG = logging.getLogger("mho.sim_instruments.ni_device_server")


class InProcessChannel:
    """What a client has in place of a `grpc.Channel`.

    A call is answered in the thread that makes it. Its deadline counts nothing but the time that a
    fault makes it hang: whatever else it takes is the computer's, and no measure of a virtual
    clock. A call that is told to be too late has been carried out by then, as far as the fault
    lets it.
    """

    def __init__(self, handlers: Handlers, shut: threading.Event) -> None:
        self._handlers = handlers
        self._shut = shut
        self._is_closed = False

    def close(self) -> None:
        """Take no more calls; the server stays."""
        self._is_closed = True

    def subscribe(self, callback: Listener, try_to_connect: bool | None = None) -> None:
        """Tell how the channel is: there is nothing to wait for."""
        del try_to_connect
        shut = self._shut.is_set()
        state = grpc.ChannelConnectivity
        callback(state.TRANSIENT_FAILURE if shut else state.READY)

    def unsubscribe(self, callback: Listener) -> None:
        """Nothing: no more will be told."""

    def unary_unary(
        self,
        method: str,
        request_serializer: Callable[[Any], bytes] | None = None,
        response_deserializer: Callable[[bytes], Any] | None = None,
        _registered_method: bool | None = False,
    ) -> Callable[..., Any]:
        """As that of `grpc.Channel`: a callable that sends a request and gives the reply."""
        handler: Any = None

        def call(
            request: Any,
            timeout: float | None = None,
            metadata: Metadata | None = None,
            credentials: object = None,
            wait_for_ready: bool | None = None,
            compression: object = None,
        ) -> Any:
            del credentials, compression
            nonlocal handler
            if self._is_closed:
                raise ValueError("Cannot invoke RPC on closed channel!")
            if self._shut.is_set():  # and does not come back, however long somebody waits
                waits = wait_for_ready and timeout is not None
                status = grpc.StatusCode
                code = status.DEADLINE_EXCEEDED if waits else status.UNAVAILABLE
                raise CallFailed(code, "the server has stopped")
            sent = request if request_serializer is None else request_serializer(request)
            if handler is None:
                handler = self._handler(method, metadata)
            reply = Context(metadata, timeout).answer(handler, sent)
            if response_deserializer is None:
                return reply
            try:
                return response_deserializer(reply)
            except Exception:
                told = "Exception deserializing response!"
                raise CallFailed(grpc.StatusCode.INTERNAL, told) from None

        return call

    def _handler(self, method: str, metadata: Metadata | None) -> Any:
        details: Any = _CallDetails(method, tuple(metadata or ()))
        for handlers in self._handlers:
            found = handlers.service(details)
            if found is not None:
                return found
        raise CallFailed(grpc.StatusCode.UNIMPLEMENTED, "Method not found!")


class _CallDetails(NamedTuple):
    """What a generic handler is asked by; as `grpc.HandlerCallDetails`."""

    method: str
    invocation_metadata: tuple[tuple[str, str | bytes], ...]


class _Metadatum(NamedTuple):
    key: str
    value: str | bytes


class CallFailed(grpc.RpcError):
    """A call that was answered with a status; told as over a socket."""

    def __init__(self, code: grpc.StatusCode, details: str, trailing: Metadata = ()) -> None:
        super().__init__(f"{code}: {details}")
        self._code, self._details = code, details
        self._trailing = tuple(_Metadatum(*entry) for entry in trailing)

    def code(self) -> grpc.StatusCode:
        """The status."""
        return self._code

    def details(self) -> str:
        """What the server said about it."""
        return self._details

    def trailing_metadata(self) -> tuple[Any, ...]:
        """What came with it, keys and values."""
        return self._trailing


class _Aborted(Exception):
    """The handler has ended the call."""


class Context:
    """The part of `grpc.ServicerContext` that the handlers of unary calls use.

    ``hung`` counts the seconds that a fault has made the call hang.
    """

    def __init__(self, metadata: Metadata | None, timeout: float | None) -> None:
        self.hung = 0.0
        self._metadata = tuple(metadata or ())
        self._timeout = timeout
        self._trailing: Metadata = ()
        self._code: grpc.StatusCode | None = None
        self._details = ""

    def answer(self, handler: Any, request: bytes) -> bytes:
        """The encoded reply of a handler, or `CallFailed` with the status it gave."""
        try:
            received = handler.request_deserializer(request)
        except Exception:
            told = "Exception deserializing request!"
            raise CallFailed(grpc.StatusCode.INTERNAL, told) from None
        try:
            reply = handler.unary_unary(received, self)
            encode = handler.response_serializer
            encoded: bytes = reply if encode is None else encode(reply)
        except _Aborted:
            encoded = b""
        except Exception as error:  # as gRPC does, so that a client never sees the server's own
            _LOG.exception("Exception calling application: %s", error)
            self._code = grpc.StatusCode.UNKNOWN
            self._details = f"Exception calling application: {error}"
        if self._timeout is not None and self.hung >= self._timeout:
            raise CallFailed(grpc.StatusCode.DEADLINE_EXCEEDED, "Deadline Exceeded")
        if self._code not in (None, grpc.StatusCode.OK):
            raise CallFailed(self._code, self._details, self._trailing)
        return encoded

    def invocation_metadata(self) -> tuple[_Metadatum, ...]:
        """What came with the call."""
        return tuple(_Metadatum(*entry) for entry in self._metadata)

    def set_trailing_metadata(self, trailing_metadata: Metadata) -> None:
        """What goes back beside status and reply."""
        self._trailing = trailing_metadata

    def abort(self, code: grpc.StatusCode, details: str) -> Never:
        """End the call with a status."""
        self._code, self._details = code, details
        raise _Aborted

    def set_code(self, code: grpc.StatusCode) -> None:
        """The status that the call ends with."""
        self._code = code

    def set_details(self, details: str) -> None:
        """What is said about the status."""
        self._details = details

    def code(self) -> grpc.StatusCode | None:
        """The status, as far as it was set."""
        return self._code

    def details(self) -> bytes:
        """What is said about it, as gRPC keeps it."""
        return self._details.encode()

    def is_active(self) -> bool:
        """True: its client waits for it."""
        return True

    def time_remaining(self) -> float | None:
        """Seconds that the call may still hang; None without a deadline."""
        return None if self._timeout is None else max(0.0, self._timeout - self.hung)

    def peer(self) -> str:
        """Who calls."""
        return "in-process"
