"""A text file of somebody else's: columns found by their names and units, or named by the user."""

import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from mho.analysis.data import COLUMNS, WORDS, Data
from mho.errors import Problem, SettingsError
from mho.quantities import Unit

_DELIMITERS = {";": ";", "\t": "\t", ",": ",", "|": "|", " ": r"\s+"}
_SPELLED = {"tab": "\t", "\\t": "\t", "space": " ", "comma": ",", "semicolon": ";"}
_NUMBER = {
    decimal: re.compile(rf"[+-]?(\d+{mark}?\d*|{mark}\d+)([eE][+-]?\d+)?")
    for decimal, mark in ((".", r"\."), (",", ","))
}
_NOTHING = {"", "nan", "na", "n/a", "none", "null", "-", "--", "inf", "-inf", "+inf", "#n/a"}
_IN_BRACKETS = re.compile(r"^(.*?)\s*[\(\[/]\s*([^()\[\]/]+?)\s*[\)\]]?\s*$")
_LARGEST = 1_000_000_000
_WORDS_OF_A_LINE = re.compile(r"[A-Za-z]")


@dataclass(frozen=True, slots=True)
class _Layout:
    """How a text is cut: its separator and decimal mark, where the numbers begin, what is above."""

    delimiter: str
    decimal: str
    first: int
    heads: tuple[tuple[str, ...], ...]
    width: int
    lines: int


def read_foreign(
    path: Path,
    named: Mapping[str, str],
    wanted: Sequence[str],
    *,
    delimiter: str | None = None,
    decimal: str | None = None,
) -> Data:
    """Columns of a text file, in SI units.

    Parameters
    ----------
    named
        What a column is called in the file, by the name that analyses have for it; a unit in
        brackets may follow where the file has none.
    wanted
        Names of columns that are looked for; those that are not there are left out.
    delimiter, decimal
        Found from the file where they are None.

    Raises
    ------
    SettingsError
        It cannot be read so; says what was found, and what is needed.
    """
    text = _text(path)
    separator = None if delimiter is None else _SPELLED.get(delimiter.lower(), delimiter)
    if separator is not None and len(separator) != 1:
        raise SettingsError([Problem("--delimiter", f'"{delimiter}" is no single character')])
    if decimal not in (None, ".", ","):
        raise SettingsError([Problem("--decimal", f'"{decimal}" is neither "." nor ","')])
    lines = text.splitlines()
    layout = _layout(path, lines, separator, decimal)
    cells = _cells(lines, layout)
    frame, columns, problems, notes = {}, {}, list[Problem](), list[str]()
    taken: dict[int, str] = {}
    for name in dict.fromkeys([*named, *wanted]):
        place = _place(name, named.get(name), layout)
        if place is None and name in named:
            known = ", ".join(f'"{title}"' for title in _titles(layout))
            message = f'there is no column "{named[name]}"; there are {known}'
            problems.append(Problem(f"--{name}", message))
        if place is None or (place in taken and name not in named):
            continue
        taken[place] = name
        title = _titles(layout)[place]
        values, problem, note = _values(name, place, cells[place], layout, named.get(name))
        if problem:
            problems.append(Problem(f"{path}, column {title!r}", problem))
        notes += [note] if note else []
        frame[name], columns[name] = values, title
    if problems:
        raise SettingsError(problems)
    if not frame:
        titles = ", ".join(f'"{title}"' for title in _titles(layout))
        told = titles if layout.heads else f"{layout.width}, without names"
        message = (
            f"none of its columns ({told}) is one of {', '.join(wanted)}; name them, or tell their "
            f'place, for example --{wanted[0]} "{_titles(layout)[0]}" or --{wanted[0]} "1 (V)"'
        )
        raise SettingsError([Problem(str(path), message)])
    mark = {"\t": "tab", " ": "space"}.get(layout.delimiter, f'"{layout.delimiter}"')
    read = ", ".join(f'{name} from "{title}"' for name, title in columns.items())
    notes.append(
        f"{path.name}: {read}; {len(cells)} rows from line {layout.first + 1} on, delimiter "
        f'{mark}, decimal "{layout.decimal}"'
    )
    return Data(
        place=path,
        name=path.name,
        frame=pd.DataFrame(frame),
        columns=columns,
        notes=tuple(notes),
    )


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > _LARGEST:
            raise SettingsError([Problem(str(path), "is larger than 1 GB; cut it into parts")])
        raw = path.read_bytes()
    except OSError as error:
        raise SettingsError([Problem(str(path), f"cannot be read: {error.strerror}")]) from error
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16", errors="replace")
    if b"\0" in raw[:10_000]:
        message = "is no text; give a run folder, or a CSV file"
        raise SettingsError([Problem(str(path), message)])
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace")  # as spreadsheets of Windows write it


