"""The instrument through unmodified PyVISA: pyvisa-sim in process, pyvisa-py over a socket."""

from functools import partial

import pytest
import pyvisa
from pyvisa import constants

from mho.clock import VirtualClock
from mho.rehearsal import World
from mho.sim_instruments.keithley_4200a import (
    KEITHLEY_4200A,
    Fault,
    KeithleyOptions,
    serve_on_tcp,
    serve_on_visa,
)

CONVERSATION = (
    "*IDN?", "*OPT?", "US;DV1,0,0.5,1e-4", "US;TI1", "TV1", "nonsense", "SP", ":ERROR:LAST:GET",
    "DE;CH2;CH3;CH4", "CH1,'V1','I1',1,1", "SS;VR1,0,1,0.1,1e-3", "MD;ME1", "SP", "SP", "DO 'I1'",
)  # fmt: skip


def open_resource(address, **more):
    resource, library = address.split()
    manager = pyvisa.ResourceManager(library)
    return manager.open_resource(
        resource, read_termination="\0", write_termination="\0", timeout=2000, **more
    )


@pytest.fixture
def rehearse(make_resistor):
    running = []

    def start(**options):
        world = World(make_resistor(), VirtualClock(), 1)
        found = serve_on_visa(world, {"SMU1": "TE"}, options=KeithleyOptions(**options))
        running.append(found)
        return found

    yield start
    for found in running:
        found.stop()


def test_both_transports_say_the_same(rehearse, make_resistor):
    in_process = rehearse()
    server = serve_on_tcp(World(make_resistor(), VirtualClock(), 1), {"SMU1": "TE"})
    try:
        replies = []
        for address in (in_process.address, server.address):
            client = open_resource(address)
            replies.append([client.query(message) for message in CONVERSATION])
            client.close()
    finally:
        server.stop()
    assert replies[0] == replies[1]
    assert replies[0][0].startswith("KEITHLEY INSTRUMENTS,KI4200A,")
    assert replies[0][3] == "NAI 50.000E-06"


def test_instances_have_names_of_their_own_and_stop_removes_them(rehearse):
    first, second = rehearse(), rehearse()
    assert first.address != second.address
    open_resource(first.address).query("US;DV1,1,1,1e-3")
    assert open_resource(second.address).query("SP") == "0"
    assert len(second.instrument.exchanges) == 1
    first.stop()
    first.stop()
    known = pyvisa.ResourceManager("@sim").list_resources("?*::SOCKET")
    assert second.address.split()[0] in known
    assert first.address.split()[0] not in known


def test_the_kind_rehearses_through_pyvisa_sim(make_resistor):
    running = KEITHLEY_4200A.rehearse(
        World(make_resistor(), VirtualClock(), 0), {"SMU1": "TE"}, KeithleyOptions()
    )
    try:
        assert running.address.endswith("::SOCKET @sim")
        assert open_resource(running.address).query("SP") == "0"
    finally:
        running.stop()


@pytest.mark.parametrize("terminator", ["none", "CRLF"])
def test_long_replies_arrive_whole(rehearse, terminator):
    client = open_resource(rehearse(string_terminator=terminator).address)
    for message in (
        "DE;CH2;CH3;CH4", "CH1,'V1','I1',1,3", "SS;VC1,1,1e-3", "SM;NR 4096", "MD;ME1", "SP",
    ):  # fmt: skip
        client.query(message)
    reply = client.query("DO 'I1'")
    assert len(reply) > 40_000
    assert reply.count(",") == 4095
    assert client.query("SP").strip() == "1"


def test_a_connection_that_ends_stays_dead_until_it_is_opened_again(rehearse):
    running = rehearse(faults=(Fault(kind="closed", at=2),))
    client = open_resource(running.address)
    assert client.query("SP") == "0"
    with pytest.raises(pyvisa.errors.VisaIOError):
        client.query("BC")
    with pytest.raises(pyvisa.errors.VisaIOError):
        client.query("SP")
    again = open_resource(running.address)
    assert again.query("SP") == "0"


@pytest.mark.parametrize(
    ("termination", "suppressed"),
    [(None, False), ("\0", False), ("0", False), ("K", False), ("\n", False), ("\0", True)],
)
@pytest.mark.parametrize("count", [1, 2, 5, 20_480])
@pytest.mark.parametrize("terminator", ["none", "CRLF"])
def test_what_is_read_is_what_pyvisa_sim_itself_would_read(
    rehearse, terminator, count, termination, suppressed
):
    """The same bytes and status codes, call by call."""
    found = []
    for is_own in (True, False):
        client = open_resource(rehearse(string_terminator=terminator).address)
        client.read_termination = termination
        client.set_visa_attribute(constants.ResourceAttribute.suppress_end_enabled, suppressed)
        library, session = client.visalib, client.session
        read = library.read if is_own else partial(type(library).read, library)
        said = []
        for message in ("SP", "BC", "*IDN?"):
            client.write_raw(message.encode() + b"\0")
            reply = b""
            while not reply.endswith(b"\0"):
                piece, status = read(session, count)
                said.append((bytes(piece), status))
                reply += piece
        found.append(said)
    assert found[0] == found[1]


def test_other_devices_of_pyvisa_sim_stay_as_they_are(rehearse):
    rehearse()
    manager = pyvisa.ResourceManager("@sim")
    client = manager.open_resource("ASRL1::INSTR", read_termination="\n", write_termination="\r\n")
    assert client.query("?IDN") == "LSG Serial #1234"
