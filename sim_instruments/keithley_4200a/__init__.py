"""A simulated Keithley 4200A-SCS that answers KXCI, Keithley's remote control protocol.

Written from the KXCI manual (4200A-KXCI-907-01 Rev. E, March 2025) alone; it shares nothing with
the driver. What is in its chassis, where the protocol leaves a choice, and faults to order are
`KeithleyOptions`, from a settings file (``mho serve``) or from Python (`serve_on_tcp`,
`serve_on_visa`). Modules of user libraries are Python functions (`UserModule`).

Timing model. Everything happens at moments of the injected clock. A voltage forced in user mode
stands from the moment its message arrives; ``TI`` and ``TV`` let the integration time pass (a
virtual clock moves, on a real one the reply is late) and read at its end. ``ME`` and
``:PMU:EXECUTE`` return at once; their actions have moments of their own and are carried out, in
order, when the next message arrives, at those moments. Real time passes by itself; a virtual clock
is moved to the end of the measurement (or by ``busy_poll``) after a poll that was answered "busy".
Ranging, relays and the computer inside take no time unless an overhead option says so.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from mho.plugin_kinds import InstrumentKind
from mho.rehearsal import World
from mho.sim_instruments.keithley_4200a.bench_file import bench_file
from mho.sim_instruments.keithley_4200a.chassis import Chassis, PmuCard, SmuCard, default_wiring
from mho.sim_instruments.keithley_4200a.options import DEFAULT_OPTIONS, Fault, KeithleyOptions
from mho.sim_instruments.keithley_4200a.user_modules import Outcome, Parameter, UserModule

if TYPE_CHECKING:
    from mho.sim_instruments.keithley_4200a.tcp_server import TcpServer
    from mho.sim_instruments.keithley_4200a.visa_device import VisaRehearsal

__all__ = [
    "DEFAULT_OPTIONS",
    "KEITHLEY_4200A",
    "Chassis",
    "Fault",
    "KeithleyOptions",
    "Outcome",
    "Parameter",
    "PmuCard",
    "SmuCard",
    "UserModule",
    "serve_on_tcp",
    "serve_on_visa",
]


def serve_on_tcp(
    world: World,
    wiring: Mapping[str, str],
    port: int = 0,
    options: KeithleyOptions = DEFAULT_OPTIONS,
) -> "TcpServer":
    """Serve on 127.0.0.1; port 0 takes a free one.

    Raises
    ------
    ConnectionFailed
        The port is taken.
    SettingsError
        The wiring does not fit the chassis or the device.
    """
    from mho.sim_instruments.keithley_4200a.instrument import Keithley4200A
    from mho.sim_instruments.keithley_4200a.tcp_server import TcpServer

    return TcpServer(Keithley4200A(world, wiring, options), port)


def serve_on_visa(
    world: World,
    wiring: Mapping[str, str],
    options: KeithleyOptions = DEFAULT_OPTIONS,
) -> "VisaRehearsal":
    """Serve through pyvisa-sim in this process, for ``ResourceManager("@sim")``.

    Raises
    ------
    SettingsError
        The wiring does not fit the chassis or the device.
    """
    from mho.sim_instruments.keithley_4200a.instrument import Keithley4200A
    from mho.sim_instruments.keithley_4200a.visa_device import VisaRehearsal

    return VisaRehearsal(Keithley4200A(world, wiring, options))


def _wiring(terminals: Iterable[str], options: KeithleyOptions) -> dict[str, str]:
    return default_wiring(options.chassis, terminals)


KEITHLEY_4200A = InstrumentKind(
    title="Keithley 4200A-SCS (KXCI)",
    port=1225,
    settings=KeithleyOptions,
    wiring=_wiring,
    start=serve_on_tcp,
    rehearse=serve_on_visa,
    bench_file=bench_file,
    connect=(
        'PyVISA:  the resource before the blank, library "@py",',
        '         read_termination and write_termination "\\0"',
        "TCP:     messages and replies end in a NUL byte, or as set",
        'With transport "gpib" LF ends both and setters are silent; the',
        "driver of mho expects ACK on a socket.",
    ),
)
