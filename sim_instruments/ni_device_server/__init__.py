"""A simulated NI gRPC Device Server: a chassis whose instruments are reached by NI's own clients.

What is in the chassis, and faults to order, are `NiOptions`, from a settings file (``mho serve``)
or from Python (`start_server` in ``chassis.py``).
"""

from collections.abc import Iterable, Mapping

from mho.plugin_kinds import InstrumentKind, RunningInstrument
from mho.rehearsal import World
from mho.sim_instruments.ni_device_server.bench_files import bench_file
from mho.sim_instruments.ni_device_server.options import DEFAULT_OPTIONS, NiOptions

FIRST_SLOT = 2
"""PXI slot 1 belongs to the controller."""


def wire(
    terminals: Iterable[str],
    options: NiOptions = DEFAULT_OPTIONS,  # noqa: ARG001
) -> dict[str, str]:
    """One module a terminal, from slot 2 on."""
    return {
        f"PXI1Slot{slot}/0": terminal for slot, terminal in enumerate(terminals, start=FIRST_SLOT)
    }


def start(
    world: World,
    wiring: Mapping[str, str],
    port: int = 0,
    options: NiOptions = DEFAULT_OPTIONS,
) -> RunningInstrument:
    """Start the server; gRPC and NI's messages are imported only now."""
    from mho.sim_instruments.ni_device_server.chassis import start_server

    return start_server(world, wiring, port, options)


def rehearse(
    world: World, wiring: Mapping[str, str], options: NiOptions = DEFAULT_OPTIONS
) -> RunningInstrument:
    """Serve clients of this process, by calls of the same bytes without a socket."""
    from mho.sim_instruments.ni_device_server.chassis import start_server

    return start_server(world, wiring, None, options)


NI_DEVICE_SERVER = InstrumentKind(
    title="NI gRPC Device Server with PXIe-4139 and multifunction cards",
    port=31763,
    settings=NiOptions,
    wiring=wire,
    start=start,
    rehearse=rehearse,
    bench_file=bench_file,
    connect=(
        'nidcpower:  channel = grpc.insecure_channel("{address}")',
        '            options = nidcpower.GrpcSessionOptions(channel, "")',
        '            nidcpower.Session("PXI1Slot2/0", grpc_options=options)',
        'nidaqmx:    options = nidaqmx.GrpcSessionOptions(channel, "")',
        "            nidaqmx.Task(grpc_options=options)",
    ),
)
