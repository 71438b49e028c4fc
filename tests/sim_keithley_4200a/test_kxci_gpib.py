"""``transport = "gpib"``: setters are silent, a query has one line, and the bus has its own calls.

The client here speaks as programs written for GPIB do: LF ends what it says, and it reads after
queries alone, so that one line too many or too few shifts all that follow.
"""

import socket

import pytest
import pyvisa
from pyvisa import constants

from mho.clock import RealClock, VirtualClock
from mho.rehearsal import World
from mho.sim_instruments.keithley_4200a import (
    Fault,
    KeithleyOptions,
    serve_on_tcp,
    serve_on_visa,
)

SMU_TEST = (
    "BC", "*RST", "DR1", "DE", "CH 1, 'V1', 'I1', 1, 1", "CH2", "CH3", "CH4", "SS",
    "VR 1, 0, 1, 0.25, 100e-3", "HT 0", "DT 0.001", "IT2", "RS 5", "RG 1, 100e-9", "SM", "DM2",
    "LI 'V1','I1'", "MD", "ME 1",
)  # fmt: skip
PMU_TEST = (
    ":PMU:INIT 1", ":PMU:RPM:CONFIGURE PMU1-1, 0", ":PMU:MEASURE:RANGE 1, 2, 1e-3",
    ":PMU:SARB:SEQ:TIME 1, 1, 1e-6, 1e-7, 1e-6, 1e-7, 1e-6",
    ":PMU:SARB:SEQ:STARTV 1, 1, 0, 0, 1, 1, 0", ":PMU:SARB:SEQ:STOPV 1, 1, 0, 1, 1, 0, 0",
    ":PMU:SARB:SEQ:MEAS:TYPE 1, 1, 0, 0, 1, 0, 0",
    ":PMU:SARB:SEQ:MEAS:START 1, 1, 0, 0, 0, 0, 0",
    ":PMU:SARB:SEQ:MEAS:STOP 1, 1, 0, 0, 1e-6, 0, 0",
    ":PMU:SARB:WFM:SEQ:LIST 1, 1, 2", ":PMU:OUTPUT:STATE 1, 1", ":PMU:EXECUTE",
)  # fmt: skip


class SocketClient:
    def __init__(self, address):
        port = int(address.split("::")[2])
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self._input = self._socket.makefile("rb")

    def write(self, message):
        self._socket.sendall(message.encode() + b"\n")

    def query(self, message):
        self.write(message)
        line = self._input.readline()
        assert line.endswith(b"\n")
        return line[:-1].decode()

    def status(self):
        return int(self.query("SP"))

    def close(self):
        self._input.close()
        self._socket.close()


class BusClient:
    def __init__(self, address):
        name, library = address.split()
        self.resource = pyvisa.ResourceManager(library).open_resource(name, timeout=2000)
        self.resource.read_termination = self.resource.write_termination = "\n"
        self.write, self.query = self.resource.write, self.resource.query
        self.status, self.close = self.resource.read_stb, self.resource.close


@pytest.fixture(params=["bus", "socket"])
def carrier(request):
    return request.param


@pytest.fixture
def connect_bus(make_resistor):
    running, clients = [], []

    def start(carrier="bus", *, clock=None, **options):
        world = World(make_resistor(), clock or VirtualClock(), 1)
        wiring = {"SMU1": "TE", "PMU1-1": "TE"}
        chosen = KeithleyOptions(
            **{"noise": 0, "transport": "gpib", "rpm_at_power_up": "SMU", **options}
        )
        serve = serve_on_visa if carrier == "bus" else serve_on_tcp
        running.append(serve(world, wiring, options=chosen))
        client = (BusClient if carrier == "bus" else SocketClient)(running[-1].address)
        clients.append(client)
        client.instrument = running[-1].instrument
        return client

    yield start
    for client in clients:
        client.close()
    for found in running:
        found.stop()


