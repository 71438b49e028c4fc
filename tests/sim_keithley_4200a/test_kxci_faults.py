"""Faults to order, and the variants of what nobody has seen on the wire."""

import socket

import pytest

from mho.clock import VirtualClock
from mho.rehearsal import World
from mho.sim_instruments.keithley_4200a import Fault, KeithleyOptions, serve_on_tcp


def texts(line, message):
    return [frame.text for frame in line.wire.receive(message.encode() + b"\0")]


def test_dropped(connect):
    line = connect(faults=(Fault(kind="dropped", at=2),))
    assert [texts(line, "SP") for _ in range(3)] == [[b"0"], [], [b"0"]]


def test_late_comes_with_the_next_reply_ahead_of_it(connect):
    line = connect(faults=(Fault(kind="late", starts_with="ID"),))
    assert texts(line, "SP") == [b"0"]
    assert texts(line, "ID") == []
    assert texts(line, "SP") == [b"KI4200A V1.13", b"0"]
    assert texts(line, "SP") == [b"0"]


def test_stale_repeats_the_reply_before(connect):
    line = connect(faults=(Fault(kind="stale", at=2),))
    assert texts(line, "BC") == [b"ACK"]
    assert texts(line, "SP") == [b"ACK", b"0"]
    assert texts(line, "SP") == [b"0"]


def test_garbled_as_often_as_asked(connect):
    line = connect(faults=(Fault(kind="garbled", times=2),))
    assert texts(line, "BC") == [b"\xc1\xc3\xcb"]
    assert texts(line, "BC") == [b"\xc1\xc3\xcb"]
    assert texts(line, "BC") == [b"ACK"]


def test_closed_ends_the_connection_and_a_new_one_works(make_resistor):
    options = KeithleyOptions(faults=(Fault(kind="closed", at=2),))
    world = World(make_resistor(), VirtualClock(), 1)
    server = serve_on_tcp(world, {"SMU1": "TE"}, options=options)
    try:
        for first in (True, False):
            with socket.create_connection(("127.0.0.1", server.port), timeout=5) as client:
                client.sendall(b"SP\0")
                assert client.recv(10) == b"0\0"
                if first:
                    client.sendall(b"SP\0")
                    assert client.recv(10) == b""
    finally:
        server.stop()


def test_interlock_opens_in_the_middle(connect, noting):
    device = noting()
    line = connect(device, faults=(Fault(kind="interlock", at=3),))
    line.tell("US;DV1,1,1,1e-3")
    assert line.value("TI1") == pytest.approx(1e-4, rel=1e-3)
    assert line.ask("TI1") == "NAI 0.0000E+00"
    line.tell("DV1,1,1,1e-3")
    assert line.ask("TV1") == "NAV 0.0000E+00"
    line.clock.sleep(1.0)
    assert line.stretches() == [(0.02, {"TE": 1.0}), (1.04, {})]


def test_interlock_open_from_the_start(connect):
    line = connect(interlock_open=True)
    line.tell("US;DV1,1,1,1e-3")
    assert line.ask("TI1") == "NAI 0.0000E+00"


@pytest.mark.parametrize(
    ("style", "setter", "query"),
    [
        ("ACK", "ACK", "ACK"),
        ("text", "KXCI command error. (-992)", "KXCI argument error. (-993)"),
        ("code", "-992", "-993"),
        ("empty", "", ""),
    ],
)
def test_what_a_failed_command_answers(connect, style, setter, query):
    line = connect(failed_setter=style, failed_query=style)
    assert line.ask("XX1") == setter
    assert line.ask("US;TI9") == query


def test_failed_query_is_empty_and_failed_setter_acknowledged_by_default(connect):
    line = connect()
    assert line.ask("XX1") == "ACK"
    assert line.ask("US;TI9") == ""
    assert line.ask("*XYZ?") == ""


def test_no_error_variants(connect):
    assert connect().ask(":ERROR:LAST:GET") == ""
    assert connect(no_error="No error. (0)").ask(":ERROR:LAST:GET") == "No error. (0)"


@pytest.mark.parametrize(
    ("which", "reply"), [("last", "0"), ("first", "KI4200A V1.13"), ("all", "KI4200A V1.13,0")]
)
def test_several_queries_in_a_message(connect, which, reply):
    assert connect(several_queries=which).ask("ID;SP") == reply


@pytest.mark.parametrize(("clears", "after"), [("nothing", "67"), ("errors", "1"), ("all", "0")])
def test_what_a_poll_clears(connect, clears, after):
    line = connect(sp_clears=clears)
    line.ask("US;TI1")
    line.ask("nonsense")
    assert [line.ask("SP"), line.ask("SP")] == ["67", after]


def test_refused_command_ends_its_message(connect):
    line = connect()
    line.ask("US;XX;DV1,1,1,1e-3")
    assert line.value("TV1") == pytest.approx(0.0, abs=1e-4)
