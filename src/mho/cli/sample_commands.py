"""``mho campaign`` and ``mho ledger``: the cells of a sample, measured and remembered."""

from pathlib import Path

import click

from mho.cli.options import DEFAULT_OUT, FOLDER, OUT, drawn, logged


@click.group(short_help="Steps over the cells of a sample.")
def campaign() -> None:
    """Steps over the cells of a sample; a campaign goes on where it stopped, also after a kill."""


_CAMPAIGN = click.argument("file", type=click.Path(path_type=Path, dir_okay=False))


@campaign.command("check", short_help="The whole plan and every refusal.")
@_CAMPAIGN
def check_campaign(file: Path) -> int:
    """Show the plan of all steps over all cells; nothing is energised."""
    from mho.cli.campaigns import check_campaign as check

    return check(file)


@campaign.command("run", short_help="Carry out what is left of it.")
@_CAMPAIGN
@click.option("--out", type=FOLDER, default=DEFAULT_OUT, show_default=True, help=OUT)
@click.option("--yes", is_flag=True, help="Energise a real bench without asking.")
@click.option(
    "--workers",
    default="",
    metavar="N|ADDRESS",
    help="Rehearse on N processes, or on a Dask scheduler's workers.",
)
@click.option("--json", "as_json", is_flag=True, help="Print where it stands as JSON at the end.")
@logged
def run_campaign(file: Path, out: Path, yes: bool, workers: str, as_json: bool) -> int:
    """Carry out the campaign in FILE: what was done is not done again, what broke off goes on.

    Ctrl-C once ends it after the run that goes on, twice stops that run.
    """
    from mho.cli.campaigns import run_campaign as run

    return run(file, out, confirmed=yes, workers=workers, as_json=as_json)


@campaign.command("show", short_help="How each step stands on each cell.")
@_CAMPAIGN
@click.option("--result", default="", metavar="NAME", help="Show this result of each step.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
def show_campaign(file: Path, result: str, as_json: bool) -> int:
    """Show how each step of the campaign in FILE stands on each cell, or a result of it."""
    from mho.cli.campaigns import show_campaign as show

    return show(file, result, as_json=as_json)


@campaign.command("plot", short_help="Map, yield and distribution of a result.")
@_CAMPAIGN
@click.option("--result", required=True, metavar="NAME", help="The result that is shown.")
@click.option("--step", default="", help="Of this step; needed where several have it.")
@click.option("--part", default="", help="Of this part of the run, where a run has several.")
@drawn
def plot_campaign(
    file: Path,
    result: str,
    step: str,
    part: str,
    out: Path | None,
    picture: str | None,
    width: str,
    style: Path | None,
) -> int:
    """Draw the sample from above, coloured by a result of the campaign in FILE.

    With the yield (cells that have it) and, of a number, the cumulative distribution. Cells that
    have none are grey and hatched. Beside FILE unless --out is given.
    """
    from mho.cli.campaign_plots import plot_campaign as plot

    return plot(file, (result, step, part), out, picture, width, style)


@click.group(short_help="What the cells of a sample have suffered.")
def ledger() -> None:
    """What the cells of a sample have suffered and shown, over all their runs."""


@ledger.command("show", short_help="Every cell, or every run of one.")
@click.argument("sample")
@click.option("--cell", help="The runs of this cell.")
@click.option("--rehearsal/--real", "rehearsed", default=None, help="Only those; else both.")
def show_ledger(sample: str, cell: str | None, rehearsed: bool | None) -> int:
    """Show the cells of SAMPLE: runs, how the last one ended, conductance, pulses, charge."""
    from mho.cli.samples import show_ledger as show

    return show(sample, cell, rehearsed=rehearsed)


@ledger.command("rebuild", short_help="Make it again from the run folders.")
@click.argument("sample")
@click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path))
def rebuild_ledger(sample: str, runs: tuple[Path, ...]) -> int:
    """Make the ledger of SAMPLE again from every run below the folders RUNS.

    The run folders are the truth; a ledger that is lost, damaged or of another version is made
    from them. Runs of other samples are left out.
    """
    from mho.cli.samples import rebuild_ledger as rebuild

    return rebuild(sample, runs)
