"""The instrument behind a TCP server on loopback: one connection after another."""

import selectors
import socket
import threading

from mho.errors import ConnectionFailed
from mho.sim_instruments.keithley_4200a.instrument import Keithley4200A
from mho.sim_instruments.keithley_4200a.wire import HungUp, Wire

HOST = "127.0.0.1"


class TcpServer:
    """Satisfies `mho.plugin_kinds.RunningInstrument`; ``instrument`` is what answers.

    A second client waits until the first has closed its socket (what a real 4200A does with
    parallel sockets is unknown).

    Raises
    ------
    ConnectionFailed
        The port is taken.
    """

    def __init__(self, instrument: Keithley4200A, port: int) -> None:
        self.instrument = instrument
        try:
            self._listener = socket.create_server((HOST, port))
        except OSError as error:
            raise ConnectionFailed(
                f"port {port} on {HOST} cannot be used: {error}. Give another port, or 0 for any"
            ) from error
        self.port: int = self._listener.getsockname()[1]
        self._stopping = False
        self._bell, self._ear = socket.socketpair()
        self._thread = threading.Thread(target=self._serve, name="keithley-4200a", daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        """VISA resource and library."""
        return f"TCPIP0::{HOST}::{self.port}::SOCKET @py"

    def stop(self) -> None:
        """Stop listening and free the port; may be called again."""
        if self._stopping:
            return
        self._stopping = True
        self._bell.send(b"!")
        self._thread.join()
        for end in (self._bell, self._ear):
            end.close()

    def _serve(self) -> None:
        wire = Wire(self.instrument)
        with self._listener:
            while self._wait_for(self._listener):
                client, _ = self._listener.accept()
                with client:
                    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    wire.reconnect()
                    self._talk(wire, client)

    def _talk(self, wire: Wire, client: socket.socket) -> None:
        while self._wait_for(client):
            try:
                data = client.recv(65536)
                if not data:
                    return
                frames = wire.receive(data)
                if frames:
                    client.sendall(b"".join(frame.text + frame.end for frame in frames))
            except (HungUp, ConnectionError):
                return

    def _wait_for(self, source: socket.socket) -> bool:
        """Wait until ``source`` can be read; False when the server stops."""
        with selectors.DefaultSelector() as selector:
            selector.register(source, selectors.EVENT_READ)
            selector.register(self._ear, selectors.EVENT_READ)
            ready = [key.fileobj for key, _ in selector.select()]
        return self._ear not in ready
