"""A gRPC channel to a server in the same process, for clients of unary calls and of streams.

A request is serialised, handed to the handler that a socket would hand it to, and the reply is
deserialised; what goes wrong is told with the status, details and trailing metadata that it has
over a socket. Nothing of gRPC's machinery is needed for it, which costs several times what a
simulated instrument does.
"""

import threading
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import grpc

from mho.sim_instruments.ni_device_server.in_process_call import CallFailed, Context, Metadata
from mho.sim_instruments.ni_device_server.in_process_stream import Stream

Handlers = Sequence[grpc.GenericRpcHandler]
Listener = Callable[[grpc.ChannelConnectivity], None]


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
            self._check(bool(wait_for_ready) and timeout is not None)
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

    def unary_stream(
        self,
        method: str,
        request_serializer: Callable[[Any], bytes] | None = None,
        response_deserializer: Callable[[bytes], Any] | None = None,
        _registered_method: bool | None = False,
    ) -> Callable[..., Stream]:
        """As that of `grpc.Channel`: a callable that sends a request and gives a stream."""

        def call(
            request: Any,
            timeout: float | None = None,
            metadata: Metadata | None = None,
            credentials: object = None,
            wait_for_ready: bool | None = None,
            compression: object = None,
        ) -> Stream:
            del timeout, credentials, compression
            self._check(bool(wait_for_ready))
            sent = request if request_serializer is None else request_serializer(request)
            handler = self._handler(method, metadata)
            return Stream(handler, sent, response_deserializer, metadata, self._shut)

        return call

    def _check(self, waits: bool) -> None:
        if self._is_closed:
            raise ValueError("Cannot invoke RPC on closed channel!")
        if self._shut.is_set():  # and does not come back, however long somebody waits
            status = grpc.StatusCode
            code = status.DEADLINE_EXCEEDED if waits else status.UNAVAILABLE
            raise CallFailed(code, "the server has stopped")

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
