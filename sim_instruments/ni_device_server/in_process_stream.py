"""A call within one process that is answered with a stream: events."""

import logging
import queue
import threading
from collections.abc import Callable
from typing import Any, Final

import grpc

from mho.sim_instruments.ni_device_server.in_process_call import (
    Aborted,
    CallFailed,
    Context,
    Metadata,
)

_LOG = logging.getLogger("mho.sim_instruments.ni_device_server")
_OVER: Final = object()


class _StreamContext(Context):
    """The part of `grpc.ServicerContext` that a handler of streams uses."""

    def __init__(self, metadata: Metadata | None, shut: threading.Event) -> None:
        super().__init__(metadata, None)
        self._shut = shut
        self.begun = threading.Event()
        self.cancelled = threading.Event()

    def send_initial_metadata(self, initial_metadata: Metadata) -> None:
        """The client may go on."""
        del initial_metadata
        self.begun.set()

    def is_active(self) -> bool:
        """Until the client has enough, or the server stops."""
        return not (self.cancelled.is_set() or self._shut.is_set())


class Stream:
    """What a client has of such a call: an iterator of messages."""

    def __init__(
        self,
        handler: Any,
        request: bytes,
        decode: Callable[[bytes], Any] | None,
        metadata: Metadata | None,
        shut: threading.Event,
    ) -> None:
        self._decode = decode
        self._context = _StreamContext(metadata, shut)
        self._messages: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._failure: CallFailed | None = None
        self._ended = threading.Event()
        received = handler.request_deserializer(request)
        threading.Thread(
            target=self._serve, args=(handler, received), name="in-process stream", daemon=True
        ).start()

    def _serve(self, handler: Any, request: Any) -> None:
        context = self._context
        try:
            for message in handler.unary_stream(request, context):
                self._messages.put(message)
        except Aborted:
            pass
        except Exception as error:  # as gRPC does, so that a client never sees the server's own
            _LOG.exception("Exception iterating responses: %s", error)
            context.set_code(grpc.StatusCode.UNKNOWN)
            context.set_details(f"Exception iterating responses: {error}")
        code = context.code()
        if code not in (None, grpc.StatusCode.OK):
            details = context.details().decode()
            self._failure = CallFailed(code, details, context.trailing_metadata())
        self._ended.set()
        context.begun.set()
        self._messages.put(_OVER)

    def initial_metadata(self) -> tuple[()]:
        """Wait until the server has taken the call."""
        self._context.begun.wait()
        return ()

    def done(self) -> bool:
        """Whether it has ended."""
        return self._ended.is_set()

    def exception(self) -> CallFailed | None:
        """What it has ended with; waits for the end."""
        self._ended.wait()
        return self._failure

    def cancel(self) -> bool:
        """No more messages."""
        self._context.cancelled.set()
        self._messages.put(_OVER)
        return True

    def __iter__(self) -> "Stream":
        return self

    def __next__(self) -> Any:
        message = self._messages.get()
        if message is _OVER:
            self._messages.put(_OVER)
            if self._context.cancelled.is_set():
                raise CallFailed(grpc.StatusCode.CANCELLED, "Locally cancelled by application!")
            if self._failure is not None:
                raise self._failure
            raise StopIteration
        return message if self._decode is None else self._decode(message)