def identity_is_next(client):
    return client.query("*IDN?").startswith("KEITHLEY INSTRUMENTS,KI4200A,")


def test_a_whole_smu_test_stays_in_step(connect_bus, carrier):
    client = connect_bus(carrier)
    for message in SMU_TEST:
        client.write(message)
        assert message.startswith("ME") or identity_is_next(client), message
    polls = [client.status() for _ in range(3)]
    assert polls[0] == 16 and polls[1] & 65 == 65
    readings = []
    while (reading := client.query(f"RD 'I1', {len(readings) + 1}")) != "0":
        readings.append(float(reading))
    assert readings == pytest.approx([0, 25e-6, 50e-6, 75e-6, 100e-6])
    assert client.query("DO 'V1'").count(",") == 4
    assert client.query(":ERROR:LAST:GET") == ""
    assert identity_is_next(client)


def test_a_whole_pmu_test_stays_in_step(connect_bus, carrier):
    client = connect_bus(carrier)
    for message in PMU_TEST:
        client.write(message)
        assert message == ":PMU:EXECUTE" or identity_is_next(client), message
    assert [client.query(":PMU:TEST:STATUS?") for _ in range(2)] == ["1", "0"]
    assert client.query(":PMU:DATA:COUNT? 1") == "2"
    points = client.query(":PMU:DATA:GET 1, 0, 10").split(";")
    assert [float(point.split(",")[1]) for point in points] == pytest.approx([1e-4] * 2, rel=1e-2)
    client.write(":PMU:OUTPUT:STATE 1, 0")
    assert identity_is_next(client)


def test_a_refused_setter_is_silent_and_a_refused_query_has_its_line(connect_bus, carrier):
    client = connect_bus(carrier)
    for message in ("nonsense", "DE;TI1", "US;DV1,1,999,1e-3", "ul"):
        (client.query if "TI" in message else client.write)(message)
        assert identity_is_next(client), message
    assert client.query("*WHAT?") == "-992"
    assert client.query("RD 'X', 1") == "-993"
    assert identity_is_next(client)


@pytest.mark.parametrize(
    ("style", "line"), [("usual", "-993"), ("empty", ""), ("text", "KXCI argument error. (-993)")]
)
def test_the_line_of_a_refused_query(connect_bus, carrier, style, line):
    client = connect_bus(carrier, failed_query=style, failed_setter="text")
    client.write("nonsense")
    assert client.query("RD 'X', 1") == line


def test_several_queries_have_a_line_each(connect_bus, carrier):
    client = connect_bus(carrier)
    assert client.query("ID;SP") == "KI4200A V1.13"
    client.write("BC")
    read = client.resource.read if carrier == "bus" else lambda: client._input.readline().decode()
    assert read().strip() == "0"
    assert identity_is_next(client)
    one = connect_bus(carrier, several_queries="last")
    assert one.query("ID;SP") == "0"
    assert identity_is_next(one)


@pytest.mark.parametrize(
    ("terminator", "end"),
    [("usual", b"\n"), ("LF", b"\n"), ("CR", b"\r"), ("CRLF", b"\r\n"), ("none", b"")],
)
def test_what_ends_a_line(connect_bus, terminator, end):
    client = connect_bus(string_terminator=terminator)
    client.resource.read_termination = None  # EOI ends it then
    client.resource.write_raw(b"SP")  # and EOI alone ends this one
    assert client.resource.read_raw() == b"0" + end
    socket_client = connect_bus("socket", string_terminator=terminator)
    socket_client._socket.sendall(b"SP\r\n")
    wanted = b"0" + (end or b"\n")
    assert socket_client._input.read(len(wanted)) == wanted


def test_an_empty_line_needs_a_byte(connect_bus):
    client = connect_bus(string_terminator="none")
    client.resource.read_termination = None
    assert client.query(":ERROR:LAST:GET") == "\n"
    assert identity_is_next(client)


