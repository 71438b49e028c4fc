"""``mho serve``: a simulated instrument on loopback, for any client of the real one."""

from collections.abc import Mapping
from typing import Any

import click
from pydantic import create_model

from mho import plugins, settings
from mho.cli.exit_codes import DONE
from mho.clock import Clock, RealClock, VirtualClock
from mho.device.layout import GROUND
from mho.device.model import DeviceModel
from mho.errors import Problem, SettingsError
from mho.frozen import Frozen
from mho.interrupts import termination_as_interrupt
from mho.plugin_kinds import InstrumentKind
from mho.rehearsal import World
from mho.rehearsal.relays import SwitchedDevice
from mho.settings import SettingsFile
from mho.simulated import simulated_device, simulated_instrument

_WIRING = "wiring"


def serve_instrument(
    name: str,
    port: int | None,
    device: str,
    seed: int,
    fast: bool,
    source: str | None = None,
    options: tuple[str, ...] = (),
) -> int:
    """Serve until interrupted; once it listens it prints a bench file that reaches it.

    All that is printed is TOML, so that it can be put into a file as a whole.
    """
    kind: InstrumentKind = plugins.load(plugins.INSTRUMENTS, name)
    problems: list[Problem] = []
    model: DeviceModel | None = None
    file = SettingsFile(f"instrument {name}", "", {})
    try:
        device_file, profile = settings.read_device(device)
        model = simulated_device(profile, seed, device_file.place)
    except SettingsError as error:
        problems += error.problems
    terminals: tuple[str, ...] = () if model is None else tuple(model.terminals)
    nodes: tuple[str, ...] = ()
    try:
        if source is not None:
            file = settings.read(settings.INSTRUMENTS, source)
        file = settings.override(file, options)
        nodes = _nodes(file.data.get(_WIRING), terminals)
        chosen, wiring = _read(file, kind, terminals, nodes)
    except SettingsError as error:
        problems += error.problems
    if problems or model is None:
        raise SettingsError(problems)

    if nodes:
        model = _behind_relays(model, nodes)
    clock: Clock = VirtualClock() if fast else RealClock()
    running = simulated_instrument(
        kind, World(model, clock, seed), wiring, chosen,
        place=file.place, port=kind.port if port is None else port,
    )  # fmt: skip
    try:
        with termination_as_interrupt():
            changed = ", ".join((file.place, *options)) if source or options else "as shipped"
            lines = [
                f"{kind.title}, simulated, on this computer only",
                f"  device    {profile.name}, seed {seed}",
                f"  settings  {changed}",
                f"  time      {'virtual: waits take no time' if fast else 'real'}",
                *_headed("wiring", _wires(wiring, terminals)),
                *_headed(
                    "connect", [line.format(address=running.address) for line in kind.connect]
                ),
            ]
            click.echo("\n".join(f"# {line}" for line in lines))
            if kind.bench_file is not None:
                click.echo("\n# A bench file that reaches it, as it stands here:")
                click.echo(kind.bench_file(wiring, chosen, running.address), nl=False)
            click.echo(f"# it listens on {running.address}; Ctrl-C ends it", err=True)
            while True:
                RealClock().sleep(0.2)
    except KeyboardInterrupt:
        return DONE
    finally:
        running.stop()


def _nodes(wiring: object, terminals: tuple[str, ...]) -> tuple[str, ...]:
    """Names in a wiring that are no terminals of the device: between a source and a relay.

    Each stands at several channels, at an output and at a row of a matrix.
    """
    if not isinstance(wiring, Mapping):
        return ()
    names = [one for one in wiring.values() if isinstance(one, str) and one not in terminals]
    found = tuple(one for one in dict.fromkeys(names) if names.count(one) > 1 and one != GROUND)
    return (*found, GROUND) if found and GROUND in names else found


def _behind_relays(model: DeviceModel, nodes: tuple[str, ...]) -> DeviceModel:
    """The device where relays of the instrument lie between some channels and its terminals."""
    itself = {name: name for name in model.terminals}
    sources = [name for name in nodes if name != GROUND]
    return SwitchedDevice(model, itself, sources, itself)


def _read(
    file: SettingsFile,
    kind: InstrumentKind,
    terminals: tuple[str, ...],
    nodes: tuple[str, ...] = (),
) -> tuple[Frozen, Mapping[str, str]]:
    """Settings and wiring: their models are one while the file is read, so that all is told.

    A device that could not be built has no ``terminals``; nothing is said of them then.
    """
    problems: list[Problem] = []
    table = file.data.get(_WIRING)
    for channel, terminal in table.items() if isinstance(table, Mapping) else ():
        if terminals and isinstance(terminal, str) and terminal not in (*terminals, *nodes):
            known = ", ".join(terminals)
            message = f'the device has no terminal "{terminal}"; it has: {known}'
            problems.append(Problem(f"{file.place}: {_WIRING}.{channel}", message))
    try:
        chosen: Any = settings.validate(file, _with_wiring(kind.settings))
    except SettingsError as error:
        raise SettingsError([*problems, *error.problems]) from None
    if problems:
        raise SettingsError(problems)
    wiring = chosen.wiring
    return chosen, kind.wiring(terminals, chosen) if wiring is None else wiring


def _with_wiring(model: type[Frozen]) -> type[Frozen]:
    """The model of a whole file: that of the instrument, and the table that is the core's."""
    return create_model("_File", __base__=model, wiring=(dict[str, str] | None, None))


def _wires(wiring: Mapping[str, str], terminals: tuple[str, ...]) -> list[str]:
    """One line a terminal."""
    width = max(map(len, terminals), default=0)
    return [
        f"{terminal:{width}} <- {' and '.join(channels) if channels else 'nothing'}"
        for terminal in terminals
        for channels in ([channel for channel, end in wiring.items() if end == terminal],)
    ]


def _headed(what: str, lines: list[str]) -> list[str]:
    """Lines under one heading."""
    return [f"  {what if n == 0 else '':9} {line}" for n, line in enumerate(lines)]
