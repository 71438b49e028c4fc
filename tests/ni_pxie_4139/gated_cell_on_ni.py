"""The cell with a gate on three simulated SMUs of NI, and what the driver sends to one of them."""

import logging
from contextlib import contextmanager
from types import SimpleNamespace

from benches import bench_of
from gated_cell import GatedCell, WatchedWorld, make_profile

from mho.clock import VirtualClock
from mho.drivers.ni_pxie_4139.instrument import instrument
from mho.drivers.ni_pxie_4139.settings import NiSettings
from mho.sim_instruments.ni_device_server.chassis import start_server

GATE, DRAIN, SOURCE = "PXI1Slot2/0", "PXI1Slot3/0", "PXI1Slot4/0"


@contextmanager
def simulated(device=None, clock=None):
    """A running server with the cell on three modules, or with what of it a device has."""
    world = WatchedWorld(device or GatedCell(), clock or VirtualClock())
    wiring = {GATE: "gate", DRAIN: "drain", SOURCE: "source"}
    server = start_server(
        world, {slot: name for slot, name in wiring.items() if name in world.terminals}
    )
    try:
        yield server
    finally:
        server.stop()


def bench_on(server, clock=None, profile=None, timeout=10.0):
    """A bench on the server, not yet entered."""
    smus = {
        name: {"resource": resource, "model": "20 W"}
        for name, resource in (("gate", GATE), ("drain", DRAIN), ("source", SOURCE))
    }
    settings = NiSettings(target=server.address, terminals=smus, timeout=timeout)
    profile = profile or make_profile()
    clock = clock or server.world.clock
    rehearsal = SimpleNamespace(profile=profile, clock=clock)
    return bench_of(instrument(settings, rehearsal), profile, clock)


class Wire(logging.Handler):
    """What the driver sends to one SMU: ``name = value`` and ``name(arguments)``, in order."""

    def __init__(self, resource):
        super().__init__(logging.DEBUG)
        self._begin = f"-> {resource} "
        self.sent = []

    def emit(self, record):
        line = record.getMessage()
        if line.startswith(self._begin):
            self.sent.append(line.removeprefix(self._begin))

    def take(self):
        sent, self.sent = self.sent, []
        return sent


@contextmanager
def listening(resource=GATE):
    """The `Wire` to one SMU of a bench that was opened at level DEBUG."""
    logger, wire = logging.getLogger("mho.drivers.ni_pxie_4139"), Wire(resource)
    logger.addHandler(wire)
    try:
        yield wire
    finally:
        logger.removeHandler(wire)
