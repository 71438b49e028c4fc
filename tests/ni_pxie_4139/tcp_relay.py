"""What may happen to a connection between two computers: it is cut, or nobody listens for a while.

A relay in front of a server. gRPC sees real sockets that really end.
"""

import socket
import threading
from contextlib import suppress

BLOCK = 65536


class TcpRelay:
    """Passes every connection on to ``address``; has an address of its own."""

    def __init__(self, address):
        host, _, port = address.rpartition(":")
        self._target = (host, int(port))
        self._pairs = []
        self._port = 0
        self.listen()

    @property
    def address(self):
        return f"127.0.0.1:{self._port}"

    def listen(self):
        """Take connections, at the same port as before."""
        self._listener = socket.create_server(("127.0.0.1", self._port))
        self._port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def cut(self):
        """End all connections; new ones are taken at once."""
        pairs, self._pairs = self._pairs, []
        for pair in pairs:
            for end in pair:
                _hang_up(end)

    def close(self):
        """End all connections and take no new ones."""
        _hang_up(self._listener)
        self.cut()

    def _accept(self, listener):
        with suppress(OSError):
            while True:
                near, _ = listener.accept()
                far = socket.create_connection(self._target)
                self._pairs.append((near, far))
                for source, sink in ((near, far), (far, near)):
                    threading.Thread(target=_pump, args=(source, sink), daemon=True).start()


def _pump(source, sink):
    with suppress(OSError):
        while block := source.recv(BLOCK):
            sink.sendall(block)
    _hang_up(sink)


def _hang_up(end):
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()
