"""An open gate has a potential: asked of the simulated NI modules by NI's own client."""

import math
from collections.abc import Iterator
from typing import Any

import grpc
import nidcpower
import pytest
from cell_with_potential import CellWithPotential

from mho.clock import VirtualClock
from mho.rehearsal import World
from mho.sim_instruments.ni_device_server.chassis import start_server
from mho.stimuli import Drive, Source

CURRENT = nidcpower.OutputFunction.DC_CURRENT
FINE = 1e-4


@pytest.fixture
def world() -> World:
    return World(CellWithPotential(), VirtualClock(), 1)


@pytest.fixture
def gate(world: World) -> Iterator[Any]:
    server = start_server(world, {"PXI1Slot2/0": "gate", "PXI1Slot3/0": "drain"})
    with grpc.insecure_channel(server.address, options=[("grpc.enable_http_proxy", 0)]) as wire:
        options = nidcpower.GrpcSessionOptions(wire, "")
        with nidcpower.Session("PXI1Slot2/0", grpc_options=options) as session:
            session.output_function = CURRENT
            session.current_level_range = session.current_level = 1e-6
            session.voltage_limit_range = session.voltage_limit = 6.0
            yield session
    server.stop()


def measured(session: Any) -> tuple[float, float, bool]:
    (reading,) = session.measure_multiple()
    return reading.voltage, reading.current, session.query_in_compliance()


def test_a_source_of_0_a_measures_the_potential(gate: Any, world: World) -> None:
    gate.current_level = 0.0
    with gate.initiate():
        assert measured(gate) == (pytest.approx(0.6, abs=FINE), pytest.approx(0, abs=1e-10), False)
        assert world.drives() == {"gate": Drive(0.0, 6.0, Source.CURRENT)}
        world.device.potential = -0.3  # type: ignore[attr-defined]
        assert measured(gate)[0] == pytest.approx(-0.3, abs=FINE)


def test_a_potential_beyond_the_limit_is_in_compliance(gate: Any) -> None:
    gate.current_level, gate.voltage_limit_range, gate.voltage_limit = 0.0, 0.6, 0.5
    with gate.initiate():
        assert measured(gate) == (pytest.approx(0.5, abs=FINE), pytest.approx(0, abs=1e-10), True)


def test_a_current_goes_in_and_out(gate: Any) -> None:
    gate.current_level = 1e-7
    with gate.initiate():
        assert measured(gate) == (pytest.approx(0.7, abs=FINE), pytest.approx(1e-7, 1e-3), False)
        gate.current_level = -1e-7
        assert measured(gate) == (pytest.approx(0.5, abs=FINE), pytest.approx(-1e-7, 1e-3), False)


def test_with_its_relay_open_it_reads_nothing_and_the_gate_keeps_its_charge(
    gate: Any, world: World
) -> None:
    gate.current_level = 0.0
    with gate.initiate():
        gate.output_connected = False
        assert measured(gate) == (pytest.approx(0, abs=FINE), pytest.approx(0, abs=1e-10), False)
        assert world.drives() == {}
        world.clock.sleep(60.0)
        assert world.read(world.clock.now(), "gate") == (0.6, 0.0, False)
        gate.output_connected = True
        assert measured(gate)[0] == pytest.approx(0.6, abs=FINE)


def test_disabled_it_grounds_the_gate(gate: Any, world: World) -> None:
    gate.current_level = 0.0
    with gate.initiate():
        gate.output_enabled = False
        assert measured(gate) == (pytest.approx(0, abs=FINE), pytest.approx(-6e-7, 1e-3), False)
        world.clock.sleep(1.0)
        left = -6e-7 * math.exp(-1.0)
        assert world.read(world.clock.now(), "gate").current == pytest.approx(left)


def test_disabled_it_is_never_in_compliance(gate: Any) -> None:
    gate.output_function = nidcpower.OutputFunction.DC_VOLTAGE
    gate.current_limit_range, gate.current_limit = 1e-6, 1e-8
    gate.measure_when = nidcpower.MeasureWhen.AUTOMATICALLY_AFTER_SOURCE_COMPLETE
    flags = []
    for enabled in (True, False):
        gate.output_enabled = enabled
        with gate.initiate():
            (reading,) = gate.fetch_multiple(1)
            flags.append((reading.in_compliance, gate.query_in_compliance()))
    assert flags == [(True, True), (False, False)]


def test_a_module_that_is_wired_to_nothing(world: World) -> None:
    server = start_server(world, {})
    with grpc.insecure_channel(server.address, options=[("grpc.enable_http_proxy", 0)]) as wire:
        options = nidcpower.GrpcSessionOptions(wire, "")
        with nidcpower.Session("PXI1Slot2/0", grpc_options=options) as session:
            session.output_function = CURRENT
            session.voltage_limit = 2.0
            with session.initiate():
                assert measured(session)[0] == pytest.approx(0.0, abs=FINE)
                session.current_level = 1e-6
                assert measured(session) == (
                    pytest.approx(2.0, abs=FINE), pytest.approx(0, abs=1e-8), True,
                )  # fmt: skip
    server.stop()
