"""Lines of plain text for a terminal: names with what they are, never cut, never past its edge."""

import textwrap
from collections.abc import Iterable
from shutil import get_terminal_size

_NARROWEST, _WIDEST = 80, 100
_NAME = 28
"""A longer name has a line of its own."""


def width() -> int:
    """Columns to fill: those of the terminal, from 80 to 100; 100 where there is none."""
    return min(max(get_terminal_size((_WIDEST, 24)).columns, _NARROWEST), _WIDEST)


def wrapped(text: str, columns: int, *, first: str = "", then: str = "") -> list[str]:
    """Text in lines of so many columns, begun with ``first``, gone on with ``then``."""
    return textwrap.wrap(
        text,
        columns,
        initial_indent=first,
        subsequent_indent=then,
        break_on_hyphens=False,
        break_long_words=False,
    )


def named(rows: Iterable[tuple[str, str]], columns: int) -> list[str]:
    """Names and what they are, beside one another if all names are short, else beneath."""
    rows = tuple(rows)
    longest = max((len(name) for name, _ in rows), default=0)
    lines = []
    for name, text in rows:
        if longest <= _NAME:
            indent = " " * (longest + 4)
            lines += wrapped(text, columns, first=f"  {name:{longest}}  ", then=indent)
        else:
            lines += [f"  {name}", *wrapped(text, columns, first=" " * 6, then=" " * 6)]
    return lines
