"""A client that nobody here wrote: PyMeasure's Keithley4200, unmodified, over TCP."""

import pytest
from pymeasure.instruments.keithley import Keithley4200
from pymeasure.instruments.keithley.keithley4200 import StatusCode

from mho.clock import VirtualClock
from mho.rehearsal import World
from mho.sim_instruments.keithley_4200a import KeithleyOptions, serve_on_tcp

OHMS = 10e3


@pytest.fixture
def connect(noting):
    """``connect(**options)``: a served instrument with 10 kohm at SMU1 and SMU2, and the client."""
    running, clients = [], []

    def start(**options):
        device = noting(resistance=OHMS)
        wiring = {"SMU1": "TE", "SMU2": "gate"}
        chosen = KeithleyOptions(noise=0.0, **options)
        server = serve_on_tcp(World(device, VirtualClock(), 1), wiring, 0, chosen)
        running.append(server)
        resource, library = server.address.split()
        client = Keithley4200(resource, visa_library=library, timeout=5000)
        clients.append(client)
        return client, server

    yield start
    for client in clients:
        client.adapter.close()
        client.adapter.manager.close()
    for server in running:
        server.stop()


@pytest.mark.parametrize("terminator", ["none", "LF"])
def test_it_says_who_it_is_and_what_is_in_it(connect, terminator):
    chassis = {"smus": [{}, {"model": "4211", "preamplifier": True}], "pmus": [{"rpms": [1]}]}
    client, _ = connect(chassis=chassis, string_terminator=terminator)
    assert client.id.strip() == "KI4200A V1.13"
    assert [option.strip() for option in client.options] == ["SMU1", "HPSMUPA2", "PMU1RPM1"]
    assert list(client.smu) == [1, 2]


def test_the_status_byte_and_clearing_the_buffer(connect):
    client, _ = connect()
    client.clear()
    assert client.status == StatusCode.NONE
    client.smu1.voltage_setpoint = (0, 0.1, 1e-3)
    assert client.status == StatusCode.NONE
    _ = client.smu1.current
    assert client.status == StatusCode.DATA_READY
    client.clear()
    assert client.status == StatusCode.NONE


def test_force_voltage_and_measure_on_two_smus(connect):
    client, server = connect()
    for smu, level in ((client.smu1, 1.5), (client.smu2, -0.25)):
        smu.voltage_setpoint = (0, level, 1e-2)
    for smu, level in ((client.smu1, 1.5), (client.smu2, -0.25)):
        assert smu.voltage == pytest.approx(level, rel=1e-3)
        assert smu.current == pytest.approx(level / OHMS, rel=1e-3)
    assert {name: drive.level for name, drive in server.instrument.world.drives().items()} == {
        "TE": pytest.approx(1.5),
        "gate": pytest.approx(-0.25),
    }


def test_force_current_and_measure_voltage(connect):
    client, _ = connect()
    client.smu1.current_setpoint = (6, 50e-6, 10)
    assert client.smu1.voltage == pytest.approx(50e-6 * OHMS, rel=1e-2)


def test_compliance_holds_the_current_and_shows_in_the_letter(connect):
    client, _ = connect()
    client.smu1.voltage_setpoint = (0, 1.0, 1e-5)
    assert client.smu1.current == pytest.approx(1e-5, rel=1e-2)
    assert client.smu1.voltage == pytest.approx(1e-5 * OHMS, rel=1e-2)
    assert client.ask("US;TI1").startswith("CAI")
    client.smu1.voltage_setpoint = (0, 1.0, 1e-2)
    assert client.ask("US;TI1").startswith("NAI")


def test_disable_opens_one_output_only(connect):
    client, server = connect()
    client.smu1.voltage_setpoint = (0, 1.0, 1e-2)
    client.smu2.voltage_setpoint = (0, 2.0, 1e-2)
    client.smu1.disable()
    assert set(server.instrument.world.drives()) == {"gate"}
    client.smu2.disable()
    assert server.instrument.world.drives() == {}


def test_a_setter_that_is_not_acknowledged_is_an_error(connect):
    client, _ = connect(failed_setter="text")
    with pytest.raises(ValueError, match=r"-993"):
        client.smu1.voltage_setpoint = (7, 1.0, 1e-2)  # no such range
    assert client.status == StatusCode.SYNTAX_ERROR | StatusCode.SERVICE_REQUEST
