"""The mainframe behind a TCP server on loopback; a line feed ends every message, both ways."""

import socket
import socketserver
import threading

from mho.errors import ConnectionFailed
from mho.sim_instruments.keithley_707b.mainframe import Mainframe

HOST = "127.0.0.1"

_LONGEST = 64 * 1024
"""Bytes of a line; what is longer is no command."""


class TcpServer:
    """Satisfies `mho.plugin_kinds.RunningInstrument`; ``mainframe`` is what answers.

    Raises
    ------
    ConnectionFailed
        The port is taken.
    """

    def __init__(self, mainframe: Mainframe, port: int) -> None:
        self.mainframe = mainframe
        self._clients: set[socket.socket] = set()
        try:
            self._server = _Server(self, port)
        except OSError as error:
            raise ConnectionFailed(
                f"port {port} on {HOST} cannot be used: {error}. Give another port, or 0 for any"
            ) from error
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), name="keithley-707b", daemon=True
        )
        self._thread.start()
        self._stopped = False

    @property
    def address(self) -> str:
        """VISA resource and library."""
        return f"TCPIP0::{HOST}::{self.port}::SOCKET @py"

    def stop(self) -> None:
        """Stop listening, hang up and free the port; may be called again."""
        if self._stopped:
            return
        self._stopped = True
        self._server.shutdown()
        self._server.server_close()
        for client in tuple(self._clients):
            try:
                client.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue
        self._thread.join()

    def serve(self, client: socket.socket) -> None:
        """Answer one client until it hangs up."""
        self._clients.add(client)
        try:
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with client.makefile("rb") as lines:
                while line := lines.readline(_LONGEST):
                    for reply in self.mainframe.answer(line.decode("ascii", "replace")):
                        client.sendall(reply.encode() + b"\n")
        except OSError:
            return
        finally:
            self._clients.discard(client)


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = False
    block_on_close = False

    def __init__(self, owner: TcpServer, port: int) -> None:
        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                owner.serve(self.request)

        super().__init__((HOST, port), Handler)