def test_a_serial_poll_clears_and_a_clear_forgets(connect_bus):
    client = connect_bus()
    client.write("nonsense")
    assert [client.status(), client.resource.stb] == [66, 0]
    client.write("nonsense")
    client.write("ID;SP")
    client.resource.clear()
    assert identity_is_next(client)
    assert client.status() == 0
    assert client.query(":ERROR:LAST:GET") == "KXCI command error. (-992)"


def test_srq_comes_with_the_data_after_dr1(connect_bus):
    client = connect_bus()
    for message in SMU_TEST:
        client.write(message)
    client.resource.wait_for_srq()
    assert client.instrument.clock.now() == pytest.approx(5 * 0.021)
    assert client.query("RD 'I1', 5") == "100.00E-06"


def test_srq_comes_with_an_error(connect_bus):
    client = connect_bus()
    client.write("nonsense")
    client.resource.wait_for_srq()
    assert client.status() == 0


@pytest.mark.parametrize("timeout", [2000, 0])
def test_srq_that_never_comes_times_out(connect_bus, timeout):
    client = connect_bus()
    for message in SMU_TEST:
        if message != "DR1":
            client.write(message)
    before = client.instrument.clock.now()
    with pytest.raises(pyvisa.VisaIOError) as caught:
        client.resource.wait_for_srq(timeout)
    assert caught.value.error_code == constants.StatusCode.error_timeout
    assert client.instrument.clock.now() - before >= timeout * 0.99e-3


def test_waiting_for_ever_for_what_cannot_come_times_out(connect_bus):
    with pytest.raises(pyvisa.VisaIOError):
        connect_bus().resource.wait_for_srq(None)


def test_srq_on_a_real_clock(connect_bus):
    client = connect_bus(clock=RealClock(), line_frequency=5000)
    for message in SMU_TEST:
        client.write(message)
    client.resource.wait_for_srq()
    assert client.query("RD 'I1', 5") != "0"


@pytest.mark.parametrize("query", ["RD 'I1', 1", "DO 'I1'"])
def test_data_ready_goes_with_the_first_byte_of_data(connect_bus, query):
    client = connect_bus()
    for message in SMU_TEST:
        client.write(message)
    while client.instrument.activity.is_busy:
        client.query("SP")
    client.write(query)
    assert client.instrument.status.flags & 1
    client.resource.read()
    assert not client.instrument.status.flags & 1


def test_other_queries_leave_data_ready(connect_bus):
    client = connect_bus()
    client.write("US")
    client.write("DV1,1,1,1e-3")
    client.query("TI1")
    assert not client.instrument.status.flags & 1
    client.write("TI1")
    for _ in range(2):
        assert client.instrument.status.flags & 1
    client.resource.read()
    client.write("MD")
    client.instrument.status.data_ready()
    assert identity_is_next(client)
    assert client.query(":ERROR:LAST:GET") == ""
    assert client.status() == 1


def test_addresses_on_the_bus_begin_with_17(connect_bus):
    first, second = connect_bus(), connect_bus()
    assert first.resource.resource_name == "GPIB0::17::INSTR"
    assert second.resource.resource_name == "GPIB0::18::INSTR"


def test_a_device_of_pyvisa_sim_itself_is_as_it_was(connect_bus):
    connect_bus()
    other = pyvisa.ResourceManager("@sim").open_resource("GPIB0::8::INSTR")
    with pytest.raises(NotImplementedError):
        other.read_stb()
    other.close()


def test_a_silent_setter_may_be_where_the_connection_ends(connect_bus):
    client = connect_bus("socket", faults=(Fault(kind="closed", at=2),))
    assert identity_is_next(client)
    client.write("BC")
    assert client._input.readline() == b""


def test_answers_that_nobody_reads_end_somewhere(connect_bus):
    client = connect_bus()
    for _ in range(10_000):
        client.write("SP")
    with pytest.raises(pyvisa.VisaIOError):
        client.write("SP")
    client.resource.clear()
    assert identity_is_next(client)
