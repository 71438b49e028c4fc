"""Bytes on a real socket: what ends a message, what ends a reply."""

import socket

import pytest

from mho.clock import RealClock, VirtualClock
from mho.errors import ConnectionFailed
from mho.rehearsal import World
from mho.sim_instruments.keithley_4200a import KEITHLEY_4200A, KeithleyOptions, serve_on_tcp


@pytest.fixture
def serve(make_resistor):
    running = []

    def start(port=0, clock=None, **options):
        server = serve_on_tcp(
            World(make_resistor(), clock or VirtualClock(), 1),
            {"SMU1": "TE"},
            port,
            options=KeithleyOptions(**options),
        )
        running.append(server)
        return server

    yield start
    for server in running:
        server.stop()


def connect(server):
    client = socket.create_connection(("127.0.0.1", server.port), timeout=5)
    client.settimeout(5)
    return client


def exchange(client, data, size):
    client.sendall(data)
    received = b""
    while len(received) < size:
        received += client.recv(4096)
    return received


@pytest.mark.parametrize(
    ("terminator", "end"), [("none", b""), ("CR", b"\r"), ("LF", b"\n"), ("CRLF", b"\r\n")]
)
def test_data_carry_the_terminator_and_ack_does_not(serve, terminator, end):
    with connect(serve(string_terminator=terminator)) as client:
        assert exchange(client, b"SP\0", len(end) + 2) == b"0" + end + b"\0"
        assert exchange(client, b"BC\0", 4) == b"ACK\0"


def test_framing_with_line_feed_alone(serve):
    with connect(serve(framing="LF")) as client:
        assert exchange(client, b"SP\0", 2) == b"0\n"
        assert exchange(client, b"BC\n", 4) == b"ACK\n"


def test_stray_line_ends_are_ignored_and_nul_is_needed(serve):
    with connect(serve()) as client:
        client.sendall(b"SP\r\n")
        client.settimeout(0.1)
        with pytest.raises(TimeoutError):
            client.recv(10)
        client.settimeout(5)
        assert exchange(client, b"\0", 2) == b"0\0"


def test_two_messages_in_one_packet_and_one_in_two(serve):
    with connect(serve()) as client:
        assert exchange(client, b"BC\0SP\0", 6) == b"ACK\x000\0"
        client.sendall(b"B")
        assert exchange(client, b"C\0", 4) == b"ACK\0"


def test_reconnects_one_after_another_and_forgets_half_a_message(serve):
    server = serve()
    with connect(server) as client:
        client.sendall(b"US;DV1,1,1")
    for _ in range(3):
        with connect(server) as client:
            assert exchange(client, b"SP\0", 2) == b"0\0"
    assert [found.message for found in server.instrument.exchanges] == ["SP"] * 3


def test_a_very_long_message_is_one_message(serve):
    values = ",".join(["0.123456789"] * 4096)
    with connect(serve()) as client:
        assert exchange(client, f"SS;VL1,1,1e-3,{values}\0".encode(), 4) == b"ACK\0"
        assert exchange(client, b":ERROR:LAST:GET\0", 1) == b"\0"


def test_stop_frees_the_port_and_a_taken_port_is_explained(serve):
    first = serve()
    with pytest.raises(ConnectionFailed, match=str(first.port)):
        serve(first.port)
    first.stop()
    second = serve(first.port)
    assert second.address == f"TCPIP0::127.0.0.1::{first.port}::SOCKET @py"


def test_on_a_real_clock_a_reading_takes_its_integration_time(serve):
    clock = RealClock()
    with connect(serve(clock=clock)) as client:
        exchange(client, b"US;DV1,1,1,1e-3\0", 4)
        before = clock.now()
        assert exchange(client, b"TI1\0", 15).startswith(b"NAI 100.0")
        assert clock.now() - before >= 0.02


def test_stop_while_a_client_is_connected(serve):
    server = serve()
    with connect(server) as client:
        exchange(client, b"SP\0", 2)
        server.stop()
        assert client.recv(10) == b""


def test_it_is_the_kind_that_the_core_asks_for(make_resistor):
    running = KEITHLEY_4200A.start(
        World(make_resistor(), VirtualClock(), 0), {"SMU1": "TE"}, 0, KeithleyOptions()
    )
    try:
        assert running.address.endswith("::SOCKET @py")
        assert KEITHLEY_4200A.port == 1225
        assert KEITHLEY_4200A.wiring(("TE", "gate"), KeithleyOptions()) == {
            "SMU1": "TE",
            "SMU2": "gate",
            "PMU1-1": "TE",
            "PMU1-2": "gate",
        }
    finally:
        running.stop()
