"""A simulated NI gRPC Device Server with PXIe-4139 modules, for unmodified ``nidcpower`` clients.

It is written from NI's published documentation and client package alone and shares nothing with
the driver. See `start_server` in ``server.py`` for the options that tests use.
"""

from collections.abc import Iterable, Mapping

from mho.clock import Clock
from mho.plugin_kinds import InstrumentKind, RunningInstrument
from mho.sim_instruments.devices import DeviceModel

FIRST_SLOT = 2
"""PXI slot 1 belongs to the controller."""


def wire(terminals: Iterable[str]) -> dict[str, str]:
    """One module a terminal, from slot 2 on."""
    return {
        f"PXI1Slot{slot}/0": terminal for slot, terminal in enumerate(terminals, start=FIRST_SLOT)
    }


def start(
    device: DeviceModel,
    wiring: Mapping[str, str],
    clock: Clock,
    seed: int,
    port: int,
    *,
    version_40w: Iterable[str] = (),
) -> RunningInstrument:
    """Start the server; gRPC and NI's messages are imported only now.

    ``version_40w`` names the channels (or slots) that hold the 40 W version of the module.
    """
    from mho.sim_instruments.ni_dcpower.server import start_server

    slots = [channel.partition("/")[0] for channel in version_40w]
    return start_server(device, wiring, clock, seed, port, version_40w=slots)


NI_DEVICE_SERVER = InstrumentKind(
    title="NI gRPC Device Server with PXIe-4139", port=31763, wiring=wire, start=start
)
