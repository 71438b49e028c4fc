"""``mho off``: everything on a bench to 0 V and off, and what was found there."""

import click

from mho import settings
from mho.bench_file import bench_instruments
from mho.bench_select import bench_selector
from mho.cli.exit_codes import DONE
from mho.cli.screen import console, print_table, say
from mho.errors import UnsafeStateError
from mho.interrupts import deferred
from mho.owner.off import bench_off
from mho.owner.parts import Part


def switch_bench_off(bench: str, options: tuple[str, ...], *, force: bool) -> int:
    """Switch off, and say what was found."""
    file = settings.override(settings.read(settings.BENCHES, bench), options)
    selector = bench_selector(file)
    instruments = bench_instruments(file)
    to = console()
    if all(one.rehearses for one in instruments):
        click.echo(f"{file.place} is a rehearsal: there is nothing to switch off")
        return DONE
    with deferred():
        on_bench: list[Part] = [*instruments, *([] if selector is None else [selector])]
        done = bench_off(on_bench, force=force)
    rows = tuple(
        (one.terminal, one.channel, one.before, "MAY STILL BE ON" if one.failure else "off")
        for one in done.found
    )
    if rows:
        print_table(file.place, ("terminal", "channel", "before", "now"), rows, to)
    for note in done.left:
        say(f"left by {note}", to)
    if done.failures:
        raise UnsafeStateError(
            "\n".join(done.failures)
            + "\nSwitch these outputs off by hand before touching the probes."
        )
    click.echo("every output is at 0 V and off")
    return DONE
