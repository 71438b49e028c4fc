"""The instrument behind a TCP server on loopback.

What a real 4200A does with parallel sockets is unknown. Here several clients may be connected, and
their messages are carried out in the order in which they come; nobody waits for one that is silent,
or that does not read what it is sent. Sizes are bounded: of a message (``longest_message``), of
replies that wait to be read, and the number of clients (``connections``).
"""

import selectors
import socket
import threading

from mho.clock import RealClock, VirtualClock
from mho.errors import ConnectionFailed
from mho.sim_instruments.keithley_4200a.instrument import Keithley4200A
from mho.sim_instruments.keithley_4200a.ordered_faults import OrderedFaults
from mho.sim_instruments.keithley_4200a.run import Enough
from mho.sim_instruments.keithley_4200a.wire import Frame, HungUp, Wire

HOST = "127.0.0.1"

CHUNK = 2**16
"""Bytes taken from a client at once."""

MAX_UNREAD = 2**20
"""Bytes of replies that wait for a client; it is not listened to until it has read."""

COMPUTING_TIME = 0.2
"""Seconds, real ones, after which a poll is answered with "busy", whatever remains to be computed:
clients on a socket have time limits of their own. How often they poll changes nothing else."""

REAL_PAUSE = 0.01
"""Seconds between looks whether a reply that comes late is there, on a real clock."""


def _limited_time() -> Enough:
    clock = RealClock()
    end = clock.now() + COMPUTING_TIME
    return lambda played: played % 32 == 31 and clock.now() > end


class _Client:
    """One connection: its link, and the replies that it has not taken yet."""

    def __init__(self, client: socket.socket, wire: Wire) -> None:
        self.socket, self.wire = client, wire
        self._unsent = bytearray()
        self._has_ended = False  # it says nothing more

    @property
    def is_over(self) -> bool:
        """It says nothing more, and has been told everything."""
        return self._has_ended and not (self._unsent or self.wire.has_message)

    @property
    def waits_for_turn(self) -> bool:
        """A message of it waits, and it has read enough of what was said before."""
        return self.wire.has_message and len(self._unsent) < MAX_UNREAD

    @property
    def events(self) -> int:
        """What to wait for at its socket; selectors know no "nothing"."""
        hears = not (self._has_ended or self.wire.has_message)
        return (selectors.EVENT_READ if hears else 0) | (
            selectors.EVENT_WRITE if self._unsent else 0
        )

    def hear(self) -> None:
        """Take what has come."""
        try:
            data = self.socket.recv(CHUNK)
        except BlockingIOError:
            return
        self._has_ended = not data
        self.wire.take(data)

    def take_turn(self) -> None:
        """Carry out one message of it."""
        self._send(self.wire.carry_out())

    def take_late_replies(self) -> None:
        """Send what has become ready since."""
        self._send(self.wire.late_replies())

    def send(self) -> None:
        """Send what it takes."""
        try:
            while self._unsent:
                del self._unsent[: self.socket.send(self._unsent)]
        except BlockingIOError:
            return

    def _send(self, frames: list[Frame]) -> None:
        for frame in frames:
            self.wire.transfer_begins(frame)
            self._unsent += frame.text + frame.end
        self.send()


class TcpServer:
    """Satisfies `mho.plugin_kinds.RunningInstrument`; ``instrument`` is what answers.

    Raises
    ------
    ConnectionFailed
        The port is taken.
    """

    def __init__(self, instrument: Keithley4200A, port: int) -> None:
        self.instrument = instrument
        instrument.activity.poll_limit = _limited_time
        try:
            self._listener = socket.create_server((HOST, port))
        except OSError as error:
            raise ConnectionFailed(
                f"port {port} on {HOST} cannot be used: {error}. Give another port, or 0 for any"
            ) from error
        self._listener.setblocking(False)
        self.port: int = self._listener.getsockname()[1]
        self._faults = OrderedFaults(instrument.options.faults)
        self._clients: list[_Client] = []  # the one silent for longest comes first
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
        with self._listener:
            while self._serve_once():
                pass
            for client in self._clients:
                client.socket.close()

    def _serve_once(self) -> bool:
        """Wait until something can be done, and do it; False when the server stops."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._ear, selectors.EVENT_READ)
            selector.register(self._listener, selectors.EVENT_READ)
            for client in self._clients:
                if client.events:
                    selector.register(client.socket, client.events, client)
            ready = selector.select(self._patience())
        found = {key.fileobj for key, _ in ready}
        if self._ear in found:
            return False
        for key, events in ready:
            if isinstance(key.data, _Client):
                self._attend(key.data, events)
        for client in tuple(self._clients):
            self._let_talk(client)
        if self._listener in found:
            self._accept()
        return True

    def _patience(self) -> float | None:
        """Seconds to wait for something to come."""
        if any(client.waits_for_turn for client in self._clients):
            return 0.0
        if any(client.wire.waits_for_reply for client in self._clients):
            return 0.0 if isinstance(self.instrument.clock, VirtualClock) else REAL_PAUSE
        return None

    def _attend(self, client: _Client, events: int) -> None:
        try:
            if events & selectors.EVENT_READ:
                client.hear()
            if events & selectors.EVENT_WRITE:
                client.send()
        except OSError:
            self._hang_up(client)
            return
        self._clients.remove(client)
        self._clients.append(client)

    def _let_talk(self, client: _Client) -> None:
        try:
            if client.waits_for_turn:
                client.take_turn()
            elif client.wire.waits_for_reply:
                client.take_late_replies()
        except (HungUp, OSError):
            self._hang_up(client)
            return
        if client.is_over:
            self._hang_up(client)

    def _accept(self) -> None:
        try:
            taken, _ = self._listener.accept()
        except OSError:  # it has gone again
            return
        taken.setblocking(False)
        taken.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if len(self._clients) == self.instrument.options.connections:
            self._hang_up(self._clients[0])
        self._clients.append(_Client(taken, Wire(self.instrument, self._faults)))

    def _hang_up(self, client: _Client) -> None:
        self._clients.remove(client)
        client.socket.close()
