"""Lines of plain text for a terminal: names, tables, prose; nothing cut, nothing past its edge."""

import re
import textwrap
from collections.abc import Iterable
from itertools import product
from shutil import get_terminal_size

_NARROWEST, _WIDEST = 80, 100
_QUOTATION = re.compile(r'"[^"\n]{1,24}"')
_NO_BREAK = "\ue000"
_NAME = 28
"""A longer name has a line of its own."""
_SHORT = 14
"""A longer cell with a blank in it is prose: it may be broken between words."""
_WORDS = 4
"""Words of a value with its unit and a second one; more, without an interval, are prose."""
_MARGIN = "  "


def width() -> int:
    """Columns to fill: those of the terminal, from 80 to 100; 100 where there is none."""
    return min(max(get_terminal_size((_WIDEST, 24)).columns, _NARROWEST), _WIDEST)


def wrapped(text: str, columns: int, *, first: str = "", then: str = "") -> list[str]:
    """Text in lines of so many columns, begun with ``first``, gone on with ``then``.

    It is broken between words, and not within a short quotation: ``"3 %"``, ``"single pulses"``.
    """
    lines = textwrap.wrap(
        _QUOTATION.sub(lambda found: found[0].replace(" ", _NO_BREAK), text),
        columns,
        initial_indent=first,
        subsequent_indent=then,
        break_on_hyphens=False,
        break_long_words=False,
    )
    return [line.replace(_NO_BREAK, " ") for line in lines]


def named(rows: Iterable[tuple[str, str]], columns: int) -> list[str]:
    """Names and what they are, beside one another if all names are short, else beneath."""
    rows = tuple(rows)
    longest = max((len(name) for name, _ in rows), default=0)
    lines = []
    for name, text in rows:
        if longest <= _NAME:
            indent = " " * (longest + 4)
            start = f"  {name:{longest}}  "
            lines += wrapped(text, columns, first=start, then=indent) or [start.rstrip()]
        else:
            lines += [f"  {name}", *wrapped(text, columns, first=" " * 6, then=" " * 6)]
    return lines


def table(headers: tuple[str, ...], rows: tuple[tuple[str, ...], ...], columns: int) -> list[str]:
    """A table; numbers stand right, headers and prose are broken between words.

    Where there is little room the gaps are narrow, then values are broken too; where the columns
    do not fit beside one another at all, each row is a list of its cells.
    """
    by_column = [[row[n] for row in rows] for n in range(len(headers))]
    numeric = [bool(cells) and all(map(_numeric, cells)) for cells in by_column]
    for values_whole, gap in product((True, False), ("  ", " ")):
        room = columns - len(_MARGIN) - len(gap) * (len(headers) - 1)
        widths = _widths(headers, by_column, room, values_whole=values_whole)
        if widths is not None:
            ruled = [gap.join("-" * width for width in widths)]
            head = _row(headers, widths, numeric, gap, at_foot=True)
            body = [line for row in rows for line in _row(row, widths, numeric, gap)]
            return [(_MARGIN + line).rstrip() for line in (*head, *ruled, *body)]
    return _one_beneath_another(headers, rows, columns)


def _widths(
    headers: tuple[str, ...], by_column: list[list[str]], room: int, *, values_whole: bool
) -> list[int] | None:
    """Widths of the columns, of ``room`` in all; None where words would have to be broken."""
    widths, wishes = [], []
    for header, cells in zip(headers, by_column, strict=True):
        solid = [word for cell in cells for word in _solid(cell, values_whole)]
        widths.append(max(map(len, [*header.split(), *solid]), default=0))
        wishes.append(max(map(len, [header, *cells])))
    left = room - sum(widths)
    if left < 0:
        return None
    broken = [max(map(len, cells), default=0) > widths[n] for n, cells in enumerate(by_column)]
    for n in sorted(range(len(widths)), key=lambda n: (not broken[n], wishes[n] - widths[n])):
        missing = wishes[n] - widths[n]
        if missing <= left or broken[n]:  # part of what a header needs is of no use to it
            widths[n] += min(missing, left)
            left -= min(missing, left)
    return widths


def _solid(cell: str, values_whole: bool) -> list[str]:
    """What of a cell must not be broken."""
    words = cell.split()
    is_value = cell.lstrip("<>=+- ")[:1].isdigit() and ("[" in cell or len(words) <= _WORDS)
    return [cell] if len(cell) <= _SHORT or (values_whole and is_value) else words


def _row(
    cells: tuple[str, ...],
    widths: list[int],
    numeric: list[bool],
    gap: str,
    *,
    at_foot: bool = False,
) -> list[str]:
    """The lines of one row; headers stand at the foot of theirs."""
    columns = [
        [line.rjust(width) if right else line.ljust(width) for line in wrapped(cell, width) or [""]]
        for cell, width, right in zip(cells, widths, numeric, strict=True)
    ]
    height = max(map(len, columns))
    for n, column in enumerate(columns):
        blank = [" " * widths[n]] * (height - len(column))
        columns[n] = [*blank, *column] if at_foot else [*column, *blank]
    return [gap.join(line) for line in zip(*columns, strict=True)]


def _one_beneath_another(
    headers: tuple[str, ...], rows: tuple[tuple[str, ...], ...], columns: int
) -> list[str]:
    lines: list[str] = []
    for row in rows:
        lines += [*([""] if lines else []), *named(zip(headers, row, strict=True), columns)]
    return lines


def _numeric(cell: str) -> bool:
    return cell == "-" or cell.removesuffix("%").lstrip("+-").replace(".", "", 1).isdigit()
