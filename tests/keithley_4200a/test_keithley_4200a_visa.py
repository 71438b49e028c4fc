"""PyVISA over a loopback socket: terminators, silence, and the cures that errors name."""

import logging
import socket
import threading
from contextlib import contextmanager

import pytest

from mho.clock import VirtualClock
from mho.drivers.keithley_4200a.conversation.visa import VisaLink, open_link
from mho.drivers.keithley_4200a.conversation.wire import Wire
from mho.errors import ConnectionFailed, InstrumentTimeout
from mho.rehearsal import World
from mho.sim_instruments.keithley_4200a import serve_on_visa
from mho.testing.faults import Resistors

IDENTITY = "KEITHLEY INSTRUMENTS,KI4200A,1442736,V1.8.1"


@contextmanager
def listener(end="\0", greeting=b"", answers=True, hangs_up_after=None):
    """A socket that answers queries with ``end`` behind, setters with ACK."""
    server = socket.create_server(("127.0.0.1", 0))
    stopping = threading.Event()

    def converse(peer):
        seen, buffer = 0, b""
        peer.sendall(greeting)
        while data := peer.recv(4096):
            buffer += data
            *messages, buffer = buffer.split(b"\0")
            for message in messages:
                seen += 1
                if hangs_up_after is not None and seen > hangs_up_after:
                    return
                if answers:
                    reply = IDENTITY if message == b"*IDN?" else "ACK"
                    peer.sendall(f"{reply}{end}".encode())

    def serve():
        while not stopping.is_set():
            try:
                peer, _ = server.accept()
            except OSError:
                return
            with peer:
                try:
                    converse(peer)
                except OSError:
                    continue

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    port = server.getsockname()[1]
    try:
        yield f"TCPIP0::127.0.0.1::{port}::SOCKET @py"
    finally:
        stopping.set()
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            pass
        server.close()
        thread.join(2)


@pytest.mark.parametrize("end", ["\0", "\r\0", "\n\0", "\r\n\0", "\n"])
def test_every_terminator_is_found_out(end):
    with listener(end) as address:
        link = open_link(address, 0.5, "auto")
        try:
            assert link.acknowledges
            link.write("US")
            assert link.read() == "ACK"
            link.write("*IDN?")
            assert link.read() == IDENTITY
        finally:
            link.close()


def test_what_was_left_over_is_drained():
    with listener(greeting=b"ACK\0NAI 1.0E-3\0") as address:
        wire = Wire(lambda: open_link(address, 0.5, "none"))
        assert wire.open() == IDENTITY
        wire.close()


def test_nobody_there_is_told_with_the_cure():
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    with pytest.raises(ConnectionFailed, match="KXCI"):
        open_link(f"TCPIP0::127.0.0.1::{port}::SOCKET @py", 0.5, "auto")


def test_somebody_silent_is_told_with_the_cure():
    with (
        listener(answers=False) as address,
        pytest.raises(ConnectionFailed, match=r"nothing answers \*IDN\?"),
    ):
        open_link(address, 0.5, "none")


def test_a_library_that_is_not_there_is_told_with_the_cure():
    with pytest.raises(ConnectionFailed, match="pip install pyvisa-py"):
        open_link("GPIB0::17::INSTR @nosuch", 0.5, "auto")


def test_a_resource_that_is_none_is_told_with_the_cure():
    with pytest.raises(ConnectionFailed, match="cannot be opened"):
        open_link("NONSENSE::17 @py", 0.5, "auto")


def test_a_hung_up_connection_is_made_anew():
    with listener(hangs_up_after=3) as address:
        wire = Wire(lambda: open_link(address, 0.5, "none"))
        wire.open()
        wire.send("US")
        with pytest.raises((InstrumentTimeout, ConnectionFailed)):
            wire.send("DV1")
        wire.send("DV1")
        wire.close()


def test_what_was_left_over_is_logged_too(caplog):
    caplog.set_level(logging.DEBUG, "mho.drivers.keithley_4200a")
    running = serve_on_visa(World(Resistors(), VirtualClock(), 1), {"SMU1": "TE"})
    try:
        link = open_link(running.address, 1.0, "none")
        caplog.clear()
        link.write("SP")
        assert link.drain() == ["0"]
        link.close()
    finally:
        running.stop()
    assert [record.getMessage() for record in caplog.records if "drivers" in record.name] == [
        "-> SP", "<- 0", f"-- close {running.address}",
    ]  # fmt: skip


def test_a_link_that_nobody_listens_to_does_not_log():
    with listener() as address:
        link = open_link(address, 1.0, "none")
        link.close()
    assert type(link) is VisaLink
