"""What a handler and a client see of a call within one process."""

import logging
from collections.abc import Iterable
from typing import Any, NamedTuple, Never

import grpc

Metadata = Iterable[tuple[str, str | bytes]]

_LOG = logging.getLogger("mho.sim_instruments.ni_device_server")


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


class Aborted(Exception):
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
        except Aborted:
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

    def trailing_metadata(self) -> Metadata:
        """What goes back beside status and reply."""
        return self._trailing

    def abort(self, code: grpc.StatusCode, details: str) -> Never:
        """End the call with a status."""
        self._code, self._details = code, details
        raise Aborted

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
