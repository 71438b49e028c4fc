"""``mho report``: what runs of a cell are worth for something."""

from pathlib import Path

import click


@click.group(short_help="Hold runs of a cell against what is asked of it.")
def report() -> None:
    """Reports made from recorded runs."""


@report.command(short_help="Published targets: met, not met or not measured.")
@click.argument(
    "folders", metavar="RUN...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@click.option(
    "--targets",
    default="neural-network-cell",
    show_default=True,
    metavar="NAME|FILE",
    help="What is asked for: a name, or a .toml file of your own.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON, in SI units.")
def requirements(folders: tuple[Path, ...], targets: str, as_json: bool) -> int:
    """Hold the runs of one device against published targets.

    Each target stands beside the value that a run gives for it, with its 95 % interval, and whether
    it is met; then the current that the lines of an array of such cells would keep back. Exit code
    1 unless all targets are met.

    \b
      mho report requirements data/runs/*_ltp_ltd_* data/runs/*_ocp_*
      mho report requirements RUN RUN --targets mine.toml --json
    """
    from mho.cli.requirements_report import show_requirements

    return show_requirements(targets, folders, as_json=as_json)
