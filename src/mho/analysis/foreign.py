"""A text file of somebody else's: columns found by their names and units, or named by the user."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from mho.analysis.data import COLUMNS, WORDS, Data
from mho.analysis.text_layout import (
    NOTHING,
    Layout,
    fields,
    layout_of,
    text_of,
    titles_of,
)
from mho.errors import Problem, SettingsError
from mho.quantities import Unit

_SPELLED = {"tab": "\t", "\\t": "\t", "space": " ", "comma": ",", "semicolon": ";"}
_IN_BRACKETS = re.compile(r"^(.*?)\s*[\(\[/]\s*([^()\[\]/]+?)\s*[\)\]]?\s*$")

_MOST_WRONG = 1 / 3
"""Share of the cells of a column up to which those that are no numbers are left out."""

_OVERFLOW = 9.9e37
"""From here on instruments write an overflow, or that there is no reading (SCPI: 9.91E+37)."""


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
    text = text_of(path)
    separator = None if delimiter is None else _SPELLED.get(delimiter.lower(), delimiter)
    if separator is not None and len(separator) != 1:
        raise SettingsError([Problem("--delimiter", f'"{delimiter}" is no single character')])
    if decimal not in (None, ".", ","):
        raise SettingsError([Problem("--decimal", f'"{decimal}" is neither "." nor ","')])
    lines = text.splitlines()
    layout = layout_of(path, lines, separator, decimal)
    cells = _cells(lines, layout)
    frame, columns, problems, notes = {}, {}, list[Problem](), list[str]()
    taken: dict[int, str] = {}
    for name in dict.fromkeys([*named, *wanted]):
        place = _place(name, named.get(name), layout)
        if place is None and name in named:
            known = ", ".join(f'"{title}"' for title in titles_of(layout))
            message = f'there is no column "{named[name]}"; there are {known}'
            problems.append(Problem(f"--{name}", message))
        if place is None or (place in taken and name not in named):
            continue
        taken[place] = name
        title = titles_of(layout)[place]
        values, problem, note = _values(name, place, cells[place], layout, named.get(name))
        if problem:
            problems.append(Problem(f"{path}, column {title!r}", problem))
        notes += [note] if note else []
        frame[name], columns[name] = values, title
    if problems:
        raise SettingsError(problems)
    if not frame:
        titles = ", ".join(f'"{title}"' for title in titles_of(layout))
        told = titles if layout.heads else f"{layout.width}, without names{_unlike(lines, layout)}"
        message = (
            f"none of its columns ({told}) is one of {', '.join(wanted)}; name them, or tell their "
            f'place, for example --{wanted[0]} "{titles_of(layout)[0]}" or --{wanted[0]} "1 (V)"'
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
        frame=pd.DataFrame(frame).reset_index(drop=True),
        columns=columns,
        titles=tuple(titles_of(layout)),
        notes=tuple(notes),
    )


def _unlike(lines: Sequence[str], layout: Layout) -> str:
    """What is above the numbers, where it looks like names of fewer or more columns."""
    above = lines[layout.first - 1] if layout.first else ""
    names = fields(above, layout.delimiter)
    if len(names) < 2 or len(names) == layout.width or not any(map(str.isalpha, above)):
        return ""
    told = f': the line above, "{above.strip()[:60]}", has {len(names)}'
    if layout.delimiter == "," and layout.width == 2 * len(names):
        told += ", as if these were decimal commas, which commas between columns hide; write it "
        told += "with another delimiter"
    return told


def _cells(lines: Sequence[str], layout: Layout) -> pd.DataFrame:
    """The texts of all cells, indexed by the number of their line, from 1."""
    rows = {
        number: fields(line, layout.delimiter)
        for number, line in enumerate(lines[layout.first :], start=layout.first + 1)
        if line.strip()
    }
    width = layout.width
    whole = [[*cells, *[""] * width][:width] for cells in rows.values()]
    return pd.DataFrame(whole, index=list(rows), columns=range(width), dtype=object)


def _plain(head: str) -> tuple[str, str]:
    """A title without its unit, lower case, and the unit."""
    match = _IN_BRACKETS.match(head)
    if match is None:
        return head.strip().lower(), ""
    return match[1].strip().lower(), match[2].strip()


def _place(name: str, given: str | None, layout: Layout) -> int | None:
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
    name: str, place: int, cells: "pd.Series[str]", layout: Layout, given: str | None
) -> tuple[object, str, str]:
    """The column in SI units, what is wrong with it, and what should be known of it."""
    title = titles_of(layout)[place]
    if name in WORDS or name not in COLUMNS:
        return cells.str.strip().to_numpy(dtype=object), "", ""
    texts = cells.str.strip().str.strip('"')
    plain = texts.str.replace(",", ".", regex=False) if layout.decimal == "," else texts
    numbers = pd.to_numeric(plain.where(~texts.str.lower().isin(NOTHING), "nan"), errors="coerce")
    wrong = numbers.isna() & ~texts.str.lower().isin(NOTHING)
    if wrong.all():
        return numbers, _no_number(str(texts[wrong].iloc[0]), layout), ""
    note = ""
    if wrong.any():
        at, first = int(wrong.index[wrong.to_numpy()][0]), str(texts[wrong].iloc[0])[:30]
        said = f"are no numbers, the first in line {at}: {first!r}"
        if wrong.mean() > _MOST_WRONG:
            grouped = "," in first and "." in first
            advice = "; write them without marks between thousands" if grouped else ""
            return numbers, f"{int(wrong.sum())} of its {len(wrong)} cells {said}{advice}", ""
        note = f'{int(wrong.sum())} cells of "{title}" {said}'
    overflows = numbers.abs() >= _OVERFLOW
    if overflows.any():
        many = f'{int(overflows.sum())} cells of "{title}" hold {numbers[overflows].iloc[0]:.3g}'
        note = "; ".join(
            filter(None, (note, f"{many}, which instruments write for no number: left out"))
        )
        numbers = numbers.mask(overflows)
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


def _no_number(cell: str, layout: Layout) -> str:
    advice = ""
    if "," in cell and layout.decimal == ".":
        advice = '; if these are decimal commas, give --decimal ","'
    elif "." in cell and layout.decimal == ",":
        advice = '; if these are decimal points, give --decimal "."'
    return f"{cell[:30]!r} is no number{advice}"
