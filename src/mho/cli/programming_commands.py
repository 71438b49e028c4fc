"""``mho arena`` and ``mho prior``: programming algorithms, and what they start from."""

from pathlib import Path

import click

from mho.cli.options import FOLDER, SEED, WIRE, logged


@click.command(short_help="Programming algorithms against one another, and against the bounds.")
@click.option("--bench", help="Replay it on this bench, one cell at a time; simulated cells else.")
@click.option("--device", help="Shipped name or path of a TOML file.  [default: cu-te-1t1r]")
@click.option(
    "--algorithms",
    multiple=True,
    metavar="NAME[:KEY=VALUE...],...",
    help="Which ones, with settings of their own: adaptive,adaptive:quiet=true. All by default.",
)
@click.option(
    "--devices", type=click.IntRange(min=1), help="How many.  [default: 200; on a bench 1]"
)
@click.option("--targets", type=click.IntRange(min=1), help="How many.  [default: 9; on a bench 3]")
@click.option("--from", "lowest", metavar="CONDUCTANCE", help='Lowest target: "10 uS".')
@click.option("--to", "highest", metavar="CONDUCTANCE", help='Highest target: "180 uS".')
@click.option(
    "--tolerance",
    "tolerances",
    multiple=True,
    help="Part of the target, either side. May be repeated.  "
    "[default: 3 %, 1 %, 0.5 %; on a bench 1 %]",
)
@click.option("--preset", help="Of the device model: quiet, harsh.")
@click.option("--seed", type=SEED, help="Of the simulated cells.  [default: 0]")
@click.option("--max-pulses", type=click.IntRange(min=1), default=200, show_default=True)
@click.option("--look", default="20 s", show_default=True, help="Longest look for one decision.")
@click.option(
    "--after", "judged_after", default="1 s", show_default=True, help="Wait before the judged mean."
)
@click.option("--over", "judged_for", default="10 s", show_default=True, help="What it is over.")
@click.option(
    "--confidence", default="90 %", show_default=True, help="With which reached is to be said."
)
@click.option(
    "--composite",
    type=click.IntRange(2, 4),
    help="Also numbers written to up to so many cells, by the first of the algorithms.",
)
@click.option("--calibration", is_flag=True, help="Also what was said against what came of it.")
@click.option("--sample", help="On a bench: sample file, by name or path, of the cells.")
@click.option("--cells", help="On a bench: cells of the sample, or of an array: r0c0,r3c4, or all.")
@click.option(
    "--set",
    "options",
    multiple=True,
    metavar="KEY=VALUE",
    help="On a bench: over the recipe of program that is run, as of mho run.",
)
@click.option("--operator", default="", help="On a bench: who measures.")
@click.option("--note", default="", help="On a bench: why it is measured, what is special.")
@click.option("--tag", "tags", multiple=True, help="On a bench: a word to find the runs by.")
@click.option(
    "--out", type=FOLDER, help="On a bench: where run folders are made.  [default: data/runs]"
)
@click.option("--yes", is_flag=True, help="Energise a real bench without asking.")
@WIRE
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
@click.option(
    "--figure",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("arena.png"),
    show_default=True,
    help="Where the figure is drawn.",
)
@logged
def arena(**options: object) -> int:
    """Let programming algorithms compete on the same simulated cells, with the same seed.

    What counts is the mean over 10 s begun 1 s after an algorithm has stopped, never the read that
    made it stop. Beside them stand the noise ceiling (cells placed exactly on target) and the
    fewest pulses that perfect knowledge would need.

    With --bench the contest is held there, real or rehearsed: a run of program for each algorithm,
    tolerance and cell, recorded as any other. Plan and time are told before anything is energised.
    """
    from mho.cli.arena import hold

    return hold(options)


@click.command(short_help="Print what runs of characterise tell, for a device file.")
@click.argument(
    "folder", metavar="RUN...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
def prior(folder: tuple[Path, ...]) -> int:
    """Print what runs of characterise tell, as the table [prior] of a device file.

    \b
      mho prior runs/20260101T120000_characterise_k3fq7a2d >> my-device.toml

    Programming algorithms start from it; take out a [prior] that the file had before. With three
    cells or more the spread between cells is that of theirs; of fewer it is assumed.
    """
    from mho.cli.prior import show_prior

    return show_prior(folder)
