"""A resistor, a server around it, and the unmodified NI client."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from typing import Any

import grpc
import nidcpower
import pytest
from nidcpower import nidcpower_pb2, nidcpower_pb2_grpc

from mho.clock import Clock, VirtualClock
from mho.device.model import Response
from mho.rehearsal import World
from mho.sim_instruments.ni_device_server.chassis import start_server
from mho.sim_instruments.ni_device_server.options import NiOptions
from mho.sim_instruments.ni_device_server.server import Server
from mho.stimuli import OPEN, Drive


class Resistors:
    """A resistor from each terminal to ground; remembers every stretch it has seen."""

    def __init__(self, **ohms: float) -> None:
        self.ohms = ohms
        self.stretches: list[tuple[dict[str, float], float]] = []
        self.reads = 0

    @property
    def terminals(self) -> tuple[str, ...]:
        return tuple(self.ohms)

    def advance(self, drives: Mapping[str, Drive], duration: float) -> None:
        self.stretches.append(({name: drive.level for name, drive in drives.items()}, duration))

    def respond(self, drives: Mapping[str, Drive]) -> Mapping[str, Response]:
        self.reads += 1
        return {name: self._at(drives.get(name, OPEN), ohms) for name, ohms in self.ohms.items()}

    def _at(self, drive: Drive, ohms: float) -> Response:
        current = drive.level / ohms
        if abs(current) <= drive.limit:
            return Response(drive.level, current, False)
        current = drive.limit if current > 0 else -drive.limit
        return Response(current * ohms, current, True)


class Raw:
    """NI's stub, for calls that the client has no method for; of the session called "smu"."""

    def __init__(self, wire: grpc.Channel) -> None:
        self._stub = nidcpower_pb2_grpc.NiDCPowerStub(wire)

    def __call__(self, method: str, session: str = "smu", **fields: Any) -> Any:
        request = getattr(nidcpower_pb2, f"{method}Request")(**fields)
        if "vi" in request.DESCRIPTOR.fields_by_name:
            request.vi.name = session
        return getattr(self._stub, method)(request)

    def code(self, method: str, session: str = "smu", **fields: Any) -> int:
        """0 if the call is answered, else the code it is refused with."""
        try:
            return self(method, session, **fields).status
        except grpc.RpcError as error:
            return int(dict(error.trailing_metadata() or ())["ni-error"])


class Lab:
    """A server and its clients."""

    def __init__(self, stack: ExitStack, device: Resistors, server: Server, clock: Clock) -> None:
        self.device = device
        self.server = server
        self.clock = clock
        self._stack = stack
        self.wire = self.connect()

    def connect(self) -> grpc.Channel:
        return self._stack.enter_context(
            grpc.insecure_channel(
                self.server.address,
                options=[("grpc.enable_http_proxy", 0), ("grpc.max_receive_message_length", -1)],
            )
        )

    def session(self, resource: str = "PXI1Slot2/0", name: str = "", **options: Any) -> Any:
        behaviour = options.pop(
            "initialization_behavior", nidcpower.SessionInitializationBehavior.AUTO
        )
        return nidcpower.Session(
            resource,
            grpc_options=nidcpower.GrpcSessionOptions(
                self.wire, name, initialization_behavior=behaviour
            ),
            **options,
        )

    def drives(self) -> dict[str, Drive]:
        return self.server.world.drives()


@pytest.fixture
def open_lab() -> Iterator[Callable[..., Lab]]:
    with ExitStack() as servers, ExitStack() as wires:

        def build(clock: Clock | None = None, **options: Any) -> Lab:
            device = options.pop("device", None) or Resistors(te=1000.0, gate=2000.0)
            clock = clock or VirtualClock()
            wiring = {
                f"PXI1Slot{slot}/0": name for slot, name in enumerate(device.terminals, start=2)
            }
            seed = options.pop("seed", 1)
            server = start_server(World(device, clock, seed), wiring, options=NiOptions(**options))
            servers.callback(server.stop)
            return Lab(wires, device, server, clock)

        yield build


@pytest.fixture
def lab(open_lab: Callable[..., Lab]) -> Lab:
    return open_lab()


@pytest.fixture
def raw(lab: Lab) -> Raw:
    return Raw(lab.wire)
