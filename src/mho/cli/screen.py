"""What a person sees in the terminal: tables, errors, and the exit code that goes with each."""

import sys

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from mho.cli.exit_codes import STOPPED, WRONG_INPUT
from mho.errors import (
    LimitError,
    MhoError,
    SettingsError,
    UnsafeStateError,
    UnsupportedError,
)
from mho.summary import Summary

_NARROWEST = 80
_SHORT = 14


def console(*, errors: bool = False) -> Console:
    """A console on standard output, or on standard error."""
    made = Console(stderr=errors, highlight=False)
    # On a narrower screen lines are folded, which is better than a plan without its voltages.
    made.width = max(made.width, _NARROWEST) if made.is_terminal else 100
    return made


def print_summary(summary: Summary, to: Console) -> None:
    """Print a summary as a table with its notes beneath."""
    to.print(table(summary.title, summary.headers, summary.rows))
    for note in summary.notes:
        to.print(escape(note))


def table(title: str, headers: tuple[str, ...], rows: tuple[tuple[str, ...], ...]) -> Table:
    """A plain table; columns of numbers are set right, and only prose is broken into lines."""
    made = Table(title=escape(title), box=box.SIMPLE_HEAD, title_justify="left", title_style="bold")
    for number, header in enumerate(headers):
        numeric = all(_numeric(row[number]) for row in rows) and bool(rows)
        prose = any(" " in row[number] and len(row[number]) > _SHORT for row in rows)
        made.add_column(escape(header), justify="right" if numeric else "left", no_wrap=not prose)
    for row in rows:
        made.add_row(*(escape(cell) for cell in row))
    return made


def explain(error: BaseException) -> int | None:
    """Print an error for a person; returns its exit code, or None for an error of ours."""
    to = console(errors=True)
    match error:
        case SettingsError():
            count = len(error.problems)
            to.print(f"[bold red]{count} problem{'s' * (count != 1)} in what was asked:[/]")
            for problem in error.problems:
                to.print(f"  {escape(str(problem))}", soft_wrap=True)
            return WRONG_INPUT
        case UnsafeStateError():
            line = "!" * 78
            to.print(f"[bold white on red]{line}[/]")
            to.print(f"[bold red]AN OUTPUT MAY STILL BE ON. {escape(str(error))}[/]")
            to.print(f"[bold white on red]{line}[/]")
            return STOPPED
        case LimitError():
            print_refusals(list(error.refusals))
            return STOPPED
        case UnsupportedError():
            print_refusals([str(error)])
            return WRONG_INPUT
        case MhoError():
            to.print(f"[bold red]{_title(error)}:[/] {escape(str(error))}", soft_wrap=True)
            return STOPPED
    return None


def print_refusals(refusals: list[str]) -> None:
    """Print why something was refused."""
    to = console(errors=True)
    to.print("[bold red]refused, nothing was energised by it:[/]")
    for refusal in refusals:
        to.print(f"  {escape(refusal)}", soft_wrap=True)


def is_interactive() -> bool:
    """Whether somebody can answer a question."""
    return sys.stdin is not None and sys.stdin.isatty()


def _title(error: MhoError) -> str:
    words = {
        "BenchInUse": "the bench is in use",
        "NoLock": "the bench cannot be locked",
        "ConnectionFailed": "no connection",
        "CommandRejected": "the instrument refused",
        "ReplyError": "the instrument's reply cannot be read",
        "InstrumentTimeout": "the instrument did not answer in time",
        "RecordingError": "recording failed",
    }
    return words.get(type(error).__name__, "stopped")


def _numeric(cell: str) -> bool:
    return cell == "-" or cell.removesuffix("%").lstrip("+-").replace(".", "", 1).isdigit()
