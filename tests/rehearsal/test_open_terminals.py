"""What an open terminal of every device is at, and that nothing flows into it.

Asked of the world, of a module of the simulated NI server by NI's client, and of an SMU of the
simulated 4200A in plain text. What is driven beside it, the test drives.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import grpc
import nidcpower
import pytest

from mho.clock import VirtualClock
from mho.rehearsal import World
from mho.settings import read_device
from mho.sim_instruments.keithley_4200a import KeithleyOptions
from mho.sim_instruments.keithley_4200a.instrument import Keithley4200A
from mho.sim_instruments.keithley_4200a.wire import Wire
from mho.sim_instruments.ni_device_server.chassis import start_server
from mho.simulated import simulated_device
from mho.stimuli import OPEN, Drive, Source


class Case(NamedTuple):
    device: str
    terminal: str
    others: Mapping[str, float]
    potential: float
    options: tuple[str, ...] = ()


NEARLY_FULL = ('model.parameters.initial_state="90 %"',)
CASES = [
    Case("resistor", "TE", {}, 0.0),
    Case("open", "TE", {}, 0.0),
    Case("cu-te", "TE", {}, 0.0),
    Case("cu-te-1t1r", "TE", {"gate": 3.0}, 0.0),
    Case("cu-te-1t1r", "gate", {"TE": 0.5}, 0.0),
    Case("cu-te-1t1r-source-line", "TE", {"gate": 3.0, "source": 0.7}, 0.7),
    Case("cu-te-1t1r-source-line", "TE", {"gate": 0.0, "source": 0.7}, 0.7),
    Case("cu-te-1t1r-source-line", "TE", {"source": 0.7}, 0.7),
    Case("cu-te-1t1r-source-line", "source", {"gate": 3.0, "TE": 0.3}, 0.0),
    Case("cu-te-1t1r-mos", "TE", {"gate": 3.0, "source": 0.4}, 0.4),
    Case("alpha-fe2o3", "TE", {"BE": -0.3}, -0.3),
    Case("alpha-fe2o3", "TE", {}, 0.0),
    Case("alpha-fe2o3", "BE", {"TE": 0.3}, 0.0),
    Case("nmos", "drain", {"gate": 3.0}, 0.0),
    Case("nmos", "gate", {"drain": 0.5}, 0.0),
    Case("ecram-lithium", "gate", {}, 0.6, NEARLY_FULL),
    Case("ecram-lithium", "gate", {"drain": 0.2, "source": -0.1}, 0.65, NEARLY_FULL),
    Case("ecram-lithium", "drain", {"source": -0.1}, -0.1, NEARLY_FULL),
    Case("ecram-lithium", "source", {"drain": 0.2}, 0.0, NEARLY_FULL),
    Case("ecram-metal-oxide", "gate", {"drain": 0.2}, 0.1, NEARLY_FULL),
]


@pytest.fixture(params=CASES, ids=lambda case: f"{case.device}-{case.terminal}")
def case(request: pytest.FixtureRequest) -> Case:
    chosen: Case = request.param
    return chosen


@pytest.fixture
def world(case: Case) -> World:
    _, profile = read_device(case.device, case.options)
    world = World(simulated_device(profile, 1, "test"), VirtualClock(), 1)
    for terminal, level in case.others.items():
        world.drive(0.0, terminal, Drive(level, 10e-3))
    world.clock.sleep(1.0)
    return world


def test_a_device_answers_for_every_terminal(case: Case, world: World) -> None:
    drives = world.drives()
    for more in ({}, {case.terminal: OPEN}):
        found = world.device.respond({**drives, **more})
        assert set(found) == set(world.terminals)
        assert found[case.terminal] == pytest.approx((case.potential, 0.0, False), abs=1e-5)


@pytest.mark.parametrize("drive", [OPEN, Drive(0.0, 10.0, Source.CURRENT)])
def test_of_the_world(case: Case, world: World, drive: Drive) -> None:
    world.drive(1.0, case.terminal, drive)
    found = world.read(2.0, case.terminal)
    assert found == pytest.approx((case.potential, 0.0, False), abs=1e-5)


def test_of_an_ni_module(case: Case, world: World) -> None:
    server = start_server(world, {"PXI1Slot2/0": case.terminal})
    with grpc.insecure_channel(server.address, options=[("grpc.enable_http_proxy", 0)]) as wire:
        options: Any = nidcpower.GrpcSessionOptions(wire, "")
        with nidcpower.Session("PXI1Slot2/0", grpc_options=options) as module:
            module.output_function = nidcpower.OutputFunction.DC_CURRENT
            module.current_level_range = 1e-6
            with module.initiate():
                (reading,) = module.measure_multiple()
                assert not module.query_in_compliance()
    server.stop()
    assert reading.voltage == pytest.approx(case.potential, abs=1e-4)
    assert reading.current == pytest.approx(0.0, abs=1e-10)


def test_of_an_smu_of_the_4200a(case: Case, world: World) -> None:
    wire = Wire(Keithley4200A(world, {"SMU1": case.terminal}, KeithleyOptions(noise=0.0)))

    def ask(message: str) -> str:
        (frame,) = wire.receive(message.encode() + b"\0")
        return frame.text.decode()

    ask("US;DI1,3,0,10")
    voltage = ask("TV1")
    assert voltage[0] == "N"
    assert float(voltage[3:]) == pytest.approx(case.potential, abs=1e-5)
    assert float(ask("TI1")[3:]) == 0.0
