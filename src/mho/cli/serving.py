"""``mho serve``: a simulated instrument on loopback, for any client of the real one."""

import click

from mho import plugins, settings
from mho.cli.commands import DONE
from mho.clock import Clock, RealClock, VirtualClock
from mho.interrupts import termination_as_interrupt
from mho.laboratory import simulated_device
from mho.plugin_kinds import InstrumentKind


def serve_instrument(name: str, port: int | None, device: str, seed: int, fast: bool) -> int:
    """Serve until interrupted; prints address and wiring once it listens."""
    kind: InstrumentKind = plugins.load(plugins.INSTRUMENTS, name)
    file, profile = settings.read_device(device)
    model = simulated_device(profile, seed, file.place)
    wiring = kind.wiring(model.terminals)
    clock: Clock = VirtualClock() if fast else RealClock()
    running = kind.start(model, wiring, clock, seed, kind.port if port is None else port)
    try:
        with termination_as_interrupt():
            wires = ", ".join(f"{channel} -> {terminal}" for channel, terminal in wiring.items())
            time = "virtual time" if fast else "real time"
            click.echo(f"{kind.title}, {profile.name}, {wires}, {time}; Ctrl-C ends it", err=True)
            click.echo(running.address)
            while True:
                RealClock().sleep(0.2)
    except KeyboardInterrupt:
        return DONE
    finally:
        running.stop()
