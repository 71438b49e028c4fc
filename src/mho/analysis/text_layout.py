"""How a text file of numbers is cut: delimiter, decimal mark, names above, where numbers begin."""

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mho.errors import Problem, SettingsError

DELIMITERS = (";", "\t", ",", "|", " ")
"""Those that are tried; a blank stands for any number of them."""

NOTHING = {"", "nan", "na", "n/a", "none", "null", "-", "--", "inf", "-inf", "+inf", "#n/a"}
"""What stands where there is no number, lower case."""

_NUMBER = {
    decimal: re.compile(rf"[+-]?(\d+{mark}?\d*|{mark}\d+)([eE][+-]?\d+)?")
    for decimal, mark in ((".", r"\."), (",", ","))
}
_LARGEST = 1_000_000_000
_LOOKED_AT = 2000
_BYTES_LOOKED_AT = 10_000
_SELDOM_HIGH = 0.95
"""Share of high bytes that are 0 in a text of few letters beyond Latin ones, in UTF-16."""
_LETTER = re.compile(r"[A-Za-z]")


@dataclass(frozen=True, slots=True)
class Layout:
    """How a text is cut: its separator and decimal mark, where the numbers begin, what is above."""

    delimiter: str
    decimal: str
    first: int
    heads: tuple[tuple[str, ...], ...]
    width: int
    lines: int


def layout_of(
    path: Path, lines: Sequence[str], delimiter: str | None, decimal: str | None
) -> Layout:
    """The layout that makes most numbers of a text; marks that are None are found.

    Raises
    ------
    SettingsError
        No two lines of numbers follow one another.
    """
    quoted = any('"' in line for line in lines[:_LOOKED_AT])  # "0,5","1,5" is possible
    found = [
        layout
        for separator in ([delimiter] if delimiter else DELIMITERS)
        for mark in ([decimal] if decimal else (".", ","))
        if separator != mark or quoted
        for layout in _cut(lines, separator, mark)
    ]
    if not found:
        start = next((line for line in lines if line.strip()), "")[:60]
        message = (
            f'has no two lines of numbers that follow one another; it begins with "{start}". '
            "Needed: one line a reading, numbers apart by one delimiter (--delimiter), decimal "
            'points or commas (--decimal ","), names of the columns above'
        )
        raise SettingsError([Problem(str(path), message)])
    return max(found, key=lambda one: (bool(one.heads), one.lines * one.width, one.decimal == "."))


def _cut(lines: Sequence[str], delimiter: str, decimal: str) -> list[Layout]:
    """The layout that these marks give, if any: from the first of two lines of numbers on."""
    first, width = -1, 0
    for number, line in enumerate(lines[:_LOOKED_AT]):
        cells = fields(line, delimiter)
        if _is_row(cells, decimal) and len(cells) == width and first == number - 1 >= 0:
            break
        if _is_row(cells, decimal):
            first, width = number, len(cells)
    else:
        if first < 0 or first != len(lines) - 1:
            return []
    rest = [fields(line, delimiter) for line in lines[first : first + _LOOKED_AT] if line.strip()]
    good = sum(len(cells) == width and _is_row(cells, decimal) for cells in rest)
    heads: list[tuple[str, ...]] = []
    begin = first
    for number in range(first - 1, -1, -1):
        cells = fields(lines[number], delimiter)
        if not heads and len(cells) <= width and _lacks_numbers(cells, decimal):
            begin = number
            continue
        if len(cells) != width or not (_LETTER.search(lines[number]) or not "".join(cells)):
            break
        heads.insert(0, tuple(cells))
    return [Layout(delimiter, decimal, begin if heads else first, tuple(heads), width, good)]


def fields(line: str, delimiter: str) -> list[str]:
    """The cells of a line; quotes around a cell are not part of it."""
    if delimiter == " ":
        parts = line.split()
    else:
        parts = next(csv.reader([line.replace("\0", "")], delimiter=delimiter), [])
    return [part.strip().strip('"').strip() for part in parts]


def _is_row(cells: Sequence[str], decimal: str) -> bool:
    numbers = [bool(_NUMBER[decimal].fullmatch(cell)) for cell in cells]
    if not any(numbers):
        return False
    others = [f for f, number in zip(cells, numbers, strict=True) if not number]
    return all(_is_nothing(f) or not any(mark in f for mark in ".,;") for f in others)


def _lacks_numbers(cells: Sequence[str], decimal: str) -> bool:
    """A line of which some numbers are missing, below the names: it is no name."""
    found = [bool(_NUMBER[decimal].fullmatch(cell)) for cell in cells]
    return any(cells) and all(map(max, found, map(_is_nothing, cells)))


def _is_nothing(field: str) -> bool:
    return field.lower() in NOTHING


def titles_of(layout: Layout) -> tuple[str, ...]:
    """What each column is called: the first of the texts above it."""
    places = range(1, layout.width + 1)
    if not layout.heads:
        return tuple(f"column {place}" for place in places)
    return tuple(
        next((cell for cell in column if cell), f"column {place}")
        for place, column in zip(places, zip(*layout.heads, strict=True), strict=True)
    )


def text_of(path: Path) -> str:
    """The text of a file in UTF-8, UTF-16 or cp1252.

    Raises
    ------
    SettingsError
        It cannot be read, is no text, or is too large.
    """
    try:
        if path.stat().st_size > _LARGEST:
            raise SettingsError([Problem(str(path), "is larger than 1 GB; cut it into parts")])
        raw = path.read_bytes()
    except OSError as error:
        raise SettingsError([Problem(str(path), f"cannot be read: {error.strerror}")]) from error
    encoding = _encoding(raw[:_BYTES_LOOKED_AT])
    if not encoding:
        message = "is no text; give a run folder, or a CSV file"
        raise SettingsError([Problem(str(path), message)])
    try:
        text = raw.decode(encoding, errors="strict" if encoding == "utf-8-sig" else "replace")
    except UnicodeDecodeError:
        text = raw.decode("cp1252", errors="replace")  # as spreadsheets of Windows write it
    return text.replace("\N{MINUS SIGN}", "-")


def _encoding(start: bytes) -> str:
    """That of a text which begins so; nothing where it is none."""
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if b"\0" not in start:
        return "utf-8-sig"
    for encoding, high in (("utf-16-le", start[1::2]), ("utf-16-be", start[::2])):
        if high.count(0) > _SELDOM_HIGH * len(high):
            return encoding
    return ""
