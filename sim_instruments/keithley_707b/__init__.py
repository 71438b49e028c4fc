"""A simulated Keithley 707B or 708B switching matrix, for any client of its TSP commands.

It is written from the 707B/708B manual alone and shares nothing with the driver. It answers the
commands that a matrix needs (``mho describe keithley-707b`` lists its settings); scripts, triggers
and the command set of a 707A are not simulated. Numbers of errors and the text of the identity are
unverified.
"""

from collections.abc import Iterable, Mapping

from mho.plugin_kinds import InstrumentKind, RunningInstrument
from mho.rehearsal import World
from mho.sim_instruments.keithley_707b.options import DEFAULT_OPTIONS, MatrixOptions


def wire(
    terminals: Iterable[str],  # noqa: ARG001
    options: MatrixOptions = DEFAULT_OPTIONS,  # noqa: ARG001
) -> dict[str, str]:
    """Nothing: served by itself, it has no instrument beside it whose output it could switch."""
    return {}


def start(
    world: World,
    wiring: Mapping[str, str],
    port: int = 0,
    options: MatrixOptions = DEFAULT_OPTIONS,
) -> RunningInstrument:
    """Listen on a socket."""
    from mho.sim_instruments.keithley_707b.mainframe import Mainframe
    from mho.sim_instruments.keithley_707b.tcp_server import TcpServer

    return TcpServer(Mainframe(world, wiring, options), port)


def rehearse(
    world: World, wiring: Mapping[str, str], options: MatrixOptions = DEFAULT_OPTIONS
) -> RunningInstrument:
    """Answer within this process, as a device of pyvisa-sim."""
    from mho.sim_instruments.keithley_707b.mainframe import Mainframe
    from mho.sim_instruments.keithley_707b.visa_device import VisaRehearsal

    return VisaRehearsal(Mainframe(world, wiring, options))


KEITHLEY_707B = InstrumentKind(
    title="Keithley 707B switching matrix",
    port=5025,
    settings=MatrixOptions,
    wiring=wire,
    start=start,
    rehearse=rehearse,
    connect=(
        'pyvisa:  resource = ResourceManager("@py").open_resource("{address}".split()[0])',
        '         resource.read_termination = "\\n"',
    ),
)
