"""``mho off`` and ``mho serve``: a bench switched off, simulated instruments served."""

import click

from mho.cli.options import SEED, logged


@click.command(short_help="Switch everything on a bench off, also after a crash.")
@click.argument("bench")
@click.option(
    "--set",
    "options",
    multiple=True,
    metavar="KEY=VALUE",
    help="Overrule one value of the bench file. May be repeated.",
)
@click.option("--force", is_flag=True, help="Also while a living process uses the bench.")
@logged
def off(bench: str, options: tuple[str, ...], force: bool) -> int:
    """Bring every output of BENCH to 0 V and switch it off, without a run.

    BENCH is a shipped name or the path of a TOML file. Says of each terminal how it was found. A
    bench that a living process uses is left alone, unless --force is given.
    """
    from mho.cli.switching_off import switch_bench_off

    return switch_bench_off(bench, options, force=force)


@click.command(short_help="Serve a simulated instrument on loopback.")
@click.argument("instrument")
@click.option(
    "--settings",
    "source",
    metavar="FILE",
    help="TOML file: what is in the instrument, which terminal each channel is wired to, how it "
    "behaves, its faults. Without it everything is as mho new instrument shows it.",
)
@click.option(
    "--set",
    "options",
    multiple=True,
    metavar="KEY=VALUE",
    help='Overrule one value of the settings, e.g. --set message_time="2 ms" or '
    "--set wiring.SMU1=TE. May be repeated.",
)
@click.option(
    "--device",
    default="cu-te-1t1r",
    show_default=True,
    help="What stands in the fixture: shipped name or path of a TOML file.",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    help="TCP port; 0 takes a free one. Unless given, that of the real instrument.",
)
@click.option("--seed", type=SEED, default=0, show_default=True, help="Of device and noise.")
@click.option("--fast", is_flag=True, help="Virtual time: waits take no time.")
@logged
def serve(
    instrument: str,
    source: str | None,
    options: tuple[str, ...],
    device: str,
    port: int | None,
    seed: int,
    fast: bool,
) -> int:
    """Serve a simulated INSTRUMENT on loopback until Ctrl-C.

    Any client of the real instrument can connect. Its channels are wired to the terminals of a
    simulated device. What it prints is a bench file that reaches it, with what is wired where,
    and how other clients connect, in its comments.

    \b
      mho list instruments                               what can be served
      mho serve keithley-4200a                           one with the usual cards
      mho serve keithley-4200a > served.toml             its bench file
      mho new instrument chassis --from keithley-4200a   cards, wiring, faults
      mho serve keithley-4200a --settings chassis.toml   that one
    """
    from mho.cli.serving import serve_instrument

    return serve_instrument(instrument, port, device, seed, fast, source, options)
