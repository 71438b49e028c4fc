"""Options that several commands have."""

from collections.abc import Callable
from functools import wraps
from pathlib import Path

import click

FOLDER = click.Path(path_type=Path, file_okay=False)
DEFAULT_OUT = Path("data") / "runs"
OUT = "Where run folders are made."
SEED = click.IntRange(0, 2**63 - 1)
WIRE = click.option(
    "--wire",
    is_flag=True,
    help="Rehearse over sockets, as real instruments are reached; the same rows, but slower.",
)


def logged(command: Callable[..., int]) -> Callable[..., int]:
    """The command with an option ``--log``."""

    @click.option(
        "--log",
        type=click.Path(path_type=Path, dir_okay=False),
        help="Add every message of the wire to this text file.",
    )
    @click.pass_context
    @wraps(command)
    def with_log(context: click.Context, /, *, log: Path | None, **options: object) -> int:
        from mho.cli.log_file import log_to

        with log_to(log, context.command_path):
            return command(**options)

    return with_log


def drawn(command: Callable[..., int]) -> Callable[..., int]:
    """Where a figure goes and what it looks like."""
    for decorate in (
        click.option(
            "--style",
            type=click.Path(path_type=Path),
            help="A matplotlib style file for fonts, lines, colours.",
        ),
        click.option(
            "--width",
            default="double",
            show_default=True,
            metavar="WIDTH",
            help='In print: single (89 mm), double (183 mm), or a length such as "85 mm".',
        ),
        click.option(
            "--format",
            "picture",
            type=click.Choice(["png", "pdf", "svg"]),
            help="PNG unless this or the name after --out says otherwise.",
        ),
        click.option(
            "--out", type=click.Path(path_type=Path, dir_okay=False), help="File to write."
        ),
    ):
        command = decorate(command)
    return command
