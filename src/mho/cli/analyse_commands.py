"""``mho analyse``: what can be analysed, and how the columns of a foreign file are named."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

_PATH = click.Path(path_type=Path)

_COLUMNS = {
    "voltage": 'e.g. "V (V)"; else found by its name.',
    "current": 'e.g. "I (mA)".',
    "conductance": 'e.g. "G (uS)".',
    "time": 'e.g. "t (s)".',
    "cycles": "Number of the cycle.",
    "level": "Number or name of the level.",
    "pulse": "Number of the pulse.",
    "direction": "potentiation or depression.",
    "lifetime": "Cycles to failure.",
    "censored": "1 where the cell had not failed.",
}


@click.group(short_help="Analyse a recorded run, or a CSV file, further.")
def analyse() -> None:
    """Analyse a recorded run beyond the verdict of its protocol, or a text file of anybody.

    RUN is a run folder or a CSV file. Columns of a file are found by their names and units
    ("Voltage (V)", "I [mA]") or named by an option; a unit may follow in brackets where the file
    has none: --current "I (mA)". Delimiter and decimal mark are found. Figures of merit come with
    95 % intervals, or with the reason why there is none; a figure is drawn.
    """


def _takes(*columns: str, several: bool = False) -> Callable[..., Callable[..., int]]:
    """What every analysis has: its file, the columns of it, and where results go."""

    def decorated(command: Callable[..., int]) -> Callable[..., int]:
        options: list[Callable[..., Any]] = [
            click.option(
                "--out", type=click.Path(path_type=Path, dir_okay=False), help="Figure to write."
            ),
            click.option("--json", "as_json", is_flag=True, help="Print results as JSON."),
            click.option("--decimal", metavar="MARK", help='"." or ",".'),
            click.option("--delimiter", metavar="MARK", help='";", ",", tab or space.'),
            click.option(
                "--where", multiple=True, metavar="COLUMN=VALUE", help="Only such rows; repeatable."
            ),
            *(
                click.option(f"--{name}", metavar="COLUMN", help=_COLUMNS[name])
                for name in reversed(columns)
            ),
            click.argument(
                "paths",
                metavar="RUN..." if several else "RUN",
                type=_PATH,
                nargs=-1 if several else 1,
                required=True,
            ),
        ]
        for option in options:
            command = option(command)
        return command

    return decorated


@analyse.command(short_help="Conduction mechanisms of a sweep.")
@click.option("--temperature", default="300 K", show_default=True)
@click.option("--thickness", help='Of the switching layer, e.g. "50 nm".')
@click.option("--window", nargs=2, metavar="LOW HIGH", help='Magnitudes, e.g. "0.1 V" "0.5 V".')
@click.option("--branch", type=int, default=0, show_default=True, help="From corner to corner.")
@click.option("--cycle", type=int, help="Which cycle; the last one unless given.")
@click.option("--compliance", help='Current limit of a file, e.g. "1 mA".')
@_takes("voltage", "current", "cycles")
def conduction(**options: Any) -> int:
    """Try ohmic, SCLC, Schottky, Poole-Frenkel, Fowler-Nordheim and hopping conduction.

    Each mechanism is a straight line in its own axes; slope with interval, window and R2 are told
    for one branch of one cycle of a sweep. Points in compliance are left out.
    """
    from mho.cli.analysing import show_conduction

    return show_conduction(**options)


@analyse.command(short_help="Spectrum and telegraph noise of reads.")
@click.option("--interval", help='From read to read where no column tells, e.g. "10 ms".')
@_takes("time", "current", "conductance")
def noise(**options: Any) -> int:
    """Tell the spectrum of evenly spaced reads, and telegraph noise where there are two levels.

    Of a run with several records (retention, read_disturb) the longest one is taken, or the rows
    that --where says: --where level=2.
    """
    from mho.cli.analysing import show_noise

    return show_noise(**options)


@analyse.command(short_help="SET and RESET voltages over cycles, and their law.")
@click.option(
    "--set-polarity",
    type=click.Choice(["positive", "negative"]),
    help="Else that after which the current is larger.",
)
@click.option(
    "--rule",
    type=click.Choice(["half-way", "steepest", "current jump"]),
    default="half-way",
    show_default=True,
)
@click.option("--compliance", help='Current limit of a file, e.g. "1 mA".')
@_takes("voltage", "current", "cycles")
def switching(**options: Any) -> int:
    """Tell the switching voltages of every cycle, with a normal and a Weibull law through them."""
    from mho.cli.analysing import show_switching

    return show_switching(**options)


@analyse.command(short_help="Weibull law of lifetimes.")
@_takes("lifetime", "censored", several=True)
def weibull(**options: Any) -> int:
    """Tell shape and scale of the lifetimes of many cells, survivors included.

    Give several runs of endurance, one a cell, or a file with a line a cell.
    """
    from mho.cli.analysing import show_weibull

    return show_weibull(**options)


@analyse.command(short_help="Distinguishable levels; shape and symmetry of trains.")
@click.option("--minimum-gap", default="0.2 uS", show_default=True, help="Between two levels.")
@click.option("--z", type=float, default=3.0, show_default=True, help="Half distance in sd.")
@_takes("conductance", "level", "pulse", "direction", "cycles")
def levels(**options: Any) -> int:
    """Tell how many levels are kept apart, or of pulse trains the symmetric point and Querlioz.

    Of reads by level (reset_stop, retention, or --level): gaps, d', distinguishable states. Of
    trains of pulses (ltp_ltd, or --pulse and --direction): symmetric point, asymmetry, beta.
    """
    from mho.cli.analysing import show_levels

    return show_levels(**options)
