"""An open gate has a potential: asked of the simulated 4200A by PyMeasure and by plain text."""

from collections.abc import Iterator

import pytest
from cell_with_potential import CellWithPotential
from pymeasure.instruments.keithley import Keithley4200

from mho.clock import VirtualClock
from mho.rehearsal import World
from mho.sim_instruments.keithley_4200a import KeithleyOptions, serve_on_tcp
from mho.stimuli import Drive, Source

MICROAMPERE = 4
"""Range code of a forced current."""
FINE = 1e-4


@pytest.fixture
def world() -> World:
    return World(CellWithPotential(), VirtualClock(), 1)


@pytest.fixture
def client(world: World) -> Iterator[Keithley4200]:
    options = KeithleyOptions.model_validate(
        {"noise": 0.0, "chassis": {"smus": [{"preamplifier": True}, {"preamplifier": True}]}}
    )
    server = serve_on_tcp(world, {"SMU1": "gate", "SMU2": "drain"}, 0, options)
    resource, library = server.address.split()
    client = Keithley4200(resource, visa_library=library, timeout=5000)
    yield client
    client.adapter.close()
    client.adapter.manager.close()
    server.stop()


def test_a_source_of_0_a_measures_the_potential(client: Keithley4200, world: World) -> None:
    client.smu1.current_setpoint = (MICROAMPERE, 0.0, 10.0)
    assert world.drives() == {"gate": Drive(0.0, 10.0, Source.CURRENT)}
    assert client.smu1.voltage == pytest.approx(0.6, abs=FINE)
    assert client.smu1.current == 0.0
    world.device.potential = -0.3  # type: ignore[attr-defined]
    assert client.smu1.voltage == pytest.approx(-0.3, abs=FINE)
    assert client.ask("US;TV1").startswith("NAV")


def test_a_potential_beyond_the_limit_is_in_compliance(client: Keithley4200) -> None:
    client.smu1.current_setpoint = (MICROAMPERE, 0.0, 0.5)
    assert client.ask("US;TV1").startswith("CAV")
    assert client.smu1.voltage == pytest.approx(0.5, abs=FINE)


@pytest.mark.parametrize("sign", [1, -1])
def test_a_current_goes_in_and_out(client: Keithley4200, sign: int) -> None:
    client.smu1.current_setpoint = (MICROAMPERE, sign * 1e-7, 10.0)
    moved = sign * 1e-7 * 20e-3 / 1e-6
    assert client.smu1.voltage == pytest.approx(0.6 + sign * 0.1 + moved, abs=FINE)
    assert client.smu1.current == pytest.approx(sign * 1e-7)
    assert client.ask("US;TV1").startswith("NAV")


def test_an_output_that_is_off_opens_the_gate_and_reads_nothing(
    client: Keithley4200, world: World
) -> None:
    client.smu1.current_setpoint = (MICROAMPERE, 0.0, 10.0)
    client.smu1.disable()
    assert client.smu1.voltage == client.smu1.current == 0.0
    assert world.drives() == {}
    world.clock.sleep(60.0)
    assert world.read(world.clock.now(), "gate").voltage == 0.6


def test_an_smu_mapped_as_voltmeter(client: Keithley4200, world: World) -> None:
    """KXCI manual Rev. E pages 5-30, 5-35: TV5 is VM1."""
    assert client.ask("US;MP1,VM1") == "ACK"
    assert float(client.ask("US;TV5")[3:]) == pytest.approx(0.6, abs=FINE)
    assert world.drives()["gate"].source is Source.CURRENT


def test_a_voltmeter_in_system_mode(client: Keithley4200) -> None:
    """Gate: SMU1 as VM1, drain: SMU2 swept by a list. The potential is in the buffer of VM1."""
    for message in (
        "DE;CH1;CH2;CH3;CH4", "MP1,VM1", "VM1,'VG'", "CH2,'VD','ID',1,1", "SS;VL2,1,1e-3,0.1,0.2",
        "SM;DM2;LI 'VG','ID'", "MD;ME1", "SP",
    ):  # fmt: skip
        client.ask(message)
    gate = [float(value[1:]) for value in client.ask("DO 'VG'").split(",")]
    drain = [float(value[1:]) for value in client.ask("DO 'ID'").split(",")]
    assert gate == pytest.approx([0.6, 0.6], abs=FINE)
    assert drain == pytest.approx([1e-5, 2e-5], rel=1e-3)
