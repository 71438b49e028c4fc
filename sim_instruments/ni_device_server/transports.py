"""Where clients come in: a socket, or, for a rehearsal in the same process, a gRPC channel.

Both hand the same bytes to the same handlers. What a client is told is alike too: status, details
and trailing metadata.
"""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

import grpc

from mho.errors import ConnectionFailed
from mho.rehearsal import in_process
from mho.sim_instruments.ni_device_server.in_process_channel import Handlers, InProcessChannel

WORKERS = 32
"""More than there will be calls that wait at the same time."""


class Transport(Protocol):
    """Where clients come in."""

    @property
    def address(self) -> str:
        """What a client dials."""
        ...

    def hang(self, duration: float, context: Any) -> None:
        """Let ``duration`` seconds of the wall clock pass before a call goes on."""
        ...

    def shut(self, grace: float | None) -> None:
        """Let nobody in any more; calls in progress get ``grace`` seconds to end.

        None is a sudden death: calls in progress are cut off, and a second call tidies up.
        """
        ...


class Socket:
    """A port of 127.0.0.1; port 0 takes a free one.

    Raises
    ------
    ConnectionFailed
        The port is taken.
    """

    def __init__(self, handlers: Handlers, port: int) -> None:
        self._shut = threading.Event()
        self._workers = ThreadPoolExecutor(WORKERS, thread_name_prefix="ni-dcpower")
        self._server = grpc.server(
            self._workers,
            options=[
                ("grpc.max_receive_message_length", -1),
                ("grpc.max_send_message_length", -1),
                ("grpc.so_reuseport", 0),
            ],
        )
        self._server.add_generic_rpc_handlers(handlers)
        try:
            bound = self._server.add_insecure_port(f"127.0.0.1:{port}")
        except RuntimeError as error:
            self._workers.shutdown()
            raise ConnectionFailed(
                f"port {port} of 127.0.0.1 is taken; stop what listens there or choose another port"
            ) from error
        self.address = f"127.0.0.1:{bound}"
        self._server.start()

    def hang(self, duration: float, context: Any) -> None:  # noqa: ARG002
        """Until the duration is over or the transport is shut; a client minds its own deadline."""
        self._shut.wait(duration)

    def shut(self, grace: float | None) -> None:
        """Free the port."""
        self._shut.set()
        stopped = self._server.stop(grace)
        if grace is not None:
            stopped.wait()
            self._workers.shutdown()


class InProcess:
    """An address within this process; see `InProcessChannel`."""

    def __init__(self, handlers: Handlers) -> None:
        self._shut = threading.Event()
        self.address = in_process.offer(lambda: InProcessChannel(handlers, self._shut))

    def hang(self, duration: float, context: Any) -> None:
        """Until the duration or the time that the call has is over, or the transport is shut."""
        left = context.time_remaining()
        context.hung += duration
        self._shut.wait(duration if left is None else min(duration, left))

    def shut(self, grace: float | None) -> None:
        """From now on nobody is there, for channels that are open as well."""
        self._shut.set()
        if grace is not None:
            in_process.withdraw(self.address)
