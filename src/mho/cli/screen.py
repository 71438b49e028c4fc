"""What a person sees in the terminal: tables, errors, and the exit code that goes with each."""

import sys

from rich.console import Console
from rich.text import Text

from mho.cli.exit_codes import STOPPED, WRONG_INPUT
from mho.cli.lines import table, wrapped
from mho.errors import (
    BenchInUse,
    LimitError,
    MhoError,
    SettingsError,
    UnsafeStateError,
    UnsupportedError,
)
from mho.summary import Summary

_NARROWEST = 80


def console(*, errors: bool = False) -> Console:
    """A console on standard output, or on standard error."""
    made = Console(stderr=errors, highlight=False, emoji=False)
    # On a narrower screen lines are folded, which is better than a plan without its voltages.
    made.width = max(made.width, _NARROWEST) if made.is_terminal else 100
    return made


def print_summary(summary: Summary, to: Console) -> None:
    """Print a summary as a table with its notes beneath."""
    print_table(summary.title, summary.headers, summary.rows, to)
    for note in summary.notes:
        say(note, to)


def print_table(
    title: str, headers: tuple[str, ...], rows: tuple[tuple[str, ...], ...], to: Console
) -> None:
    """Print a table under its title."""
    to.print(Text(title, style="bold"))
    to.print(Text("\n".join(["", *table(headers, rows, to.width), ""])), soft_wrap=True)


def say(text: str, to: Console, *, style: str = "", indent: str = "") -> None:
    """Print a paragraph: broken between words on a terminal, in one line for a program."""
    for paragraph in text.splitlines():
        lines = [indent + paragraph]
        if to.is_terminal:
            lines = wrapped(paragraph, to.width, first=indent, then=f"{indent}  ")
        for line in lines:
            to.print(Text(line, style=style), soft_wrap=True)


def explain(error: BaseException) -> int | None:
    """Print an error for a person; returns its exit code, or None for an error of ours."""
    to = console(errors=True)
    match error:
        case SettingsError():
            count = len(error.problems)
            to.print(f"[bold red]{count} problem{'s' * (count != 1)} in what was asked:[/]")
            for problem in error.problems:
                say(str(problem), to, indent="  ")
            return WRONG_INPUT
        case UnsafeStateError():
            line = "!" * 78
            to.print(f"[bold white on red]{line}[/]")
            say(f"AN OUTPUT MAY STILL BE ON. {error}", to, style="bold red")
            to.print(f"[bold white on red]{line}[/]")
            return STOPPED
        case LimitError():
            print_refusals(list(error.refusals))
            return STOPPED
        case UnsupportedError():
            print_refusals([str(error)])
            return WRONG_INPUT
        case BenchInUse():
            say(str(error), to, style="bold red")
            return STOPPED
        case MhoError():
            say(f"{_title(error)}: {error}", to, style="bold red")
            return STOPPED
    return None


def print_refusals(refusals: list[str]) -> None:
    """Print why something was refused."""
    to = console(errors=True)
    to.print("[bold red]refused, nothing was energised by it:[/]")
    for refusal in refusals:
        say(refusal, to, indent="  ")


def is_interactive() -> bool:
    """Whether somebody can answer a question."""
    return sys.stdin is not None and sys.stdin.isatty()


def _title(error: MhoError) -> str:
    words = {
        "NoLock": "the bench cannot be locked",
        "ConnectionFailed": "no connection",
        "CommandRejected": "the instrument refused",
        "ReplyError": "the instrument's reply cannot be read",
        "InstrumentTimeout": "the instrument did not answer in time",
        "RecordingError": "recording failed",
    }
    return words.get(type(error).__name__, "stopped")
