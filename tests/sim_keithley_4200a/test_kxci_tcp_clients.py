"""Clients that say nothing, never finish, never read: nobody else waits, and memory is bounded."""

import gc
import socket
import tracemalloc
from contextlib import ExitStack

import pytest

from mho.clock import RealClock, VirtualClock
from mho.rehearsal import World
from mho.sim_instruments.keithley_4200a import KeithleyOptions, serve_on_tcp
from mho.sim_instruments.keithley_4200a.message_input import SHOWN

PATIENCE = 60
"""Seconds after which a test has failed; none comes near."""


@pytest.fixture
def serve(make_resistor):
    running = []

    def start(clock=None, **options):
        world = World(make_resistor(), clock or VirtualClock(), 1)
        running.append(serve_on_tcp(world, {"SMU1": "TE"}, options=KeithleyOptions(**options)))
        return running[-1]

    yield start
    for server in running:
        server.stop()


def join(server):
    return socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE)


def ask(client, message):
    client.sendall(message + b"\0")
    received = b""
    while not received.endswith(b"\0"):
        piece = client.recv(65536)
        if not piece:
            raise EOFError
        received += piece
    return received[:-1]


def speak_for_ever(client, message):
    """Send until nothing more is taken."""
    client.settimeout(0.5)
    while True:
        client.sendall(message)


def is_hung_up(client):
    try:
        return client.recv(10) == b""
    except ConnectionError:
        return True


def test_a_silent_client_keeps_nobody_waiting(serve):
    server = serve()
    with join(server), join(server) as half, join(server) as third:
        half.sendall(b"US;DV1,1,1")
        assert ask(third, b"SP") == b"0"
        assert ask(half, b",1e-3") == b"ACK"
        assert ask(third, b"TI1").startswith(b"NAI 100.0")


def test_the_client_silent_for_longest_makes_way(serve):
    server = serve(connections=3)
    with ExitStack() as stack:
        first, second, third = clients = [stack.enter_context(join(server)) for _ in range(3)]
        for client in clients:
            assert ask(client, b"SP") == b"0"
        assert ask(first, b"SP") == b"0"
        fourth = stack.enter_context(join(server))
        assert ask(fourth, b"SP") == b"0"
        assert is_hung_up(second)
        assert [ask(client, b"SP") for client in (first, third, fourth)] == [b"0"] * 3


def test_one_connection_at_a_time(serve):
    server = serve(connections=1)
    with join(server) as first:
        assert ask(first, b"SP") == b"0"
        with join(server) as second:
            assert ask(second, b"SP") == b"0"
            assert is_hung_up(first)


def test_a_message_without_end_takes_no_more_memory_than_the_longest(connect):
    line = connect(longest_message=10_000)
    gc.collect()
    tracemalloc.start()
    for _ in range(2000):
        assert line.wire.receive(b"x" * 10_000) == []
    grown, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert grown < 100_000
    assert line.error() is None
    (frame,) = line.wire.receive(b"\0")
    assert (frame.text, line.error()) == (b"ACK", -992)
    assert line.instrument.exchanges[-1].message == "x" * SHOWN
    assert line.ask(":ERROR:LAST:GET") == "KXCI command error. (-992)"


@pytest.mark.parametrize(("length", "code"), [(1000, None), (1001, -992)])
@pytest.mark.parametrize("pieces", [1, 3])
def test_the_longest_message_is_still_read(connect, length, code, pieces):
    line = connect(longest_message=1000)
    message = b"SP".ljust(length) + b"\0"
    cut = len(message) // pieces
    frames = []
    for start in range(0, len(message), cut):
        frames += line.wire.receive(message[start : start + cut])
    assert [frame.text for frame in frames] == [b"0" if code is None else b"ACK"]
    assert line.error() == code


def test_over_gpib_a_message_that_is_too_long_is_refused_silently(connect):
    line = connect(transport="gpib", longest_message=1000)
    assert line.wire.receive(b"x" * 5000 + b"\nSP\n")[0].text == b"66"


@pytest.mark.parametrize("end", [b"\0", b""])
def test_a_flood_from_one_client_and_others_are_still_answered(serve, end):
    server = serve(longest_message=50_000)
    with join(server) as flood, join(server) as other:
        for _ in range(40):
            flood.sendall(b"x" * 60_000 + end)
            assert ask(other, b"SP") in (b"0", b"66")


def test_a_client_that_never_reads_keeps_nobody_waiting(serve):
    """It fills its own buffers and is not listened to any more."""
    server = serve(clock=VirtualClock())
    with join(server) as deaf, join(server) as other:
        for message in (b"DE;CH2;CH3;CH4", b"CH1,'V1','I1',1,3", b"SS;VC1,1,1e-3", b"SM;NR 4096",
                        b"MD;ME1", b"SP", b"SP"):  # fmt: skip
            ask(other, message)
        assert len(ask(other, b"DO 'I1'")) > 40_000
        with pytest.raises(TimeoutError):
            speak_for_ever(deaf, b"DO 'I1'\0" * 1000)
        for _ in range(500):  # turns in which the other one could be answered, too
            assert ask(other, b"SP") == b"1"
        held = max(len(client._unsent) for client in server._clients)
        assert held < 2 * 2**20