def _layout(
    path: Path, lines: Sequence[str], delimiter: str | None, decimal: str | None
) -> _Layout:
    found = [
        layout
        for separator in ([delimiter] if delimiter else _DELIMITERS)
        for mark in ([decimal] if decimal else (".", ","))
        if separator != mark
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


def _cut(lines: Sequence[str], delimiter: str, decimal: str) -> list[_Layout]:
    """The layout that these marks give, if any: from the first of two lines of numbers on."""
    first, width = -1, 0
    for number, line in enumerate(lines[:2000]):
        fields = _fields(line, delimiter)
        if _is_row(fields, decimal) and len(fields) == width and first == number - 1 >= 0:
            break
        if _is_row(fields, decimal):
            first, width = number, len(fields)
    else:
        if first < 0 or first != len(lines) - 1:
            return []
    rest = [_fields(line, delimiter) for line in lines[first : first + 2000] if line.strip()]
    good = sum(len(fields) == width and _is_row(fields, decimal) for fields in rest)
    heads: list[tuple[str, ...]] = []
    for line in reversed(lines[:first]):
        fields = _fields(line, delimiter)
        if len(fields) != width or not (_WORDS_OF_A_LINE.search(line) or not "".join(fields)):
            break
        heads.insert(0, tuple(fields))
    return [_Layout(delimiter, decimal, first, tuple(heads), width, good)]


def _fields(line: str, delimiter: str) -> list[str]:
    parts = line.split() if delimiter == " " else line.split(delimiter)
    return [part.strip().strip('"').strip() for part in parts]


def _is_row(fields: Sequence[str], decimal: str) -> bool:
    numbers = [bool(_NUMBER[decimal].fullmatch(field)) for field in fields]
    if not any(numbers):
        return False
    others = [f for f, number in zip(fields, numbers, strict=True) if not number]
    return all(_is_nothing(f) or not any(mark in f for mark in ".,;") for f in others)


def _is_nothing(field: str) -> bool:
    return field.lower() in _NOTHING


def _cells(lines: Sequence[str], layout: _Layout) -> pd.DataFrame:
    body = io.StringIO("\n".join(lines[layout.first :]))
    return pd.read_csv(
        body,
        sep=_DELIMITERS.get(layout.delimiter, re.escape(layout.delimiter)),
        header=None,
        names=range(layout.width),
        index_col=False,
        dtype=str,
        keep_default_na=False,
        skipinitialspace=True,
        on_bad_lines=lambda fields: fields[: layout.width],
        engine="python",
    )


def _titles(layout: _Layout) -> tuple[str, ...]:
    """What each column is called: the first of the texts above it."""
    places = range(1, layout.width + 1)
    if not layout.heads:
        return tuple(f"column {place}" for place in places)
    return tuple(
        next((cell for cell in column if cell), f"column {place}")
        for place, column in zip(places, zip(*layout.heads, strict=True), strict=True)
    )


def _plain(head: str) -> tuple[str, str]:
    """A title without its unit, lower case, and the unit."""
    match = _IN_BRACKETS.match(head)
    if match is None:
        return head.strip().lower(), ""
    return match[1].strip().lower(), match[2].strip()


def _place(name: str, given: str | None, layout: _Layout) -> int | None:
    columns = list(zip(*layout.heads, strict=True)) if layout.heads else []
    if given is not None:
        wanted, bare = given.strip().lower(), _plain(given)[0]
        for accepts in (
            lambda cell: cell.lower() == wanted,
            lambda cell: _plain(cell)[0] == wanted,
            lambda cell: _plain(cell)[0] == bare,
        ):
            for place, cells in enumerate(columns):
                if any(cell and accepts(cell) for cell in cells):
                    return place
        number = int(bare) if bare.isdecimal() and len(bare) < 4 else 0
        return number - 1 if 1 <= number <= layout.width else None
    also = COLUMNS[name].also if name in COLUMNS else ()
    for known in (name.lower(), *also):
        for place, cells in enumerate(columns):
            if any(_plain(cell)[0] == known for cell in cells):
                return place
    return None


def _values(
    name: str, place: int, cells: "pd.Series[str]", layout: _Layout, given: str | None
) -> tuple[object, str, str]:
    """The column in SI units, what is wrong with it, and what should be known of it."""
    title = _titles(layout)[place]
    if name in WORDS or name not in COLUMNS:
        return cells.str.strip().to_numpy(dtype=object), "", ""
    texts = cells.str.strip().str.strip('"')
    plain = texts.str.replace(",", ".", regex=False) if layout.decimal == "," else texts
    numbers = pd.to_numeric(plain.where(~texts.str.lower().isin(_NOTHING), "nan"), errors="coerce")
    wrong = numbers.isna() & ~texts.str.lower().isin(_NOTHING)
    if wrong.all():
        return numbers, _no_number(str(texts[wrong].iloc[0]), layout), ""
    note = ""
    if wrong.any():
        at = layout.first + 1 + int(np.flatnonzero(wrong.to_numpy())[0])
        note = (
            f'{int(wrong.sum())} cells of "{title}" are no numbers, the first in line {at}: '
            f"{str(texts[wrong].iloc[0])[:30]!r}"
        )
    unit = COLUMNS[name].unit
    if unit is None:
        return numbers.to_numpy(dtype=float), "", note
    written = _unit_above(unit, layout.heads, place)
    if not written and given is not None:
        written = _plain(given)[1]
    factor = unit.factor_of(written) if written else None
    if factor is None:
        other = f'"{written}" is no unit of {unit.quantity}' if written else "it has no unit"
        bare = title if not written else title.partition(written)[0].rstrip(" ([/")
        message = (
            f'{other}; write one in the header, "{bare} ({unit.symbol})", or after the name: '
            f'--{name} "{bare} ({unit.symbol})"'
        )
        return numbers, message, note
    return numbers.to_numpy(dtype=float) * float(factor), "", note


def _unit_above(unit: Unit, heads: Sequence[Sequence[str]], place: int) -> str:
    """The unit in a title, or alone in a row of units."""
    cells = [cell for head in heads if (cell := head[place])]
    bracketed = [_plain(cell)[1] for cell in cells if _plain(cell)[1]]
    # A column called V alone has a name, and no unit.
    alone = cells if len(cells) > 1 else []
    units = [text for text in (*bracketed, *alone) if unit.factor_of(text) is not None]
    return next(iter(units), next(iter(bracketed), ""))


def _no_number(cell: str, layout: _Layout) -> str:
    advice = ""
    if "," in cell and layout.decimal == ".":
        advice = '; if these are decimal commas, give --decimal ","'
    elif "." in cell and layout.decimal == ",":
        advice = '; if these are decimal points, give --decimal "."'
    return f"{cell[:30]!r} is no number{advice}"
