"""A gate on an NI module and the drain on a 4200A: one device, one clock."""

import math
from collections.abc import Iterator
from typing import Any

import grpc
import nidcpower
import pytest
import pyvisa
from cell_with_potential import CellWithPotential

from mho.clock import VirtualClock
from mho.device.model import Response
from mho.rehearsal import World
from mho.sim_instruments.keithley_4200a import KeithleyOptions, serve_on_visa
from mho.sim_instruments.ni_device_server.chassis import start_server


class Gated(CellWithPotential):
    """The drain conducts in proportion to the charge of the gate: 100 uS at 1 uC."""

    def respond(self, drives):  # type: ignore[no-untyped-def]
        found = dict(super().respond(drives))
        level = found["drain"].voltage
        found["drain"] = Response(level, 1e-4 * self.potential * level, False)
        return found


@pytest.fixture
def world() -> World:
    return World(Gated(0.0), VirtualClock(), 1)


@pytest.fixture
def gate(world: World) -> Iterator[Any]:
    server = start_server(world, {"PXI1Slot2/0": "gate"})
    with grpc.insecure_channel(server.address, options=[("grpc.enable_http_proxy", 0)]) as wire:
        options = nidcpower.GrpcSessionOptions(wire, "")
        with nidcpower.Session("PXI1Slot2/0", grpc_options=options) as session:
            yield session
    server.stop()


@pytest.fixture
def drain(world: World) -> Iterator[Any]:
    running = serve_on_visa(world, {"SMU2": "drain"}, KeithleyOptions(noise=0.0))
    resource, library = running.address.split()
    client = pyvisa.ResourceManager(library).open_resource(
        resource, read_termination="\0", write_termination="\0"
    )
    assert client.query("US;DV2,5,0.1,1e-3") == "ACK"
    yield lambda: float(client.query("TI2")[3:]) / 0.1
    client.close()
    running.stop()


def test_what_one_writes_the_other_reads(gate: Any, drain: Any, world: World) -> None:
    gate.voltage_level_range = gate.voltage_level = 1.0
    with gate.initiate():
        world.clock.sleep(100.0)
        first = drain()
        gate.output_connected = False
        assert drain() == first > 0.0


def test_a_sequence_that_nobody_waits_for_is_seen_at_its_moments(gate: Any, drain: Any) -> None:
    """Steps of 10 ms; a reading of the other instrument ends 20 ms after it is asked for."""
    gate.source_mode = nidcpower.SourceMode.SEQUENCE
    gate.voltage_level_range = 6.0
    gate.current_limit_range = gate.current_limit = 1e-3
    gate.aperture_time = 1e-3
    gate.set_sequence([1.0, 2.0, 3.0, 4.0, 5.0], [9e-3] * 5)
    with gate.initiate():
        potentials = [drain() / 1e-4 for _ in range(2)]
    expected, potential = [], 0.0
    for step in (1.0, 2.0, 3.0, 4.0):
        potential = step + (potential - step) * math.exp(-10e-3)
        expected.append(potential)
    assert potentials == pytest.approx(expected[1::2], rel=1e-3)