def test_a_client_that_reads_late_gets_everything(serve):
    server = serve()
    with join(server) as client:
        client.sendall(b"*IDN?\0" * 30_000)
        received = 0
        while received < 30_000:
            received += client.recv(65536).count(b"\0")
        assert ask(client, b"SP") == b"0"


class JumpingClock:
    """Not virtual: nobody but the test moves it."""

    def __init__(self):
        self.moment = 0.0

    def now(self):
        return self.moment

    def sleep(self, duration):
        self.moment += duration


def test_on_a_real_clock_a_poll_does_not_wait_for_all_that_is_due(connect):
    clock = JumpingClock()
    line = connect(clock=clock)
    line.instrument.activity.poll_limit = lambda: lambda played: played >= 10
    line.tell("DE;CH2;CH3;CH4", "CH1,'V1','I1',1,3", "SS;VC1,1,1e-3", "SM;NR 50", "MD;ME1")
    clock.sleep(10.0)
    answers = []
    while not answers or int(answers[-1]) & 16:
        answers.append(line.ask("SP"))
    assert answers == ["16"] * 5 + ["1"]
    line.tell("ME1")
    clock.sleep(10.0)
    assert line.ask("DO 'I1'").count(",") == 49  # whoever wants to know waits


def test_clients_take_turns(serve):
    """Thousands of messages of one are not carried out before one of another."""
    server = serve()
    with join(server) as many, join(server) as other:
        assert ask(many, b"SP") == ask(other, b"SP") == b"0"
        with server.instrument.world.lock:  # nothing is carried out until both have spoken
            many.sendall(b"US;TV1\0" * 3000)
            other.sendall(b"ID\0")
        assert other.recv(100).startswith(b"KI4200A")
        received = 0
        while received < 3000:
            received += many.recv(65536).count(b"\0")
        position = [found.message for found in server.instrument.exchanges].index("ID")
        assert position < 10


def test_stop_does_not_wait_for_a_client_that_never_reads(serve):
    server = serve()
    with join(server) as deaf:
        with pytest.raises(TimeoutError):
            speak_for_ever(deaf, b"*IDN?\0" * 10_000)
        server.stop()


def test_a_client_that_ends_its_side_still_hears_the_answer(serve):
    with join(serve()) as client:
        client.sendall(b"*IDN?\0SP\0")
        client.shutdown(socket.SHUT_WR)
        received = b""
        while piece := client.recv(100):
            received += piece
        assert received.endswith(b"\x000\0")


def test_a_test_that_is_long_to_compute_is_polled_meanwhile(serve):
    """Every poll computes a part of it, on a virtual clock and on a real one."""
    for clock in (VirtualClock(), RealClock()):
        server = serve(clock=clock)
        server.instrument.activity.poll_limit = lambda: (5).__le__
        with join(server) as client:
            for message in (b"DE;CH2;CH3;CH4", b"CH1,'V1','I1',1,3", b"SS;VC1,1,1e-3",
                            b"IT4,0,0,0.01", b"SM;NR 30;IN 0.01", b"MD;ME1"):  # fmt: skip
                assert ask(client, message) == b"ACK"
            polls = 1
            while int(ask(client, b"SP")) & 16:
                polls += 1
            assert polls > 3
            assert ask(client, b"DO 'I1'").count(b",") == 29


@pytest.mark.parametrize(("commands", "code"), [(1000, None), (1001, -992)])
def test_commands_in_one_message(connect, commands, code):
    line = connect()
    line.ask(";".join(["BC"] * commands))
    assert line.error() == code


@pytest.mark.parametrize("text", ["';", "',", "' ;", "LI '", ";", " ", "SP "])
def test_a_megabyte_of_separators_is_split_in_one_pass(connect, text):
    """With a pass for each separator this would take hours."""
    line = connect()
    line.wire.receive((text * (2**20 // len(text)) + "\0").encode())
    assert line.ask("SP") in ("0", "66")
    assert all(len(found.message) <= 4000 for found in line.instrument.exchanges)


def test_lists_of_a_segment_arb_channel_end_somewhere(connect):
    line = connect(wiring={"PMU1-1": "TE"})
    values = ",".join(["1e-6"] * 128)
    line.tell(":PMU:INIT 1", f":PMU:SARB:SEQ:TIME 1, 1, {values}")
    for _ in range(15):
        line.tell(f":PMU:SARB:SEQ:TIME:ADD 1, 1, {values}")
    assert line.refused(":PMU:SARB:SEQ:TIME:ADD 1, 1, 1e-6") == -954
    pairs = ",".join(["1, 1"] * 8192)
    line.tell(f":PMU:SARB:WFM:SEQ:LIST 1, {pairs}")
    for _ in range(7):
        line.tell(f":PMU:SARB:WFM:SEQ:LIST:ADD 1, {pairs}")
    assert line.refused(":PMU:SARB:WFM:SEQ:LIST:ADD 1, 1, 1") == -960
