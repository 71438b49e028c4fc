"""Puts a chassis together, modules and cards around one device, and serves it."""

from collections.abc import Iterable, Mapping

from mho.errors import Problem, SettingsError
from mho.rehearsal import World
from mho.sim_instruments.ni_daqmx.settings import is_line
from mho.sim_instruments.ni_daqmx.wiring import wired_lines
from mho.sim_instruments.ni_dcpower import slots
from mho.sim_instruments.ni_dcpower.service import DcPowerService, is_call
from mho.sim_instruments.ni_device_server.faults import Faults
from mho.sim_instruments.ni_device_server.later import Later
from mho.sim_instruments.ni_device_server.options import DEFAULT_OPTIONS, NiOptions
from mho.sim_instruments.ni_device_server.server import Server
from mho.sim_instruments.ni_device_server.service import Service
from mho.sim_instruments.ni_switch.settings import is_point, wrong_points


def start_server(
    world: World,
    wiring: Mapping[str, str],
    port: int | None = 0,
    options: NiOptions = DEFAULT_OPTIONS,
) -> Server:
    """Start a server on 127.0.0.1; port 0 takes a free one, None serves this process alone.

    Parameters
    ----------
    wiring
        Channel (``"PXI1Slot2/0"``, ``"Dev1/ao0"``) -> terminal of the device. A module that is not
        wired sees an open circuit.

    Raises
    ------
    SettingsError
        A channel or terminal that does not exist, a terminal wired to two sources, a 40 W version
        in a slot without module, or a fault in a call that does not exist.
    ConnectionFailed
        The port is taken.
    """
    points = {channel: what for channel, what in wiring.items() if is_point(channel)}
    wiring = {channel: what for channel, what in wiring.items() if channel not in points}
    lines = {channel: terminal for channel, terminal in wiring.items() if is_line(channel)}
    modules = {channel: terminal for channel, terminal in wiring.items() if channel not in lines}
    wired, problems = slots.wired_slots(modules, world.terminals)
    there = slots.all_slots(wired, options.slots)
    problems += slots.wrong_versions(options.version_40w, there, modules)
    problems += wired_lines(lines, options.amplifiers, options.cards, world.terminals)
    problems += [
        Problem(f"wiring.{channel}", f'a module is wired to "{terminal}" as well')
        for channel, terminal in lines.items()
        if terminal in wired.values()
    ]
    problems += wrong_points(points, options.switches, world.terminals)
    problems += _unknown_calls(options.faults)
    if problems:
        raise SettingsError(problems)
    rack = slots.rack(
        world,
        wired,
        options.slots,
        options.version_40w,
        calibration_errors=options.calibration_errors,
    )
    services: list[Service] = [DcPowerService(rack)]
    if options.cards:
        services.append(_cards(world, lines, options))
    services.append(_matrices(world, points, options))
    return Server(world, services, port, options.faults)


def _cards(world: World, lines: Mapping[str, str], options: NiOptions) -> Service:
    """The cards; unless something is wired to them they wait for somebody to ask for them.

    NI's messages for them take a while to import, and most rehearsals have no card.
    """

    def build() -> Service:
        from mho.sim_instruments.ni_daqmx.chassis import Chassis
        from mho.sim_instruments.ni_daqmx.service import DaqService
        from mho.sim_instruments.ni_daqmx.wiring import all_cards

        with world.lock:
            return DaqService(Chassis(world, all_cards(options.cards, lines, options.amplifiers)))

    return build() if lines else Later("nidaqmx_grpc.NiDAQmx", build)


def _matrices(world: World, points: Mapping[str, str], options: NiOptions) -> Service:
    """The matrix modules; there may be none, and a client may simulate one."""

    def build() -> Service:
        from mho.sim_instruments.ni_switch.service import switch_service

        return switch_service(world, points, options.switches)

    return Later("niswitch_grpc.NiSwitch", build)


def _unknown_calls(faults: Faults) -> list[Problem]:
    """A fault in a call that nobody can make would never strike."""
    tables: Mapping[str, Iterable[str]]
    tables = {"rejects": faults.rejects, "hangs": faults.hangs, "answers": faults.answers}
    return [
        Problem(
            f"faults.{table}.{call}",
            'is no call that this server answers; "InitiateWithChannels" is one, and so is '
            '"SetAttributeViReal64[voltage_level]"',
        )
        for table, calls in tables.items()
        for call in calls
        if not (is_call(call) or _is_call_of_a_card(call) or _is_call_of_a_matrix(call))
    ]


def _is_call_of_a_card(call: str) -> bool:
    from mho.sim_instruments.ni_daqmx.service import is_call

    return is_call(call)


def _is_call_of_a_matrix(call: str) -> bool:
    from mho.sim_instruments.ni_switch.service import is_call

    return is_call(call)
