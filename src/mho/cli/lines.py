"""Lines of plain text for a terminal: names, tables, prose; nothing cut, nothing past its edge."""

import textwrap
from collections.abc import Iterable, Iterator
from itertools import zip_longest
from shutil import get_terminal_size

_NARROWEST, _WIDEST = 80, 100
_NAME = 28
"""A longer name has a line of its own."""
_SHORT = 14
"""A longer cell with a blank in it is prose: it may be broken between words."""
_GAP = "  "


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
            start = f"  {name:{longest}}  "
            lines += wrapped(text, columns, first=start, then=indent) or [start.rstrip()]
        else:
            lines += [f"  {name}", *wrapped(text, columns, first=" " * 6, then=" " * 6)]
    return lines


def table(headers: tuple[str, ...], rows: tuple[tuple[str, ...], ...], columns: int) -> list[str]:
    """A table; numbers stand right, only headers and prose are broken, and between words.

    Where the columns do not fit beside one another, each row is a list of its cells.
    """
    by_column = [[row[n] for row in rows] for n in range(len(headers))]
    numeric = [bool(cells) and all(map(_numeric, cells)) for cells in by_column]
    widths = _widths(headers, by_column, columns - len(_GAP) * len(headers))
    if widths is None:
        return _one_beneath_another(headers, rows, columns)
    ruled = ["-" * width for width in widths]
    lines = [*_row(headers, widths, numeric, at_foot=True), _line(ruled)]
    for row in rows:
        lines += _row(row, widths, numeric)
    return lines


def _widths(headers: tuple[str, ...], by_column: list[list[str]], room: int) -> list[int] | None:
    """Widths of the columns, of ``room`` in all; None where words would have to be broken."""
    widths, wishes, is_prose = [], [], []
    for header, cells in zip(headers, by_column, strict=True):
        prose = any(" " in cell and len(cell) > _SHORT for cell in cells)
        solid = [word for cell in cells for word in cell.split()] if prose else cells
        widths.append(max(map(len, [*header.split(), *solid]), default=0))
        wishes.append(max(map(len, [header, *cells])))
        is_prose.append(prose)
    left = room - sum(widths)
    if left < 0:
        return None
    for n in sorted(range(len(widths)), key=lambda n: wishes[n] - widths[n]):
        missing = wishes[n] - widths[n]
        if missing <= left or is_prose[n]:
            widths[n] += min(missing, left)
            left -= min(missing, left)
    return widths


def _row(
    cells: tuple[str, ...], widths: list[int], numeric: list[bool], *, at_foot: bool = False
) -> Iterator[str]:
    """The lines of one row; headers stand at the foot of theirs."""
    columns = [
        [line.rjust(width) if right else line.ljust(width) for line in wrapped(cell, width) or [""]]
        for cell, width, right in zip(cells, widths, numeric, strict=True)
    ]
    if at_foot:
        height = max(map(len, columns))
        columns = [[""] * (height - len(column)) + column for column in columns]
    for line in zip_longest(*columns, fillvalue=""):
        yield _line([cell.ljust(width) for cell, width in zip(line, widths, strict=True)])


def _line(cells: list[str]) -> str:
    return (_GAP + _GAP.join(cells)).rstrip()


def _one_beneath_another(
    headers: tuple[str, ...], rows: tuple[tuple[str, ...], ...], columns: int
) -> list[str]:
    lines: list[str] = []
    for row in rows:
        lines += [*([""] if lines else []), *named(zip(headers, row, strict=True), columns)]
    return lines


def _numeric(cell: str) -> bool:
    return cell == "-" or cell.removesuffix("%").lstrip("+-").replace(".", "", 1).isdigit()
