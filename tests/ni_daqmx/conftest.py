"""A chassis with a card around two terminals, and clients of it."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from typing import Any

import pytest
from daq_lab import KILO, QUIET, WIRING, Between, Lab

from mho.clock import Clock, VirtualClock
from mho.rehearsal import World
from mho.sim_instruments.ni_device_server.chassis import start_server
from mho.sim_instruments.ni_device_server.options import NiOptions


@pytest.fixture
def open_lab() -> Iterator[Callable[..., Lab]]:
    with ExitStack() as servers, ExitStack() as clients:

        def build(
            device: Any = None,
            clock: Clock | None = None,
            wiring: Mapping[str, str] = WIRING,
            port: int | None = None,
            seed: int = 1,
            **options: Any,
        ) -> Lab:
            device, clock = device or Between(), clock or VirtualClock()
            options.setdefault("cards", QUIET)
            options.setdefault("amplifiers", {"Dev1/ai0": KILO, "Dev1/ai1": KILO})
            server = start_server(
                World(device, clock, seed), wiring, port, NiOptions.model_validate(options)
            )
            servers.callback(server.stop)
            return Lab(clients, device, server, clock)

        yield build


@pytest.fixture
def lab(open_lab: Callable[..., Lab]) -> Lab:
    return open_lab()


@pytest.fixture(params=["socket", "in process"])
def either(request: Any, open_lab: Callable[..., Lab]) -> Lab:
    """Over a socket and within the process."""
    return open_lab(port=0 if request.param == "socket" else None)
